import type { Obligation, Reason, WayToAsk } from '../src/contract/decision.ts'
import type { Scope } from '../src/contract/scope.ts'

/** An Access Evaluation request (OpenID AuthZEN 1.0). */
export interface EvaluationQuestion {
  readonly subject: { readonly type: string; readonly id: string; readonly properties?: object }
  readonly action: { readonly name: string; readonly properties?: object }
  readonly resource: { readonly type: string; readonly id: string; readonly properties?: object }
  readonly context?: object
}

/** The decision on it, after it was recorded; a denial says the nearest that would be allowed and how to ask. */
export interface EvaluationAnswer {
  readonly decision: boolean
  readonly context: {
    readonly reasons: readonly Reason[]
    readonly entry: number
    readonly nearest?: Scope
    readonly ask?: WayToAsk | null
    /** Where people can be asked for it: see `createAccessDesk`. */
    readonly access_request?: {
      readonly endpoint: string
      readonly expires_at: string
      readonly binding_token?: string
      readonly template?: string
    }
    readonly evaluation_id?: string
    readonly evaluated_at?: string
    readonly reason?: string
    readonly next_action?: 'request' | 'retry' | 'none'
    /** Of a permit that counted: where its outcome is told, and until when (RFC 3339). */
    readonly outcome?: { readonly endpoint: string; readonly expires_at: string }
    /** What a permit asks of whoever lets it through; what cannot be carried out makes it a no. A no asks too: of whoever stops it. */
    readonly obligations?: readonly Obligation[]
  }
}

/** How an act ended that an enforcement point was permitted, and that counted. */
export interface ActOutcome {
  /** `context.entry` of the permit. */
  readonly entry: number
  readonly end: 'completed' | 'failed'
  /** Bytes of what it gave, taken off the budget of the task (default 0). */
  readonly resultBytes?: number
}

/** Several at once; what an item says replaces the whole default beside them. */
export interface EvaluationQuestions extends Partial<EvaluationQuestion> {
  readonly evaluations: readonly [Partial<EvaluationQuestion>, ...Partial<EvaluationQuestion>[]]
  readonly options?: {
    readonly evaluations_semantic?: 'execute_all' | 'deny_on_first_deny' | 'permit_on_first_permit'
  }
}

/** A search (OpenID AuthZEN 1.0): what is looked for stands without an id, and an action search has no action. */
export interface Search<What extends 'subject' | 'resource' | 'action'> {
  readonly subject: What extends 'subject' ? Omit<EvaluationQuestion['subject'], 'id'> : EvaluationQuestion['subject']
  readonly action: What extends 'action' ? undefined : EvaluationQuestion['action']
  readonly resource: What extends 'resource'
    ? Omit<EvaluationQuestion['resource'], 'id'>
    : EvaluationQuestion['resource']
  readonly context?: object
  readonly page?: { readonly token?: string; readonly limit?: number }
}

/** Part of what a search finds; an empty `next_token` is the end. */
export interface SearchFound<Result> {
  readonly page: { readonly next_token: string; readonly count: number }
  /** What cannot be carried out makes a no of that result alone. */
  readonly results: readonly (Result & { readonly obligations?: readonly Obligation[] })[]
}
