import { isCutOff } from '../../src/contract/cutoff.ts'
import type { LogEntry } from '../../src/contract/log-entry.ts'
import { cutoffTargets } from '../../src/contract/standing.ts'
import type { House } from '../../src/flow/house.ts'
import type { Rows } from '../../src/store/rows.ts'

const LIVING = ['active', 'waiting']

/** Says what stands in the state that must not, once a house has carried on what was cut short. */
export async function findHalfDone(house: House, rows: Rows): Promise<readonly string[]> {
  return [
    ...(await findUnbackedCredentials(house, rows)),
    ...(await findUnsettledApprovals(rows)),
    ...(await findFallenTasks(rows)),
    ...(await findFallenIdentities(rows)),
  ]
}

/** A credential counts by the outcome of a recorded permit; a canary by its rehearsal. None is left as an intent alone. */
async function findUnbackedCredentials(house: House, rows: Rows): Promise<readonly string[]> {
  const faults: string[] = []
  for (const row of await rows.find('credentials', {})) {
    if (row.state === 'revoked') continue
    const entry = await house.log.entry(row.entry)
    if (!(await isOutcome(house, entry, row.id)))
      faults.push(`credential ${row.id} is ${row.state} on entry ${row.entry}, a ${entry.kind}`)
  }
  return faults
}

const isPermit = (entry: LogEntry, id: string): boolean => entry.kind === 'decision.permit' && entry.subject.id === id

async function isOutcome(house: House, entry: LogEntry, id: string): Promise<boolean> {
  if (entry.kind === 'rehearsal.began') return true
  return entry.kind === 'credential.issued' && isPermit(await house.log.entry(entry.answers ?? -1), id)
}

/** An answer that nobody carried out. */
async function findUnsettledApprovals(rows: Rows): Promise<readonly string[]> {
  const faults: string[] = []
  for (const approval of await rows.find('approvals', {})) {
    if (approval.state !== 'approved' && approval.state !== 'denied') continue
    const subject =
      approval.subject === 'identity'
        ? await rows.get('identities', approval.subjectId)
        : await rows.get('tasks', approval.subjectId)
    if (subject?.state === 'pending' || subject?.state === 'waiting')
      faults.push(`approval ${approval.id} is ${approval.state}, and ${subject.id} is ${subject.state}`)
  }
  return faults
}

/** A task that lives though something that it rests on does not. */
async function findFallenTasks(rows: Rows): Promise<readonly string[]> {
  const [tasks, identities] = [await rows.find('tasks', {}), await rows.find('identities', {})]
  const cutoffs = await rows.find('cutoffs', {})
  return tasks
    .filter((task) => LIVING.includes(task.state))
    .flatMap((task) => {
      const ancestors = tasks.filter((row) => row.id !== task.id && task.chain.some((link) => link.taskId === row.id))
      const chain = identities.filter((row) => task.chain.some((link) => link.identityId === row.id))
      const [identity] = chain.filter((row) => row.id === task.identityId)
      if (identity === undefined) return [`task ${task.id} has no identity`]
      const targets = cutoffTargets({ identity, task, ancestors, delegators: chain.filter((row) => row !== identity) })
      const isCut = isCutOff(
        cutoffs.filter((row) => targets.includes(row.id)),
        task.createdMs,
      )
      const fallen = [
        ...ancestors.filter((row) => !LIVING.includes(row.state)).map((row) => `${row.id} is ${row.state}`),
        ...chain.filter((row) => row.state !== 'active').map((row) => `${row.id} is ${row.state}`),
        ...(isCut ? ['it was cut off'] : []),
      ]
      return fallen.map((because) => `task ${task.id} is ${task.state}, and ${because}`)
    })
}

/** An identity that is active though it must not be. */
async function findFallenIdentities(rows: Rows): Promise<readonly string[]> {
  const cutoffs = await rows.find('cutoffs', {})
  const people = await rows.find('persons', {})
  return (await rows.find('identities', { state: 'active' })).flatMap((row) => {
    const own = cutoffs.filter((cutoff) => cutoff.target === 'identity' && cutoff.targetId === row.id)
    const owner = people.find((each) => each.id === row.owner)
    return [
      ...(owner?.state === 'active' ? [] : [`identity ${row.id} is active, and nobody answers for it`]),
      ...(isCutOff(own, row.activatedMs ?? 0) ? [`identity ${row.id} is active, and was cut off`] : []),
    ]
  })
}
