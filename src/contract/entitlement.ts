import type { ActionClass } from './action-class.ts'
import type { IdentityId } from './identity.ts'
import type { PersonId } from './person.ts'
import { containsScope, intersectScopes, type Scope } from './scope.ts'
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
  readonly reason: string
  readonly requestedBy: PersonId
  readonly startsMs: number
  readonly endsMs: number
  readonly state: 'proposed' | 'granted' | 'ended'
}

/** True where the entitlement counts at this moment. */
export function isInForce(entitlement: Entitlement, atMs: number): boolean {
  return entitlement.state === 'granted' && entitlement.startsMs <= atMs && atMs < entitlement.endsMs
}

/** Gives the union of what the entitlements in force allow to ask for. */
export function entitledScope(entitlements: readonly Entitlement[], atMs: number): Scope {
  return entitlements.filter((entitlement) => isInForce(entitlement, atMs)).flatMap((entitlement) => entitlement.scope)
}

/** True where everything in `scope` may be asked for now. */
export function isEntitled(entitlements: readonly Entitlement[], scope: Scope, atMs: number): boolean {
  return containsScope(entitledScope(entitlements, atMs), scope)
}

/** Gives the part of `scope` that may be asked for now: the nearest thing that would be allowed. */
export function nearestEntitled(entitlements: readonly Entitlement[], scope: Scope, atMs: number): Scope {
  return intersectScopes(entitledScope(entitlements, atMs), scope)
}
