import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Issuer, startIssuer } from '../../../test/issuer/issuer.ts'
import type { Claims } from '../../../test/issuer/minted-keys.ts'
import { AUDIENCE, bind, type MemoryStore, makeClock, makeRoom, makeStore } from '../../../test/issuer/room.ts'
import type { Binding } from '../../contract/register/binding.ts'
import { RemitError } from '../../ground/errors.ts'
import type { Authenticate } from '../authenticate.ts'
import { proveCaller, type WorkloadCaller } from '../caller.ts'

const clock = makeClock()
let idp: Issuer
let store: MemoryStore
let room: Authenticate

beforeAll(async () => {
  idp = await startIssuer({ nowMs: clock.nowMs })
})
afterAll(() => idp.stop())
beforeEach(() => {
  store = makeStore()
  room = makeRoom({ store, clock, issuers: [{ issuer: idp.url, serves: 'people', requireJti: false }] })
  store.put('persons', { id: 'psn_ann', name: 'Ann', email: 'a@example.org', roles: [], state: 'active', createdMs: 0 })
  const known = { issuer: idp.url, subject: '00u1', createdMs: 0, endedMs: null }
  store.put('person_logins', { id: 'lgn_1', personId: 'psn_ann', ...known })
})

const mint = (claims: Claims = {}): Promise<string> =>
  idp.mint({ sub: '00u1', aud: AUDIENCE, client_id: 'desk', jti: randomUUID(), ...claims }, { typ: 'oauth-id-jag+jwt' })

/** A client as it has authenticated itself, by a binding of this kind. */
async function clientOf(binding: Partial<Binding> = {}, more: Partial<WorkloadCaller> = {}): Promise<WorkloadCaller> {
  const kept = bind(store, { kind: 'key', issuer: 'self', subject: 'desk', ...binding })
  const identity = await store.getIdentity(kept.identityId)
  if (identity === undefined) throw new Error('there is no identity')
  const facts = {
    kind: 'workload',
    identity,
    binding: kept,
    strength: 'bearer',
    possession: null,
    changes: [],
  } as const
  return proveCaller<WorkloadCaller>({ ...facts, ...more })
}

async function show(jwt: string, client: WorkloadCaller): Promise<string> {
  try {
    return (await room.byIdentityGrant(jwt, client)).person.person.id
  } catch (error) {
    if (error instanceof RemitError) return error.code
    throw error
  }
}

describe('what an identity provider lets a client do for a person', () => {
  it('is read as it says it, and marks itself as seen, whatever else is in the rows', async () => {
    const act = { iss: 'https://other.example', sub: 'agent', more: ['kept', 'as', 'it', 'is'] }
    const jwt = await mint({ scope: 'read  write', resource: ['https://a.example', 'https://b.example'], act })
    const grant = await room.byIdentityGrant(jwt, await clientOf())
    expect(grant).toMatchObject({
      person: { kind: 'vouched', person: { id: 'psn_ann' }, login: { id: 'lgn_1' } },
      scopes: ['read', 'write'],
      resources: ['https://a.example', 'https://b.example'],
      act,
    })
    store.apply(grant.person.changes)
    expect(await show(jwt, await clientOf())).toBe('assertion_replayed')
  })

  it.each<[string, Partial<Binding>, string]>([
    ['a key', { kind: 'key', issuer: 'self' }, 'psn_ann'],
    ['an SVID', { kind: 'spiffe', issuer: 'example.org' }, 'psn_ann'],
    ['a secret', { kind: 'secret', issuer: 'secret' }, 'psn_ann'],
    ['an attestation', { kind: 'attestation', issuer: 'https://attester.example' }, 'psn_ann'],
    ['the token of a platform, whose names are its own', { kind: 'oidc', issuer: idp?.url ?? 'x' }, 'assertion_claims'],
    ['a name in a certificate of others', { kind: 'certificate', issuer: 'corp' }, 'assertion_claims'],
  ])('is for a client of its name that proves itself by %s, or not', async (_what, binding, outcome) => {
    expect(await show(await mint(), await clientOf(binding))).toBe(outcome)
    expect(await show(await mint({ client_id: 'idn_1' }), await clientOf(binding))).toBe('psn_ann')
  })

  it('is for no client that shares its name with another identity, unless the other has ended', async () => {
    const client = await clientOf()
    const twin = { id: 'bnd_2', kind: 'client', issuer: 'client', subject: 'desk' } as const
    bind(store, twin, { id: 'idn_2' })
    expect(await show(await mint(), client)).toBe('assertion_claims')
    bind(store, { ...twin, endedMs: clock.nowMs() }, { id: 'idn_2' })
    expect(await show(await mint(), client)).toBe('psn_ann')
    bind(store, twin, { id: 'idn_1' })
    expect(await show(await mint(), client)).toBe('psn_ann') // it is its own
  })

  it('holds what its issuer is trusted for alone, as every token of it does', async () => {
    const row = { issuer: idp.url, serves: 'people', requireJti: false, claimRules: { tenant: 'acme' } } as const
    room = makeRoom({ store, clock, issuers: [row] })
    expect(await show(await mint(), await clientOf())).toBe('assertion_claims')
    expect(await show(await mint({ tenant: 'other' }), await clientOf())).toBe('assertion_claims')
    expect(await show(await mint({ tenant: 'acme' }), await clientOf())).toBe('psn_ann')
  })

  it('counts for the key that it names, by a proof or by the certificate of the connection', async () => {
    const [own, other] = ['own', 'other'].map((thumbprint) => ({ kind: 'jkt', thumbprint }) as const)
    const jwt = await mint({ cnf: { jkt: 'own' } })
    expect(await show(jwt, await clientOf({}, { possession: other ?? null }))).toBe('proof_invalid')
    expect(await show(jwt, await clientOf())).toBe('proof_missing')
    expect(await show(jwt, await clientOf({}, { possession: own ?? null }))).toBe('psn_ann')
    const byCertificate = { possession: { kind: 'x5t#S256', thumbprint: 'leaf' } } as const
    expect(await show(await mint({ cnf: { 'x5t#S256': 'leaf' } }), await clientOf({}, byCertificate))).toBe('psn_ann')
  })

  it('opens nothing for a client whose proof came out of a task', async () => {
    const within = { taskId: 'tsk_1', untilMs: clock.nowMs() + 60_000 }
    expect(await show(await mint(), await clientOf({}, { within }))).toBe('assertion_claims')
  })
})
