import type { ActionClass } from './action-class.ts'
import type { Fact, Kept } from './change.ts'
import type { ChainAct } from './counters/chain-act.ts'
import type { Credential } from './credential.ts'
import type { Integrity, Labels } from './label.ts'
import type { JsonObject } from './log-entry.ts'
import type { Identity } from './register/identity.ts'
import type { Scope } from './scope.ts'
import type { Sensitivity } from './sensitivity.ts'
import type { Task, TaskId, TaskUsage } from './task.ts'

/** What is asked for. */
export type DecisionKind = 'task' | 'delegation' | 'token' | 'call' | 'evaluation'

/** A resource as the decision sees it. */
export interface JudgedResource {
  readonly id: string
  readonly sensitivity: Sensitivity
}

/** An action on resources, classified by reviewed rules. */
export interface JudgedAction {
  /** `<server>/<tool>` for MCP, or the name that an enforcement point gives. */
  readonly name: string
  readonly actionClass: ActionClass
  readonly resources: readonly JudgedResource[]
  /** What the review of the tool says of its results, and the definition that was reviewed; null where none was pinned. */
  readonly resultIntegrity: Integrity
  readonly definitionDigest: string | null
  /** Hex SHA-256 over the canonical form of the exact call and of what it was judged as: see `digestCall`. */
  readonly digest: string
}

/** One rule that had a say, in words that a person can act on. */
export interface Reason {
  /** A law (`law:containment`), a policy id (`guardrail:no-write-above-ceiling`), or a fact (`task:not-active`). */
  readonly rule: string
  readonly sentence: string
}

/** How to ask for what was denied. */
export interface WayToAsk {
  readonly sentence: string
  readonly approvalId?: string
}

/** A call that a permit lets through, as the gateway must send it. */
export interface PermittedCall {
  readonly taskId: TaskId
  readonly action: JudgedAction
  /** The keys of the rows that count it in what the chain has done: these count it once more when it has succeeded. */
  readonly counted: readonly string[]
  /** What the task will have touched once the result has reached it, and what it remembers. */
  readonly labels: Labels
  /** What was there before it: it is not held against the call that it counts itself while it is under way. */
  readonly before: CallBefore
}

/** What a permitted call was judged on, of all that it moves itself. */
export interface CallBefore {
  /** Of each task of its chain. */
  readonly usages: readonly Kept<TaskUsage>[]
  readonly acts: readonly Kept<ChainAct>[]
  /** How much of what was read may stand in what it writes. */
  readonly memory: Pick<TaskUsage, 'confidentiality' | 'integrity'>
  /** True where it took a person's approval. */
  readonly approved: boolean
  /** What it was permitted with. */
  readonly obligations: readonly Obligation[]
}

/** What each kind of permit gives. */
export interface Grants {
  /** The new task: `active`, or `waiting` where a person must approve it (its `approvalId` says where). */
  task: Task
  /** The child task. */
  delegation: Task
  /** The credential as intended, which counts with the outcome beside it, and all that its token will say. */
  token: {
    readonly credential: Credential
    readonly task: Task
    readonly usage: TaskUsage
    readonly identity: Identity
  }
  call: PermittedCall
  evaluation: null
}

/** Something that an enforcement point must do where it lets through what was permitted (AuthZEN Obligations Profile). */
export interface Obligation {
  /** Id of the policy that asks for it. */
  readonly id: string
  readonly type: string
  readonly properties: Readonly<Record<string, unknown>>
}

/** A yes. It becomes something only after it is recorded, and only once. */
export interface Permit<K extends DecisionKind = DecisionKind> extends Fact {
  readonly outcome: 'permit'
  readonly kind: K
  /** The moment on which it was decided: what it rests on may have ended long after that. */
  readonly decidedMs: number
  readonly grant: Grants[K]
  readonly reasons: readonly Reason[]
  readonly policyVersion: string
  /** What whoever enforces it must do with it; without that it is a no. */
  readonly obligations: readonly Obligation[]
}

/** A no, with its reasons, the nearest thing that would be allowed, and how to ask. */
export interface Denial<K extends DecisionKind = DecisionKind> extends Fact {
  readonly outcome: 'denial'
  readonly kind: K
  /** A code of the error table, such as `ceiling_exceeded`. */
  readonly code: string
  readonly reasons: readonly Reason[]
  readonly policyVersion: string
  readonly nearest: Scope
  readonly ask: WayToAsk | null
  /**
   * What whoever asked is to carry out all the same: a permit had asked for it, and for something else that they cannot do
   * (AuthZEN Obligations Profile, "Non-Compliance and Partial Compliance").
   */
  readonly obligations?: readonly Obligation[]
  /** Tasks that have tried too often with this what is not theirs: they are to be ended. */
  readonly spent?: readonly TaskId[]
}

/** The answer to one request: a permit or a denial. */
export type Decision<K extends DecisionKind = DecisionKind> = Permit<K> | Denial<K>

/** The parts that an entry of a decision always carries. */
export function decisionData(decision: Pick<Decision, 'kind' | 'outcome' | 'reasons'>, more: JsonObject): JsonObject {
  return {
    decision: decision.kind,
    outcome: decision.outcome,
    reasons: decision.reasons.map((reason) => ({ rule: reason.rule, sentence: reason.sentence })),
    ...more,
  }
}
