import type { Entity } from '../cedar/entities.ts'
import type { CedarRecord, EntityUid } from '../cedar/values/value.ts'

/** One question, with the few entities that it is about. */
export interface PolicyRequest {
  readonly principal: EntityUid
  readonly action: EntityUid
  readonly resource: EntityUid
  readonly context: CedarRecord
  readonly entities: readonly Entity[]
}

/** How an error begins that says that a question has not the form of the schema, so that no policy was asked. */
export const unjudged = 'the request cannot be judged'

/** `allowed` is never true beside an error: a policy that errors might have been the one that forbids. */
export interface PolicyAnswer {
  readonly allowed: boolean
  /** Ids of the policies that decided; empty where none matched. */
  readonly determining: readonly string[]
  readonly errors: readonly string[]
}

/** What judges one question by a policy set. Synchronous and pure; it never throws, an error is a no. */
export interface PolicyEngine {
  decide(request: PolicyRequest): PolicyAnswer
  /** True once it was found to have answered wrongly: what it said before that counts no more. Left out by one that nothing checks. */
  hasErred?(): boolean
}
