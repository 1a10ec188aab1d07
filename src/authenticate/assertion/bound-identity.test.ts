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
      missed: [],
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
    expect(await room.byAssertion(await mint())).toMatchObject({
      kind: 'stranger',
      missed: [{ identityId: 'idn_1', claims: ['environment'] }],
    })
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

describe('a subject by pattern', () => {
  const pattern = 'repo:acme/*:ref:refs/heads/main'
  const byPattern = { subject: 'repo:acme/', subjectPattern: pattern }
  beforeEach(() => {
    store = makeStore()
    bind(store, { issuer: issuer.url, ...byPattern })
    room = makeRoom({ store, clock, issuers: [{ issuer: issuer.url }] })
  })

  const subjects: [string, string][] = [
    ['repo:acme/docs:ref:refs/heads/main', 'workload'],
    ['repo:acme/docs:ref:refs/heads/main:x', 'stranger'],
    ['repo:acme/docs/evil:ref:refs/heads/main', 'stranger'],
    ['repo:acme-evil/docs:ref:refs/heads/main', 'stranger'],
    ['repo:acme/', 'stranger'],
    [pattern, 'workload'],
    [`repo:acme/${'/'.repeat(2_000)}`, 'stranger'],
  ]
  it.each(subjects)('means %s: %s', async (sub, outcome) => {
    expect(await show(await mint({ sub }))).toBe(outcome)
  })

  it('asks for its claims too, by JSON pointers as well', async () => {
    store = makeStore()
    const claims = { '/kubernetes.io/namespace': 'agents', env: { pattern: 'prod/*' }, paid: true }
    bind(store, { issuer: issuer.url, ...byPattern, claims })
    room = makeRoom({ store, clock, issuers: [{ issuer: issuer.url }] })
    const good = { 'kubernetes.io': { namespace: 'agents' }, env: 'prod/eu', paid: true }
    expect(await show(await mint(good))).toBe('workload')
    const faults: [string, Claims][] = [
      ['paid', { paid: 'true' }],
      ['env', { env: 'prod' }],
      ['/kubernetes.io/namespace', { 'kubernetes.io': { namespace: ['agents'] } }],
    ]
    for (const [name, bad] of faults) {
      const stranger = await room.byAssertion(await mint({ ...good, ...bad }))
      expect(stranger).toMatchObject({ missed: [{ identityId: 'idn_1', claims: [name] }] })
    }
  })

  it('is nobody where two identities match, by patterns or by one and the whole', async () => {
    bind(store, { issuer: issuer.url, subject: 'repo:', subjectPattern: 'repo:*/docs:**' }, { id: 'idn_2' })
    expect(await show(await mint())).toBe('identity_ambiguous')
    expect(await show(await mint({ sub: 'repo:acme/code:ref:refs/heads/main' }))).toBe('workload')
    bind(store, { issuer: issuer.url, subject: 'repo:acme/code:ref:refs/heads/main' }, { id: 'idn_3' })
    expect(await show(await mint({ sub: 'repo:acme/code:ref:refs/heads/main' }))).toBe('identity_ambiguous')
  })

  it('gives way to the whole subject of the same identity', async () => {
    bind(store, { id: 'bnd_whole', issuer: issuer.url, subject })
    expect(await room.byAssertion(await mint())).toMatchObject({ binding: { id: 'bnd_whole' } })
  })

  it('of another issuer is not found', async () => {
    store = makeStore()
    bind(store, { issuer: 'https://other.example', ...byPattern })
    room = makeRoom({ store, clock, issuers: [{ issuer: issuer.url }] })
    expect(await show(await mint())).toBe('stranger')
  })
})

describe('a binding that was put off by a rotation', () => {
  it('proves to the last moment of the overlap, and nothing after it', async () => {
    store = makeStore()
    bind(store, { issuer: issuer.url, subject, endsMs: clock.nowMs() + 1 })
    room = makeRoom({ store, clock, issuers: [{ issuer: issuer.url }] })
    expect(await show(await mint())).toBe('workload')
    clock.advance(1)
    expect(await show(await mint())).toBe('stranger')
  })
})
