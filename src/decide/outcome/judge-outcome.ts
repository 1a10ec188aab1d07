import type { AgentCaller } from '../../authenticate/caller.ts'
import { type Change, type Fact, insert, meter } from '../../contract/change.ts'
import { type ChainAct, chainActKey } from '../../contract/counters/chain-act.ts'
import type { EntryDraft, JsonObject, LogEntry } from '../../contract/log-entry.ts'
import { ownDomain } from '../../contract/policy.ts'
import { isMembers } from '../../contract/read-entry.ts'
import { allowsInScope } from '../../contract/scope.ts'
import type { Task } from '../../contract/task.ts'
import { membersIn, textIn } from '../../contract/told/data.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { unique } from '../../ground/unique.ts'
import type { Counting } from '../domain/counting.ts'
import { judgeAsker } from '../domain/judge-asker.ts'
import { countSuccess, placeIn } from '../facts/history.ts'
import type { Hearing } from '../hearing.ts'
import { type Link, readLineage } from '../lineage.ts'

/** What an enforcement point says of an act that it was permitted. */
export interface OutcomeSaid {
  readonly end: 'completed' | 'failed'
  /** What the act gave, in bytes: taken off the budgets of the chain. */
  readonly resultBytes: number
}

/** The permit of an act that counted, as the log holds it. */
export interface CountedPermit {
  readonly index: number
  readonly entry: LogEntry
}

/**
 * Takes in how an act ended that was counted when it was permitted: once, from the enforcement point that was told yes, while
 * it may still let such acts happen, and for `LIMITS.outcomeSeconds` after the permit. Of what never is said nothing
 * has succeeded; what was taken stays taken in either case. Errors: `not_found` for anything but a counted permit of this
 * enforcement point, `asker_refused`, `outcome_late`, `budget_exceeded` where the result is larger than what the task may
 * still read: nothing is written then, and it must not leave.
 */
export async function judgeOutcome(
  hearing: Hearing<'evaluation'>,
  by: AgentCaller,
  permit: CountedPermit,
  said: OutcomeSaid,
): Promise<Fact> {
  const act = readAct(permit.entry, by)
  const leave = await judgeAsker(hearing, by, ownDomain)
  const counting = 'refused' in leave ? null : leave.counts
  if ('refused' in leave || counting === null || !isCounted(counting, act))
    throw new RemitError('asker_refused', { detail: 'It may not let such an act happen any more.' })
  const untilMs = permit.entry.atMs + LIMITS.outcomeSeconds * 1000
  if (hearing.atMs > untilMs) throw new RemitError('outcome_late')
  const [task] = await hearing.store.tasks([act.taskId])
  if (task === undefined) throw unknown()
  const roots = [task.rootId, ...act.resources.map((id) => placeIn(task.rootId, id))]
  const acts = (await Promise.all(roots.map((of) => hearing.store.chainActs(of)))).flat()
  return {
    entry: draftEntry(hearing, permit, act, said),
    changes: [
      ...hearing.first,
      ...leave.guards,
      insert('seen_proofs', { id: outcomeId(permit.index), expiresMs: untilMs + LIMITS.clockSkewSeconds * 1000 }),
      ...(said.end === 'completed' ? countSuccess(findRows(task, acts, act), hearing.atMs) : []),
      ...(await spendBytes(hearing, task, said.resultBytes)),
    ],
  }
}

/** What is said once is kept under this name for as long as it could be said again, to another server by its clock too. */
export function outcomeId(index: number): string {
  return `outcome/${index}`
}

interface CountedAct {
  readonly taskId: string
  readonly identityId: string
  readonly name: string
  readonly actionClass: string
  readonly resources: readonly string[]
}

/** A permit of anybody else is none: nobody learns from the answer what others were permitted. */
function readAct({ kind, actor, data }: LogEntry, by: AgentCaller): CountedAct {
  const isOwn = actor.kind === 'identity' && actor.id === by.identity.id
  const isCountedPermit = kind === 'decision.permit' && data['decision'] === 'evaluation' && data['counts'] === true
  const [taskId, identityId] = [textIn(data, 'taskId'), textIn(data, 'identityId')]
  const action = membersIn(data, 'action')
  const [name, actionClass] = [textIn(action, 'name'), textIn(action, 'class')]
  if (!isOwn || !isCountedPermit || taskId === null || identityId === null || name === null || actionClass === null)
    throw unknown()
  return { taskId, identityId, name, actionClass, resources: readResources(data) }
}

function readResources({ resources }: JsonObject): readonly string[] {
  const all: readonly unknown[] = Array.isArray(resources) ? resources : []
  const ids = all.flatMap((each) => (isMembers(each) && typeof each['id'] === 'string' ? each['id'] : []))
  if (ids.length === 0) throw unknown()
  return ids
}

function unknown(): RemitError {
  return new RemitError('not_found', { detail: 'No act that counts was permitted here by an entry of this number.' })
}

function isCounted(counting: readonly Counting[], { name, resources }: CountedAct): boolean {
  return counting.some(({ acts }) => resources.every((id) => allowsInScope(acts, name, id)))
}

function draftEntry({ actor }: Hearing, { index }: CountedPermit, act: CountedAct, said: OutcomeSaid): EntryDraft {
  const { taskId, identityId, name, actionClass } = act
  return {
    kind: 'act.reported',
    actor,
    subject: { kind: 'task', id: taskId },
    answers: index,
    data: { taskId, identityId, action: { name, class: actionClass }, end: said.end, resultBytes: said.resultBytes },
  }
}

/** Gives the keys of the rows that counted it: of its resources only where a policy looked at that then. */
function findRows({ rootId }: Task, acts: readonly ChainAct[], { name, actionClass }: CountedAct): readonly string[] {
  const names = unique([name, actionClass])
  const counted = acts.filter((each) => names.includes(each.name))
  if (counted.filter((each) => each.rootId === rootId).length < names.length) throw unknown()
  return counted.map((each) => chainActKey(each.rootId, each.name))
}

async function spendBytes({ store, atMs }: Hearing, task: Task, bytes: number): Promise<readonly Change[]> {
  if (bytes === 0) return []
  const { links } = await readLineage(store, task, { atMs })
  const isOver = ({ task: { budget }, usage }: Link): boolean => usage.bytes + bytes > budget.bytesMax
  if (links.some(isOver))
    throw new RemitError('budget_exceeded', { detail: 'The result is larger than what the task may still read.' })
  return links.map(({ task: { id, budget } }) =>
    meter('task_usage', id, { add: { bytes }, raise: {}, atMost: { bytes: budget.bytesMax } }),
  )
}
