import type { ActionClass } from './action-class.ts'
import type { IdentityId } from './identity.ts'
import type { PersonId } from './person.ts'
import type { Scope } from './scope.ts'
import type { Sensitivity } from './sensitivity.ts'

/** What an identity may *ask for*. Eligibility, never access. Times in epoch milliseconds. */
export interface Entitlement {
  readonly id: string
  readonly identityId: IdentityId
  readonly scope: Scope
  readonly classes: readonly ActionClass[]
  readonly ceiling: Sensitivity
  /** `each-call`: a person approves every single call under it. */
  readonly approval: 'none' | 'each-call'
  /** How many different people approve each of these calls; absent: one. */
  readonly approvers?: number
  /** Of an enforcement point: what it asks about others and is permitted is done, and counts as an act of theirs. */
  readonly counts?: true
  readonly reason: string
  readonly requestedBy: PersonId
  readonly startsMs: number
  readonly endsMs: number
  readonly state: 'proposed' | 'granted' | 'ended'
}

/** True where an entitlement, or a right of a person, counts at this moment. */
export function isInForce(
  { state, startsMs, endsMs }: { readonly state: string; readonly startsMs: number; readonly endsMs: number },
  atMs: number,
): boolean {
  return state === 'granted' && startsMs <= atMs && atMs < endsMs
}
