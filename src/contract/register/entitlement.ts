import type { ActionClass } from '../action-class.ts'
import { containsScope, type Scope } from '../scope.ts'
import { isWithinCeiling, type Sensitivity } from '../sensitivity.ts'
import type { IdentityId } from './identity.ts'
import type { PersonId } from './person.ts'

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
  /**
   * Of an enforcement point: acts that it lets happen. What it asks about others and is permitted is done, and counts as an
   * act of theirs; about anything but these it may not ask.
   */
  readonly counts?: Scope
  readonly reason: string
  readonly requestedBy: PersonId
  readonly startsMs: number
  readonly endsMs: number
  readonly state: 'proposed' | 'granted' | 'ended'
}

/** All of an entitlement that can be narrowed. */
export type Allowance = Pick<Entitlement, 'scope' | 'classes' | 'ceiling' | 'approval' | 'approvers' | 'endsMs'>

/** Says in which way `after` allows what `before` does not; null where it allows no more. */
export function findEntitlementWidening(before: Allowance, after: Allowance): string | null {
  const rows: readonly (readonly [boolean, string])[] = [
    [!containsScope(before.scope, after.scope), 'its scope lies outside of the one before'],
    [!after.classes.every((each) => before.classes.includes(each)), 'it has a class of actions that was not there'],
    [!isWithinCeiling(after.ceiling, before.ceiling), 'its ceiling is higher'],
    [before.approval === 'each-call' && after.approval !== 'each-call', 'nobody approves each call any more'],
    [(after.approvers ?? 1) < (before.approvers ?? 1), 'fewer people approve each call'],
    [!(after.endsMs <= before.endsMs), 'it ends later'],
  ]
  return rows.find(([isWider]) => isWider)?.[1] ?? null
}

/** True where an entitlement, or a right of a person, counts at this moment. */
export function isInForce(
  { state, startsMs, endsMs }: { readonly state: string; readonly startsMs: number; readonly endsMs: number },
  atMs: number,
): boolean {
  return state === 'granted' && startsMs <= atMs && atMs < endsMs
}
