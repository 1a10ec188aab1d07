import { gravestClass } from '../contract/action-class.ts'
import { type Change, type Fact, insert, type Kept, requireVersion, update } from '../contract/change.ts'
import type { Actor } from '../contract/log-entry.ts'
import { type Binding, type Proof, proofOf } from '../contract/register/binding.ts'
import type { Entitlement } from '../contract/register/entitlement.ts'
import type { Identity, IdentityKind, Runtime } from '../contract/register/identity.ts'
import type { Person, PersonId } from '../contract/register/person.ts'
import type { Purpose } from '../contract/register/purpose.ts'
import { type Autonomy, computeTier, type Reach } from '../contract/register/tier.ts'
import { maxSensitivity, type Sensitivity } from '../contract/sensitivity.ts'
import type { Ids } from '../ground/ids.ts'
import { unique } from '../ground/unique.ts'

/** What a person says of an identity that they draft or adopt. */
export interface IdentityProfile {
  readonly name: string
  readonly kind: IdentityKind
  readonly runtime: Runtime
  readonly vendor: string | null
  readonly owner: PersonId
  readonly sponsor: PersonId
  readonly purpose: string
  readonly autonomy: Autonomy
  readonly reach: Reach
}

/** A way to prove an identity, before it has an id. */
export type BindingProfile = Proof

/** Gives the tier fields of an identity from its purpose and what it is entitled to ask for. */
export function tierOf(
  identity: Pick<Identity, 'autonomy' | 'reach'>,
  purpose: Purpose,
  entitlements: readonly Entitlement[],
): Pick<Identity, 'tier' | 'tierReasons'> {
  const living = entitlements.filter((entitlement) => entitlement.state !== 'ended')
  const sensitivity = living.reduce<Sensitivity>(
    (worst, entitlement) => maxSensitivity(worst, entitlement.ceiling),
    living.length === 0 ? purpose.ceiling : 'public',
  )
  const classes = living.length === 0 ? purpose.classes : living.map((entitlement) => gravestClass(entitlement.classes))
  const { tier, reasons } = computeTier({ classes, sensitivity, autonomy: identity.autonomy, reach: identity.reach })
  return { tier, tierReasons: reasons }
}

/** Gives a new identity in `draft`. */
export function draftIdentity(
  profile: IdentityProfile,
  purpose: Purpose,
  requestedBy: PersonId,
  ids: Ids,
  atMs: number,
): Identity {
  return {
    id: ids.next('identity'),
    ...profile,
    state: 'draft',
    ...tierOf(profile, purpose, []),
    requestedBy,
    authors: [],
    createdMs: atMs,
    activatedMs: null,
    rehearsedMs: null,
    suspendedBecause: null,
  }
}

/** Gives the fact that puts a drafted identity into the register. */
export function recordDraft(identity: Identity, actor: Actor): Fact {
  return {
    entry: {
      kind: 'identity.drafted',
      actor,
      subject: { kind: 'identity', id: identity.id },
      data: {
        identityId: identity.id,
        name: identity.name,
        owner: identity.owner,
        sponsor: identity.sponsor,
        vendor: identity.vendor,
        purpose: identity.purpose,
        tier: identity.tier,
        tierReasons: identity.tierReasons,
      },
    },
    changes: [insert('identities', identity)],
  }
}

/** Who answers for an identity. */
export interface Accountable {
  readonly owner: Kept<Person>
  readonly sponsor: Kept<Person>
}

/**
 * Gives the fact that others answer for an identity from now on. They are required as they were read, so that nobody who
 * leaves meanwhile is left with it.
 */
export function reassignIdentity(
  identity: Kept<Identity>,
  { owner, sponsor }: Accountable,
  by: { readonly actor: Actor; readonly personId: PersonId; readonly reason: string },
): Fact {
  const reassignedBy = unique([...(identity.reassignedBy ?? []), by.personId])
  const next: Identity = { ...identity, owner: owner.id, sponsor: sponsor.id, reassignedBy }
  return {
    entry: {
      kind: 'identity.reassigned',
      actor: by.actor,
      subject: { kind: 'identity', id: identity.id },
      data: {
        identityId: identity.id,
        name: identity.name,
        owner: next.owner,
        sponsor: next.sponsor,
        before: { owner: identity.owner, sponsor: identity.sponsor },
        reason: by.reason,
      },
    },
    changes: [
      update('identities', identity, next),
      requireVersion('persons', owner),
      requireVersion('persons', sponsor),
    ],
  }
}

