import { type Labels, ranksOf } from './label.ts'
import type { Binding } from './register/binding.ts'
import type { IdentityId } from './register/identity.ts'
import type { PersonId } from './register/person.ts'
import { containsScope, type Scope } from './scope.ts'
import { isWithinCeiling, type Sensitivity } from './sensitivity.ts'

/** A task's id, `tsk_…`. */
export type TaskId = string

/** Where a task can stand. It acts in `active` only; `waiting` is for a person to answer, all others are ends. */
export const TASK_STATES = ['waiting', 'active', 'completed', 'failed', 'expired', 'revoked', 'denied'] as const
export type TaskState = (typeof TASK_STATES)[number]

/** The states that are no end, in the order in which a task goes through them: what waits for authority, or holds it. */
export const LIVING_TASK_STATES = ['waiting', 'active'] as const satisfies readonly TaskState[]

/** The states that are an end. */
export const ENDED_TASK_STATES: readonly TaskState[] = ['completed', 'failed', 'expired', 'revoked', 'denied']

/** What a task may use up at most. Bytes count results that reach the agent. */
export interface Budget {
  readonly callsMax: number
  readonly writesMax: number
  readonly bytesMax: number
  /** What its tools may spend, in whole minor units (cents) of `currency`; left out, nothing. */
  readonly spendMax?: number | undefined
  /** ISO 4217, such as EUR; goes with `spendMax`. */
  readonly currency?: string | undefined
  /** Left out, as often as the rest allows. */
  readonly callsPerMinuteMax?: number | undefined
}

/** What is asked of a part of a task: what is left unsaid is as by default, at most what that task has left. */
export type PartBudget = { readonly [Name in keyof Budget]?: Budget[Name] | undefined }

/** One hop of a chain, oldest first: which identity, in which task. */
export interface ChainLink {
  readonly identityId: IdentityId
  readonly name: string
  readonly taskId: TaskId
}

/** How much a proof is worth, weakest first: a bearer token can be stolen, a proven key cannot, an attested one runs where it says. */
export const BINDING_STRENGTHS = ['bearer', 'key-bound', 'attested'] as const
export type BindingStrength = (typeof BINDING_STRENGTHS)[number]

/**
 * Which workloads of its identity may take a task that was handed to it: those whose binding is of one of these, proved so strongly at
 * least.
 */
export interface TakenBy {
  readonly bindingKinds: readonly Binding['kind'][]
  readonly issuers: readonly string[]
  readonly minStrength: BindingStrength
}

/** The unit of authority: everything that acts, acts inside one. Times in epoch milliseconds. */
export interface Task {
  readonly id: TaskId
  readonly identityId: IdentityId
  readonly parentId: TaskId | null
  readonly rootId: TaskId
  /** From the root to this task itself; the last link is the task's own identity. */
  readonly chain: readonly ChainLink[]
  readonly purpose: string
  readonly goal: string
  readonly ticket: string | null
  readonly scope: Scope
  readonly ceiling: Sensitivity
  readonly budget: Budget
  /** Labels at birth; what it has touched since is in its usage. */
  readonly labels: Labels
  /** How many further hops it may hand on. */
  readonly delegationDepthLeft: number
  readonly onBehalfOf: PersonId | null
  /** The token with which it was handed on: once that is taken back, this does not stand. Absent where it was opened. */
  readonly fromCredentialId?: string
  /** Of a task that was opened by a person: the rights of theirs that it rests on. It stands while each is in force. */
  readonly rightIds?: readonly string[]
  /** The login by which a token of an identity provider proved the person, where they were not there themselves. */
  readonly loginId?: string
  /** The claim `act` of the grant of another domain on which it was opened, verbatim: who acted for the person before. */
  readonly foreignAct?: Readonly<Record<string, unknown>>
  /** The grant under which it was handed on. */
  readonly grantId?: string
  /** Of a task that somebody else handed to the identity. */
  readonly takenBy?: TakenBy
  readonly approvalId: string | null
  readonly bindingId: string | null
  readonly state: TaskState
  readonly createdMs: number
  readonly endsMs: number
  readonly endedMs: number | null
  readonly endedBecause: string | null
}

