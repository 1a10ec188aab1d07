import { describe, expect, it } from 'vitest'
import {
  sampleBinding,
  sampleEntitlement,
  sampleIdentity,
  sampleMs,
  samplePurpose,
} from '../../test/register/samples.ts'
import { LIFECYCLE } from '../contract/register/identity.ts'
import { createIds } from '../ground/ids.ts'
import {
  addBinding,
  bindTo,
  discoverIdentity,
  draftIdentity,
  endBinding,
  type IdentityProfile,
  recordDraft,
  type Sighting,
  tierOf,
} from './identity.ts'

const ids = createIds(() => sampleMs)
const actor = { kind: 'person', id: 'psn_ann' } as const
const seen = { op: 'insert', table: 'seen_proofs', row: { id: 'p'.repeat(64), expiresMs: sampleMs } } as const
const sighting: Sighting = {
  bindingKind: 'oidc',
  proposed: {},
  vendor: null,
  issuer: 'https://issuer.example',
  subject: 'workload:x',
  claims: { repository: 'example/x' },
  changes: [seen],
}

describe('an identity that was seen and that nobody knows', () => {
  const { identity, fact } = discoverIdentity(sighting, ids, sampleMs)

  it('is inert: nobody owns it, it is for nothing, and the only ways out are people', () => {
    expect(identity).toMatchObject({
      state: 'discovered',
      owner: null,
      sponsor: null,
      purpose: null,
      activatedMs: null,
    })
    const out = LIFECYCLE.filter(({ from }) => from.includes('discovered'))
    expect(out.map(({ verb, to }) => [verb, to])).toEqual([
      ['adopt', 'draft'],
      ['retire', 'retired'],
    ])
    expect(out.every(({ roles }) => !roles.includes('system'))).toBe(true)
  })

  it('counts as the gravest until somebody says what it does', () => {
    expect(identity).toMatchObject({ tier: 'T4', autonomy: 'autonomous', reach: 'production' })
    expect(identity.tierReasons).not.toEqual([])
  })

  it('is on record as a refusal, with the proof spent and kept as its binding', () => {
    expect(fact.entry).toMatchObject({
      kind: 'identity.discovered',
      actor: { kind: 'stranger', id: 'workload:x' },
      data: { identityId: identity.id, refused: 'identity_unknown', claims: { repository: 'example/x' } },
    })
    expect(fact.changes).toMatchObject([
      seen,
      { op: 'insert', table: 'identities', row: identity },
      { op: 'insert', table: 'bindings', row: { identityId: identity.id, issuer: sighting.issuer, endedMs: null } },
    ])
  })

  it('is bound to name and issuer, not to claims that may change', () => {
    expect(fact.changes[2]).toMatchObject({ row: { kind: 'oidc', subject: 'workload:x', claims: {}, keys: [] } })
  })

  it('has a name of its own each time', () => {
    expect(discoverIdentity(sighting, ids, sampleMs).identity.name).not.toBe(identity.name)
  })
})

describe('a drafted identity', () => {
  const profile: IdentityProfile = {
    name: 'reader',
    kind: 'agent',
    runtime: 'own',
    vendor: null,
    owner: 'psn_ann',
    sponsor: 'psn_bob',
    purpose: 'summarise',
    autonomy: 'bounded',
    reach: 'team',
  }

  it('is as grave as its purpose allows, until it is said what it may ask for', () => {
    const identity = draftIdentity(profile, samplePurpose, 'psn_ann', ids, sampleMs)
    expect(identity).toMatchObject({
      ...profile,
      state: 'draft',
      tier: 'T2',
      requestedBy: 'psn_ann',
      rehearsedMs: null,
    })
    expect(recordDraft(identity, actor)).toMatchObject({
      entry: { kind: 'identity.drafted', data: { identityId: identity.id, tier: 'T2' } },
      changes: [{ op: 'insert', table: 'identities', row: identity }],
    })
  })

  it.each([
    ['one entitlement', [sampleEntitlement()], 'T1'],
    ['the gravest of two', [sampleEntitlement(), sampleEntitlement({ classes: ['read', 'deploy'] })], 'T3'],
    ['the most sensitive of two', [sampleEntitlement(), sampleEntitlement({ ceiling: 'restricted' })], 'T3'],
    [
      'what has ended left out',
      [sampleEntitlement(), sampleEntitlement({ classes: ['administer'], state: 'ended' })],
      'T1',
    ],
  ])('has the tier of %s', (_, entitlements, tier) => {
    expect(tierOf(profile, samplePurpose, entitlements).tier).toBe(tier)
  })
})

describe('a binding', () => {
  it('is added together with a change of its identity, so that an approval under way no longer fits', () => {
    const profile = { kind: 'key', issuer: 'self', subject: 'reader', claims: {}, keys: [{ kty: 'EC' }] } as const
    const identity = sampleIdentity()
    const binding = bindTo(identity.id, profile, ids, sampleMs)
    const { entry, changes } = addBinding(identity, binding, actor)
    expect(changes).toMatchObject([
      { op: 'update', table: 'identities', ifVersion: 1 },
      { op: 'insert', table: 'bindings', row: binding },
    ])
    expect(entry).toMatchObject({ kind: 'binding.added', data: { bindingId: binding.id, keys: 1 } })
  })

  it('is ended and not removed', () => {
    const { entry, changes } = endBinding(sampleBinding(), 'moved', actor, sampleMs + 9)
    expect(changes).toMatchObject([
      { op: 'update', table: 'bindings', row: { id: 'bnd_reader', endedMs: sampleMs + 9 } },
    ])
    expect(entry).toMatchObject({ kind: 'binding.ended', data: { reason: 'moved' } })
  })
})
