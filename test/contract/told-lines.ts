import { COUNTED_LAWS } from '../../src/contract/laws/counted-laws.ts'
import { judgeEntry } from '../../src/contract/laws/entry-laws.ts'
import { FLOW_LAWS } from '../../src/contract/laws/flow-laws.ts'
import { USE_LAWS } from '../../src/contract/laws/use-laws.ts'
import type { JsonObject, LogEntry } from '../../src/contract/log-entry.ts'
import { tell, tellNothing } from '../../src/contract/told/told.ts'

/** What an entry says, but for what every entry says; its time is its place in the log, in seconds. */
export interface Line {
  readonly kind: string
  readonly by?: string
  readonly on?: string
  readonly data?: JsonObject
  readonly answers?: number
  readonly uses?: readonly string[]
  readonly atMs?: number
}

/** Laws of what acts use and touch: they ask of an act more than most entries here say. */
const USED = new Set([...USE_LAWS, ...FLOW_LAWS, ...COUNTED_LAWS].map(({ name }) => name))

/** Gives what is wrong with the last of these entries by all laws but those, each fault with its law. */
export function judge(lines: readonly Line[], whole = true): readonly string[] {
  return judgeBy((law) => !USED.has(law), lines, whole)
}

/** Gives what is wrong with the last of these entries by the laws of what is used, each fault with its law. */
export function judgeUse(lines: readonly Line[], whole = true): readonly string[] {
  return judgeBy((law) => USE_LAWS.some(({ name }) => name === law), lines, whole)
}

function judgeBy(isAsked: (law: string) => boolean, lines: readonly Line[], whole: boolean): readonly string[] {
  const told = tellNothing()
  const faults = lines.map(({ kind, by = 'psn_eve', on = 'idn_a', data = {}, answers, uses = [], atMs }, index) => {
    const entry = {
      v: 1,
      org: 'org',
      atMs: atMs ?? index * 1_000,
      kind,
      actor: { kind: by.startsWith('psn') ? 'person' : 'identity', id: by },
      subject: { kind: on.startsWith('tsk') ? 'task' : 'identity', id: on },
      touched: uses.map((id) => `approval_uses/${id}`),
      data,
      ...(answers === undefined ? {} : { answers }),
    } as unknown as LogEntry // a log may say anything
    const found = judgeEntry({ index, entry, told, whole })
    tell(told, index, entry)
    return found.filter(({ law }) => isAsked(law)).map(({ law, fault }) => `${law}: ${fault}`)
  })
  return faults.at(-1) ?? []
}

const people = { owner: 'psn_ann', sponsor: 'psn_bob', purpose: 'docs' }
export const submitted: Line = {
  kind: 'identity.submitted',
  data: { identityId: 'idn_a', approvalId: 'apr_a', requestedBy: ['psn_eve'] },
}
export const vote = (by: string, more: JsonObject = {}): Line => ({
  kind: 'approval.voted',
  by,
  data: {
    approvalId: 'apr_a',
    subjectId: 'idn_a',
    seat: 'owner',
    verdict: 'approve',
    state: 'approved',
    requestedBy: ['psn_eve'],
    ...more,
  },
})
export const activated = (data: JsonObject = {}): Line => ({
  kind: 'identity.activated',
  by: 'psn_ann',
  data: { identityId: 'idn_a', tier: 'T1', ...people, ...data },
})
export const registered: readonly Line[] = [submitted, vote('psn_ann'), activated()]

export const scope = [{ action: 'docs/*', resource: 'docs:/a/*' }]
export const endsMs = 100_000
export const task = (data: JsonObject = {}): Line => ({
  kind: 'decision.permit',
  by: 'idn_a',
  data: { decision: 'task', identityId: 'idn_a', taskId: 'tsk_a', scope, endsMs, ...data },
})
export const child = (id: string, data: JsonObject = {}): Line => task({ taskId: id, parentId: 'tsk_a', ...data })
export const permit = (decision: string, data: JsonObject = {}, more: Partial<Line> = {}): Line => ({
  kind: 'decision.permit',
  by: 'idn_a',
  data: { decision, taskId: 'tsk_a', ...data },
  ...more,
})
export const opened = [...registered, task()]
export const inTask = opened.length
