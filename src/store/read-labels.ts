import { INTEGRITIES } from '../contract/label.ts'
import { rankSensitivity, SENSITIVITIES } from '../contract/sensitivity.ts'
import { pickLabels, type TaskLabels } from '../contract/task.ts'
import type { Resident } from './resident.ts'
import type { Rows, Where } from './rows.ts'

/** What a task may have read, but for the least of each label. */
const LABELS: readonly Where<'task_usage'>[] = [
  ...SENSITIVITIES.slice(1).map((each) => ({ confidentiality: rankSensitivity(each) })),
  ...INTEGRITIES.slice(1).map((each) => ({ integrity: INTEGRITIES.indexOf(each) })),
]

/** Reads of each label the first task behind a key: they hold until one of this identity has another. */
export async function readLabels(
  rows: Rows,
  resident: Resident | null,
  identityId: string,
  after: string,
): Promise<readonly TaskLabels[]> {
  const known = resident?.labels(identityId, after)
  if (known !== undefined) return known
  const ticket = resident?.ticket()
  const each = LABELS.map((label) => ({ identity_id: identityId, ...label }))
  const found = (await rows.findFirsts('task_usage', each, after)).map(pickLabels)
  if (ticket !== undefined) resident?.keepLabels(ticket, identityId, after, found)
  return found
}
