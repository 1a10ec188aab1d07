import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Issuer, startIssuer } from '../../../test/issuer/issuer.ts'
import type { Claims } from '../../../test/issuer/minted-keys.ts'
import {
  AUDIENCE,
  bind,
  type MemoryStore,
  makeClock,
  makeRoom,
  makeStore,
  outcomeOf,
} from '../../../test/issuer/room.ts'
import type { Authenticate } from '../authenticate.ts'

const subject = 'repo:acme/docs:ref:refs/heads/main'
const clock = makeClock()
let issuer: Issuer
let store: MemoryStore
let room: Authenticate

beforeAll(async () => {
  issuer = await startIssuer({ nowMs: clock.nowMs })
})
afterAll(() => issuer.stop())
beforeEach(() => {
  store = makeStore()
  bind(store, { issuer: issuer.url, subject })
  room = makeRoom({ store, clock, issuers: [{ issuer: issuer.url }] })
})

const mint = (claims: Claims = {}): Promise<string> => issuer.mint({ sub: subject, aud: AUDIENCE, ...claims })
const show = (jwt: string): Promise<string> => outcomeOf(room.byAssertion(jwt))

describe('the identity behind an assertion', () => {
  it('is a stranger where nothing is bound, shown by claims that name no person', async () => {
    const stranger = await room.byAssertion(
      await mint({
        sub: 'repo:acme/new',
        repository: 'acme/\u0007new',
        email: 'ann@acme.example',
        ref: 'x'.repeat(300),
      }),
    )
    expect(stranger).toMatchObject({
      kind: 'stranger',
      bindingKind: 'oidc',
      issuer: issuer.url,
      subject: 'repo:acme/new',
      missedIdentityIds: [],
    })
    expect(stranger).toHaveProperty('claims', { repository: 'acme/new', ref: 'x'.repeat(200) })
    expect(stranger.changes).toHaveLength(1)
  })

  const required: [string, string, Claims][] = [
    ['the very value', 'workload', { environment: 'production' }],
    ['another value', 'stranger', { environment: 'Production' }],
    ['a list with the value', 'stranger', { environment: ['production'] }],
    ['no such claim', 'stranger', {}],
  ]
  it.each(required)('needs each required claim: %s', async (_, outcome, claims) => {
    bind(store, { issuer: issuer.url, subject, claims: { environment: 'production' } })
    expect(await show(await mint(claims))).toBe(outcome)
  })

  it('is told to whom the subject is bound where only the claims differ', async () => {
    bind(store, { issuer: issuer.url, subject, claims: { environment: 'production' } })
    expect(await room.byAssertion(await mint())).toMatchObject({ kind: 'stranger', missedIdentityIds: ['idn_1'] })
  })

  it('is not found through a member that every object has', async () => {
    bind(store, { issuer: issuer.url, subject, claims: { constructor: 'x' } })
    expect(await show(await mint())).toBe('stranger')
  })

  it('is nobody where two identities match', async () => {
    bind(store, { issuer: issuer.url, subject }, { id: 'idn_2' })
    expect(await show(await mint())).toBe('identity_ambiguous')
  })

  it('is nobody where two match by different claims', async () => {
    bind(store, { issuer: issuer.url, subject, claims: { ref: 'main' } }, { id: 'idn_2' })
    expect(await show(await mint({ ref: 'main' }))).toBe('identity_ambiguous')
    expect(await show(await mint({ ref: 'side' }))).toBe('workload')
  })

  it('is found once where two bindings of it match, by the one that asks for more', async () => {
    bind(store, { id: 'bnd_narrow', issuer: issuer.url, subject, claims: { ref: 'main' } })
    expect(await room.byAssertion(await mint({ ref: 'main' }))).toMatchObject({ binding: { id: 'bnd_narrow' } })
  })

  it('is not found by a binding that was ended', async () => {
    bind(store, { issuer: issuer.url, subject, endedMs: 1 })
    expect(await show(await mint())).toBe('stranger')
  })

  it('is not found by a binding of another kind', async () => {
    bind(store, { issuer: issuer.url, subject, kind: 'spiffe' })
    expect(await show(await mint())).toBe('stranger')
  })

  it.each(['discovered', 'draft', 'suspended', 'retired'] as const)(
    'is given also when it is %s, for the decision to refuse',
    async (state) => {
      bind(store, { issuer: issuer.url, subject }, { state })
      expect(await room.byAssertion(await mint())).toMatchObject({ kind: 'workload', identity: { state } })
    },
  )

  it('of an SVID that names a trusted issuer is sought at that issuer', async () => {
    bind(store, { issuer: issuer.url, subject: 'spiffe://acme.example/a' }, { id: 'idn_7' })
    expect(await room.byAssertion(await mint({ sub: 'spiffe://acme.example/a' }))).toMatchObject({
      identity: { id: 'idn_7' },
    })
  })
})
