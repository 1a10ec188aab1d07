import type { AccessCallback } from '../contract/approval/access-request.ts'
import { newApproval } from '../contract/approval/approval.ts'
import { type Change, insert, insertApproval } from '../contract/change.ts'
import type { Reason } from '../contract/decision.ts'
import type { Labels } from '../contract/label.ts'
import type { Identity } from '../contract/register/identity.ts'
import type { ApprovalSeat } from '../contract/register/tier.ts'
import { normaliseScope } from '../contract/scope.ts'
import { type ChainLink, newUsage, type Task, type TaskId, type TaskUsage } from '../contract/task.ts'
import { digestOf } from '../ground/digest.ts'
import { LIMITS } from '../ground/limits.ts'
import { unique } from '../ground/unique.ts'
import type { Hearing } from './hearing.ts'
import type { MayAct } from './laws/may-act.ts'
import { endOf, termsOf, type Wish } from './laws/wish.ts'

/** What a new task is besides what was wished for. */
export interface Birth {
  /** Its id, where that was settled before: it is opened once. */
  readonly id?: TaskId | undefined
  readonly parent: Task | null
  readonly purpose: string
  readonly labels: Labels
  readonly delegationDepthLeft: number
  readonly bindingId: string | null
  /** The person for whom a task of its own is opened; a task that is handed on acts for the same one. */
  readonly onBehalfOf?: string
  readonly given?: Pick<Task, 'fromCredentialId' | 'rightIds' | 'takenBy' | 'foreignAct' | 'loginId'>
  /** Who asked; none of them may approve it. */
  readonly requestedBy: readonly string[]
  /** Where whoever opens it wants to be told of the answer. */
  readonly callback?: AccessCallback | undefined
  /** Why a person has to say yes to it, whatever its tier. */
  readonly needs?: readonly Reason[]
}

/** A task that is about to be, and the changes that keep it. */
export interface NewTask {
  readonly task: Task
  readonly usage: TaskUsage
  readonly changes: readonly Change[]
}

/** People of this seat approve a task or a call: the role `approver`. */
export const APPROVING_SEAT: ApprovalSeat = 'security'

/** Makes the task of a wish, once its chain was held to `law:may-act`: active at once, or waiting where its tier asks for a person. */
export function makeTask(hearing: Hearing, wish: Wish, birth: Birth, { grant }: MayAct): NewTask {
  const id = birth.id ?? hearing.ids.next('task')
  const { identity } = wish.member
  const link: ChainLink = { identityId: identity.id, name: identity.name, taskId: id }
  const { needs = [], requestedBy, callback } = birth
  const isHeld = termsOf(wish).taskApproval === 'each-task' || needs.length > 0
  const approvalId = isHeld ? hearing.ids.next('approval') : null
  const task: Task = {
    id,
    identityId: identity.id,
    parentId: birth.parent?.id ?? null,
    rootId: birth.parent?.rootId ?? id,
    chain: [...(birth.parent?.chain ?? []), link],
    purpose: birth.purpose,
    goal: wish.goal,
    ticket: wish.ticket,
    scope: normaliseScope(wish.scope),
    ceiling: wish.ceiling,
    budget: wish.budget,
    labels: birth.labels,
    delegationDepthLeft: birth.delegationDepthLeft,
    onBehalfOf: birth.parent?.onBehalfOf ?? birth.onBehalfOf ?? null,
    ...(birth.parent?.foreignAct === undefined ? {} : { foreignAct: birth.parent.foreignAct }),
    ...birth.given,
    ...(grant === undefined ? {} : { grantId: grant.id }),
    approvalId,
    bindingId: birth.bindingId,
    state: isHeld ? 'waiting' : 'active',
    createdMs: wish.atMs,
    endsMs: endOf(wish),
    endedMs: null,
    endedBecause: null,
  }
  const usage = newUsage(task, birth.labels)
  const asking = approvalId === null ? [] : askForTask(task, approvalId, { requestedBy, needs, callback }, hearing)
  return { task, usage, changes: [insert('tasks', task), insert('task_usage', usage), ...asking] }
}

/** What the entry of a new task says of it, uncut, for those who audit. */
export function tellTask(task: Task, requestedBy: readonly string[]): Readonly<Record<string, unknown>> {
  const {
    id,
    state,
    bindingId,
    approvalId,
    createdMs: _created,
    endedMs: _ended,
    endedBecause: _because,
    ...more
  } = task
  return {
    ...more,
    taskId: id,
    taskState: state,
    bindingId,
    ...(approvalId === null ? {} : { approvalId, requestedBy, usesMax: 1 }),
  }
}

function askForTask(
  task: Task,
  approvalId: string,
  { requestedBy, needs = [], callback }: Pick<Birth, 'requestedBy' | 'needs' | 'callback'>,
  hearing: Hearing,
): readonly Change[] {
  const asked = {
    taskId: task.id,
    identityId: task.identityId,
    identity: task.chain.at(-1)?.name ?? '',
    chain: task.chain.map((link) => link.name),
    purpose: task.purpose,
    goal: task.goal,
    ticket: task.ticket,
    onBehalfOf: task.onBehalfOf,
    scope: task.scope,
    ceiling: task.ceiling,
    budget: task.budget,
    endsMs: task.endsMs,
    policy: hearing.policies.version,
    ...(needs.length === 0 ? {} : { labels: task.labels, needs: needs.map(({ sentence }) => sentence) }),
  }
  const asker = askerOfTask(task)
  const approval = newApproval({
    id: approvalId,
    subject: 'task',
    subjectId: task.id,
    digest: digestOf(asked),
    asked,
    ...(asker === undefined ? {} : { asker: nameAsker(asker) }),
    requestedBy,
    seats: [APPROVING_SEAT],
    createdMs: hearing.atMs,
    expiresMs: Math.min(hearing.atMs + LIMITS.approvalSeconds * 1000, task.endsMs),
    ...(callback === undefined ? {} : { callback }),
  })
  const told = callback === undefined ? [] : [insert('callbacks', { id: approvalId, state: 'waiting' })]
  return [...insertApproval(approval), ...told]
}

/** Who asks for tasks: an identity, a person, or an identity for a person where somebody else says what that person lets it do. */
export interface TaskAsker {
  readonly identityId: string | null
  readonly personId: string | null
}

/**
 * Gives who asks for a task: the identity, also for a part of the task of another, or the person who opens it, or both. Undefined for
 * a part that was handed on: nobody is silenced by what others hand to them.
 */
export function askerOfTask({
  identityId,
  parentId,
  bindingId,
  rightIds,
  grantId,
  loginId,
  onBehalfOf,
}: Task): TaskAsker | undefined {
  const isOwn = parentId === null ? rightIds === undefined || grantId !== undefined : bindingId !== null
  if (isOwn) return { identityId, personId: null }
  if (parentId !== null) return undefined
  return { identityId: loginId === undefined ? null : identityId, personId: onBehalfOf }
}

/** Gives by what questions about tasks are counted, apart from those about calls. */
export function nameAsker({ identityId, personId }: TaskAsker): string {
  return ['task', identityId, personId].filter((part) => part !== null).join(' ')
}

/** Gives who asked: every identity of a chain, and the people who wrote any part of what each may do. Opaque ids. */
export function askersOf(identities: readonly Pick<Identity, 'id' | 'authors'>[]): readonly string[] {
  return unique(identities.flatMap((identity) => [identity.id, ...identity.authors]))
}
