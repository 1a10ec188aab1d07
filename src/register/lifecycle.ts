import type { Approval } from '../contract/approval/approval.ts'
import { type Change, type Fact, type Kept, update } from '../contract/change.ts'
import type { Actor, EntryKind, JsonObject } from '../contract/log-entry.ts'
import type { Binding } from '../contract/register/binding.ts'
import type { Entitlement } from '../contract/register/entitlement.ts'
import {
  findTransition,
  type Identity,
  type IdentityState,
  LIFECYCLE,
  type LifecycleNeed,
  type LifecycleRow,
} from '../contract/register/identity.ts'
import { TIER_TERMS } from '../contract/register/tier.ts'
import { RemitError } from '../ground/errors.ts'

/** All that a transition looks at beside the identity itself. */
export interface Surroundings {
  readonly bindings: readonly Binding[]
  readonly entitlements: readonly Entitlement[]
  /** The approval of the present submission. */
  readonly approval: Approval | undefined
  /** False where the owner has left or is unknown. */
  readonly ownerActive: boolean
  /** False where the sponsor has left or is unknown. */
  readonly sponsorActive: boolean
  readonly purposeKnown: boolean
  readonly atMs: number
}

/** What a transition says for itself. */
export interface Move {
  readonly verb: string
  readonly actor: Actor
  readonly reason?: string
  /** What else of the identity changes with it. */
  readonly set?: Partial<Identity>
  readonly changes?: readonly Change[]
  readonly data?: JsonObject
}

const DAY_MS = 86_400_000

const NEEDS: Readonly<Record<LifecycleNeed, (identity: Identity, around: Surroundings, move: Move) => boolean>> = {
  owner: (identity, around) => identity.owner !== null && around.ownerActive,
  sponsor: (identity, around) =>
    identity.sponsor !== null && identity.sponsor !== identity.owner && around.sponsorActive,
  purpose: (identity, around) => identity.purpose !== null && around.purposeKnown,
  binding: (_, around) => around.bindings.some((binding) => binding.endedMs === null),
  entitlement: (_, around) =>
    around.entitlements.some((entitlement) => entitlement.state !== 'ended' && entitlement.endsMs > around.atMs),
  approvals: (_, around) => around.approval?.state === 'approved' && around.atMs < around.approval.expiresMs,
  rehearsal: (identity, around) => isRehearsed(identity, around.atMs),
  reason: (_, __, move) => move.reason !== undefined && move.reason !== '',
}

/** True where the revocation path was rehearsed as recently as the tier asks. */
export function isRehearsed(identity: Identity, atMs: number): boolean {
  const everyDays = TIER_TERMS[identity.tier].rehearsalEveryDays
  return everyDays === undefined || (identity.rehearsedMs !== null && atMs - identity.rehearsedMs < everyDays * DAY_MS)
}

/** Gives all that an identity still lacks to be active, beside the approvals that it is about to ask for. */
export function findLacking(identity: Identity, around: Surroundings): readonly LifecycleNeed[] {
  const needs = LIFECYCLE.find(({ verb }) => verb === 'activate')?.needs ?? []
  const move = { verb: 'activate', actor: { kind: 'system', id: 'remit' } } as const
  return needs.filter((need) => need !== 'approvals' && !NEEDS[need](identity, around, move))
}

/** Makes the refusal of a verb that does not lead out of a state, in the words of the verb's own entry. */
export function refuseMove(state: IdentityState, verb: string): RemitError {
  const done = LIFECYCLE.find((row) => row.verb === verb)?.entry.replace('identity.', '') ?? `moved by ${verb}`
  return new RemitError('transition_invalid', {
    detail: `An identity that is ${state} cannot be ${done}.`,
    facts: { state, verb },
  })
}

/**
 * Gives the fact that moves an identity along its lifecycle.
 * Errors: `transition_invalid` from a state that the verb does not leave; `transition_needs` naming all that is missing.
 */
export function moveIdentity(identity: Kept<Identity>, move: Move, around: Surroundings): Fact {
  const row = findTransition(move.verb, identity.state)
  if (row === undefined) throw refuseMove(identity.state, move.verb)
  const next: Identity = { ...identity, ...move.set, state: row.to }
  const missing = row.needs.filter((need) => !NEEDS[need](next, around, move))
  if (missing.length > 0)
    throw new RemitError('transition_needs', {
      detail: `To ${move.verb}, it still needs: ${missing.map((need) => sayNeed(need, next, around)).join(', ')}.`,
      facts: { missing },
    })
  return {
    entry: describeMove(identity, next, row, move),
    changes: [update('identities', identity, next), ...(move.changes ?? [])],
  }
}

/** Of who is named already it is not plain what is missing. */
function sayNeed(need: LifecycleNeed, { owner, sponsor }: Identity, around: Surroundings): string {
  const hasLeft =
    (need === 'owner' && owner !== null && !around.ownerActive) ||
    (need === 'sponsor' && sponsor !== null && !around.sponsorActive)
  return hasLeft ? `another ${need}, as the present one has left` : need
}

function describeMove(before: Identity, next: Identity, row: LifecycleRow, move: Move): Fact['entry'] {
  return {
    kind: row.entry as EntryKind, // the table names entry kinds only; a test holds it
    actor: move.actor,
    subject: { kind: 'identity', id: next.id },
    data: {
      identityId: next.id,
      name: next.name,
      from: before.state,
      to: next.state,
      owner: next.owner,
      sponsor: next.sponsor,
      vendor: next.vendor,
      purpose: next.purpose,
      tier: next.tier,
      tierReasons: next.tierReasons,
      ...(move.reason === undefined ? {} : { reason: move.reason }),
      ...move.data,
    },
  }
}