/** Gives the fact that an identity may have people asked again: no no to what it asked until now silences it any more. */
export function hearIdentity(
  identity: Kept<Identity>,
  { actor, reason, atMs }: { readonly actor: Actor; readonly reason: string; readonly atMs: number },
): { readonly identity: Identity; readonly fact: Fact } {
  const next: Identity = { ...identity, heardMs: atMs }
  return {
    identity: next,
    fact: {
      entry: {
        kind: 'identity.heard',
        actor,
        subject: { kind: 'identity', id: identity.id },
        data: { identityId: identity.id, name: identity.name, heardMs: atMs, reason },
      },
      changes: [update('identities', identity, next)],
    },
  }
}

/** What was seen of an AI identity that nobody registered. */
export interface Sighting {
  readonly bindingKind: 'oidc' | 'spiffe' | 'client'
  readonly issuer: string
  readonly subject: string
  readonly claims: Readonly<Record<string, string>>
  /** What its platform pins a workload down by: its binding asks for it. */
  readonly proposed: Proof['claims']
  /** Whose agent it is, where its issuer is a vendor's. */
  readonly vendor: string | null
  /** Who came with it, of a client. */
  readonly foundBy?: PersonId
  readonly changes: readonly Change[]
}

/** Gives the fact that puts an unknown workload into the register: discovered, inert, with the proof that it showed. */
export function discoverIdentity(
  sighting: Sighting,
  ids: Ids,
  atMs: number,
): { readonly identity: Identity; readonly fact: Fact } {
  const id = ids.next('identity')
  const identity: Identity = {
    id,
    name: `unknown-${id.slice(-8)}`,
    kind: 'agent',
    runtime: sighting.vendor === null ? 'own' : 'vendor',
    vendor: sighting.vendor,
    state: 'discovered',
    owner: null,
    sponsor: null,
    purpose: null,
    autonomy: 'autonomous',
    reach: 'production',
    tier: 'T4',
    tierReasons: ['nobody has said yet what it does'],
    requestedBy: null,
    authors: [],
    foundAt: sighting.issuer,
    ...(sighting.foundBy === undefined ? {} : { foundBy: sighting.foundBy }),
    createdMs: atMs,
    activatedMs: null,
    rehearsedMs: null,
    suspendedBecause: null,
  }
  const binding = bindTo(
    id,
    {
      kind: sighting.bindingKind,
      issuer: sighting.issuer,
      subject: sighting.subject,
      claims: sighting.proposed,
      keys: [],
    },
    ids,
    atMs,
  )
  return {
    identity,
    fact: {
      entry: {
        kind: 'identity.discovered',
        actor: { kind: 'stranger', id: sighting.subject },
        subject: { kind: 'identity', id },
        data: {
          identityId: id,
          name: identity.name,
          issuer: sighting.issuer,
          subject: sighting.subject,
          claims: sighting.claims,
          bindingId: binding.id,
          ...(identity.vendor === null ? {} : { vendor: identity.vendor }),
          ...(identity.foundBy === undefined ? {} : { foundBy: identity.foundBy }),
          refused: 'identity_unknown',
        },
      },
      changes: [...sighting.changes, insert('identities', identity), insert('bindings', binding)],
    },
  }
}

/** Gives a living binding of an identity. */
export function bindTo(identityId: string, profile: BindingProfile, ids: Ids, atMs: number): Binding {
  return { id: ids.next('binding'), identityId, ...profile, createdMs: atMs, endedMs: null }
}

/**
 * Gives the fact that adds a way to prove an identity. A binding is part of what was approved, so an active identity goes back to draft
 * first.
 */
export function addBinding(
  identity: Kept<Identity>,
  binding: Binding,
  actor: Actor,
  width: { readonly lets: readonly string[]; readonly reason: string } | null = null,
): Fact {
  return {
    entry: {
      kind: 'binding.added',
      actor,
      subject: { kind: 'identity', id: identity.id },
      data: {
        identityId: identity.id,
        bindingId: binding.id,
        ...proofOf(binding),
        keys: binding.keys.length,
        ...(width === null ? {} : { wide: { ...width } }),
      },
    },
    changes: [update('identities', identity, identity), insert('bindings', binding)],
  }
}

/** Gives the fact that ends a binding. */
export function endBinding(binding: Kept<Binding>, reason: string, actor: Actor, atMs: number): Fact {
  return {
    entry: {
      kind: 'binding.ended',
      actor,
      subject: { kind: 'identity', id: binding.identityId },
      data: { identityId: binding.identityId, bindingId: binding.id, reason },
    },
    changes: [update('bindings', binding, { ...binding, endedMs: atMs })],
  }
}