/** What a task has used, counted when a call is permitted, so that calls in flight count. */
export interface TaskUsage {
  readonly taskId: TaskId
  readonly identityId: IdentityId
  readonly calls: number
  readonly writes: number
  readonly bytes: number
  /** Calls outside of its scope or purpose that it or a task below it tried. */
  readonly pivots: number
  /** Rank of the highest sensitivity read. */
  readonly confidentiality: number
  /** Rank of the least trusted content read. */
  readonly integrity: number
}

/** What a task has read, as ranks. */
export type TaskLabels = Pick<TaskUsage, 'taskId' | 'confidentiality' | 'integrity'>

/** Gives what a task has read, out of all that it has used. */
export function pickLabels({ taskId, confidentiality, integrity }: TaskUsage): TaskLabels {
  return { taskId, confidentiality, integrity }
}

/** What a task that begins with these labels has used: nothing. */
export function newUsage({ id, identityId }: Pick<Task, 'id' | 'identityId'>, labels: Labels): TaskUsage {
  return { taskId: id, identityId, calls: 0, writes: 0, bytes: 0, pivots: 0, ...ranksOf(labels) }
}

/** The bounds that a child must stay inside. */
export interface Authority {
  readonly scope: Scope
  readonly ceiling: Sensitivity
  readonly budget: Budget
  readonly endsMs: number
  readonly delegationDepthLeft: number
}

/** Which bound of `outer` the inner authority breaks, in the order checked; empty where it is contained. */
export function findExcess(outer: Authority, inner: Authority): readonly string[] {
  const rows: readonly (readonly [string, boolean])[] = [
    ['scope', containsScope(outer.scope, inner.scope)],
    ['ceiling', isWithinCeiling(inner.ceiling, outer.ceiling)],
    ['end', inner.endsMs <= outer.endsMs],
    ['calls', inner.budget.callsMax <= outer.budget.callsMax],
    ['writes', inner.budget.writesMax <= outer.budget.writesMax],
    ['bytes', inner.budget.bytesMax <= outer.budget.bytesMax],
    ['spend', isSpendWithin(inner.budget, outer.budget)],
    ['rate', (inner.budget.callsPerMinuteMax ?? 0) <= (outer.budget.callsPerMinuteMax ?? Number.POSITIVE_INFINITY)],
    ['depth', inner.delegationDepthLeft < outer.delegationDepthLeft],
  ]
  return rows.filter(([, holds]) => !holds).map(([name]) => name)
}

/** A task spends in the currency of the one above it. One that names no rate of its own is held to that of those above. */
function isSpendWithin(inner: Budget, outer: Budget): boolean {
  const [asked, most] = [inner.spendMax ?? 0, outer.spendMax ?? 0]
  return asked <= most && (asked === 0 || inner.currency === outer.currency)
}

/** True where a workload that proved itself by this binding, so strongly, is one for which the task was meant. */
export function isMeantFor(
  { takenBy }: Pick<Task, 'takenBy'>,
  binding: Pick<Binding, 'kind' | 'issuer'>,
  strength: BindingStrength,
): boolean {
  if (takenBy === undefined) return true
  const rank = (each: BindingStrength): number => BINDING_STRENGTHS.indexOf(each)
  return (
    takenBy.bindingKinds.includes(binding.kind) &&
    takenBy.issuers.includes(binding.issuer) &&
    rank(strength) >= rank(takenBy.minStrength)
  )
}

/** True where a task in this state may act at this moment. */
export function isLive(task: Pick<Task, 'state' | 'endsMs'>, atMs: number): boolean {
  return task.state === 'active' && atMs < task.endsMs
}

/** True where a chain names no identity twice. */
export function isAcyclic(chain: readonly Pick<ChainLink, 'identityId'>[]): boolean {
  return new Set(chain.map((link) => link.identityId)).size === chain.length
}
