import { actorOf } from '../../authenticate/actor.ts'
import type { AgentCaller, PersonCaller } from '../../authenticate/caller.ts'
import type { BundleItem } from '../../contract/approval/access-request.ts'
import { type AccessStatus, joinStatuses, statusOf } from '../../contract/approval/access-status.ts'
import type { Approval } from '../../contract/approval/approval.ts'
import { type Fact, type Kept, update } from '../../contract/change.ts'
import type { Actor } from '../../contract/log-entry.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { House } from '../house.ts'
import { tryAgain } from '../try-again.ts'

/** Who asks for access. */
export type AccessAsker = AgentCaller | PersonCaller

/** A request for access: one question to people, or several that were asked together. */
export interface AccessTask {
  readonly id: string
  readonly first: Kept<Approval>
  /** Each with its place; of one question alone, itself. One of several may not have been put yet. */
  readonly approvals: readonly Kept<Approval>[]
  /** What was asked together, in its order; null where it was one question. */
  readonly items: readonly BundleItem[] | null
}

/** Gives where a request stands, and each part of it in its order. */
export function statusesOf(
  { first, approvals, items }: AccessTask,
  nowMs: number,
): { readonly whole: AccessStatus; readonly each: readonly AccessStatus[] } {
  // what was cut short as it was put is carried on with the same key, or has failed
  const missing = nowMs < first.createdMs + LIMITS.requestSecondsDefault * 1000 ? 'pending' : 'failed'
  const each = (items ?? [null]).map((_, at) => {
    const approval = findItem({ approvals }, at)
    return approval === undefined ? missing : statusOf(approval, nowMs)
  })
  return { whole: joinStatuses(each), each }
}

/** Gives when its handle ends, in epoch milliseconds: the last of its parts, be it a question or a yes. */
export function endOf({ approvals }: Pick<AccessTask, 'approvals'>): number {
  return Math.max(...approvals.map(({ expiresMs }) => expiresMs))
}

/** Gives the question of one part; undefined where it has not been put yet. */
export function findItem({ approvals }: Pick<AccessTask, 'approvals'>, at: number): Kept<Approval> | undefined {
  return approvals.find(({ request }) => (request?.bundle?.at ?? 0) === at)
}

/** Reads a request for access. Errors: `unknown_task`. */
export async function readAccessTask(house: Pick<House, 'register'>, id: string): Promise<AccessTask> {
  const first = await house.register.approval(id)
  if (first?.request === undefined) throw new RemitError('unknown_task')
  const { bundle } = first.request
  if (bundle === undefined) return { id, first, approvals: [first], items: null }
  if (bundle.id !== id) throw new RemitError('unknown_task')
  const known = await house.register.approvalsAbout(first.subjectId)
  const approvals = known.filter(({ request }) => request?.bundle?.id === id)
  return { id, first, approvals, items: bundle.items ?? [] }
}

/** Gives a request for access that is the caller's to see. Errors: `unknown_task`, `task_expired`. */
export async function showAccess(house: House, caller: AccessAsker, id: string): Promise<AccessTask> {
  const task = await readAccessTask(house, id)
  if (caller.kind !== 'person' && !(await isTheirs(house, caller, task.first))) throw new RemitError('unknown_task')
  return requireLiving(house, task)
}

/** A handle ends with the last of its parts (profile, "Completed Task Response"). Errors: `task_expired`. */
export function requireLiving({ clock }: Pick<House, 'clock'>, task: AccessTask): AccessTask {
  if (clock.nowMs() < endOf(task)) return task
  const { whole } = statusesOf(task, clock.nowMs())
  throw new RemitError('task_expired', { facts: { task: task.id, status: whole } })
}

/** Who asked, and the identity that it is about: another instance of either may carry on. */
async function isTheirs(house: House, caller: AgentCaller, approval: Approval): Promise<boolean> {
  if (approval.request?.by.id === caller.identity.id) return true
  return (await house.register.task(approval.subjectId))?.identityId === caller.identity.id
}

/** Takes back what nobody has answered yet of a request. Errors: `unknown_task`, `task_expired`, `invalid_task_state`. */
export async function cancelAccess(house: House, caller: AccessAsker, id: string, reason: string): Promise<AccessTask> {
  // somebody may vote, or cancel, at the same moment
  return await tryAgain(async () => {
    const task = await showAccess(house, caller, id)
    if (caller.kind === 'person' && task.first.request?.by.id !== caller.person.id) throw new RemitError('unknown_task')
    const open = task.approvals.filter((row) => statusOf(row, house.clock.nowMs()) === 'pending')
    if (open.length === 0) throw new RemitError('invalid_task_state')
    for (const row of open) await house.log.record(cancelFact(row, actorOf(caller), reason))
    return await readAccessTask(house, id)
  })
}

/** The fact that closes a question, or takes a yes back. */
export function cancelFact(approval: Kept<Approval>, actor: Actor, reason: string): Fact {
  return {
    entry: {
      kind: 'approval.cancelled',
      actor,
      subject: { kind: approval.subject, id: approval.subjectId },
      data: { approvalId: approval.id, before: approval.state, reason },
    },
    changes: [update('approvals', approval, { ...approval, state: 'cancelled' })],
  }
}
