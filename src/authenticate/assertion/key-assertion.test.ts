import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Claims, type MintedKey, mintKey, signClaims } from '../../../test/issuer/minted-keys.ts'
import {
  AUDIENCE,
  bind,
  type MemoryStore,
  makeClock,
  makeRoom,
  makeStore,
  outcomeOf,
} from '../../../test/issuer/room.ts'
import type { JsonWebKeyPublic } from '../../contract/register/binding.ts'
import type { Authenticate } from '../authenticate.ts'

const clock = makeClock()
const seconds = Math.floor(clock.nowMs() / 1000)
const name = 'nightly-script'
let key: MintedKey
let other: MintedKey
let store: MemoryStore
let room: Authenticate

beforeAll(async () => {
  key = await mintKey('ES256', 'k1')
  other = await mintKey('ES256', 'k2')
})
beforeEach(() => {
  store = makeStore()
  bind(store, { kind: 'key', issuer: 'self', subject: name, keys: [publicOf(key)] })
  room = makeRoom({ store, clock })
})

const publicOf = (minted: MintedKey): JsonWebKeyPublic => minted.publicJwk as JsonWebKeyPublic
const mint = (claims: Claims = {}, header: Claims = {}, by = key): Promise<string> =>
  signClaims(
    by,
    { iss: name, sub: name, aud: AUDIENCE, iat: seconds, exp: seconds + 60, jti: randomUUID(), ...claims },
    header,
  )
const show = async (claims: Claims = {}, header: Claims = {}, by = key): Promise<string> =>
  outcomeOf(room.byAssertion(await mint(claims, header, by)))

describe('a client assertion', () => {
  it('by a registered key proves the identity that it is bound to', async () => {
    expect(await room.byAssertion(await mint())).toMatchObject({
      kind: 'workload',
      identity: { id: 'idn_1' },
      strength: 'bearer',
    })
  })

  const outcomes: [string, string, Claims, Claims][] = [
    [
      'that is for clients at the token endpoint is no bearer',
      'assertion_misplaced',
      {},
      { typ: 'client-authentication+jwt' },
    ],
    ['without kid is taken', 'workload', {}, { kid: undefined }],
    ['of another type is refused', 'assertion_malformed', {}, { typ: 'dpop+jwt' }],
    ['with an embedded key is refused', 'assertion_malformed', {}, { jwk: { kty: 'EC' } }],
    ['for another audience is refused', 'assertion_audience', { aud: 'https://elsewhere.example' }, {}],
    ['for our token endpoint too is refused', 'assertion_audience', { aud: [AUDIENCE, `${AUDIENCE}/oauth/token`] }, {}],
    ['that expired is refused', 'assertion_expired', { exp: seconds - 60 }, {}],
    ['without an end is refused', 'assertion_claims', { exp: undefined }, {}],
    ['that somebody else acts by is refused', 'assertion_claims', { act: { sub: 'courier' } }, {}],
    ['of an unknown name is refused', 'issuer_unknown', { iss: 'nobody', sub: 'nobody' }, {}],
    ['for somebody else is refused', 'issuer_unknown', { sub: 'another' }, {}],
  ]
  it.each(outcomes)('%s', async (_, outcome, claims, header) => {
    expect(await show(claims, header)).toBe(outcome)
  })

  it('of its explicit type is taken under its own name', async () => {
    const jwt = await mint({}, { typ: 'client-authentication+jwt' })
    expect(await outcomeOf(room.byAssertion(jwt, { as: 'client_assertion:jwt-bearer' }))).toBe('workload')
    expect(await outcomeOf(room.byAssertion(jwt, { as: 'client_assertion:jwt-spiffe' }))).toBe('assertion_misplaced')
  })

  it('by a key that is not registered is refused, also under the kid of one that is', async () => {
    expect(await show({}, {}, other)).toBe('assertion_signature')
    expect(await show({}, { kid: 'k1' }, other)).toBe('assertion_signature')
  })

  it('by the second key of a binding counts, so that keys can be changed', async () => {
    bind(store, { kind: 'key', issuer: 'self', subject: name, keys: [publicOf(key), publicOf(other)] })
    expect(await show({}, {}, other)).toBe('workload')
  })

  it('is refused once its binding was ended', async () => {
    bind(store, { kind: 'key', issuer: 'self', subject: name, keys: [publicOf(key)], endedMs: 1 })
    expect(await show()).toBe('issuer_unknown')
  })

  it('is nobody where two identities have the name', async () => {
    bind(store, { kind: 'key', issuer: 'self', subject: name, keys: [publicOf(other)] }, { id: 'idn_2' })
    expect(await show()).toBe('identity_ambiguous')
  })

  it('that is shown again is refused', async () => {
    const jwt = await mint()
    store.apply((await room.byAssertion(jwt)).changes)
    expect(await outcomeOf(room.byAssertion(jwt))).toBe('assertion_replayed')
  })

  it.each(['self', ''])('is refused where it names itself %j and no such name is registered', async (made) => {
    expect(await show({ iss: made, sub: made })).toBe(made === '' ? 'assertion_claims' : 'issuer_unknown')
  })
})

describe('a key that was rotated away', () => {
  /** A room in which `pass` happens between two looks at the bindings of who is calling. */
  function between(pass: (put: MemoryStore, moved: ReturnType<typeof makeClock>) => void): Authenticate {
    const moved = makeClock()
    const own = makeStore()
    bind(own, {
      id: 'bnd_old',
      kind: 'key',
      issuer: 'self',
      subject: name,
      keys: [publicOf(key)],
      endsMs: moved.nowMs() + 1_000,
    })
    bind(own, { id: 'bnd_new', kind: 'key', issuer: 'self', subject: name, keys: [publicOf(other)] })
    let looks = 0
    const findBindings: MemoryStore['findBindings'] = async (...sought) => {
      const found = await own.findBindings(...sought)
      if (looks++ === 0) pass(own, moved)
      return found
    }
    return makeRoom({ store: { ...own, findBindings }, clock: moved })
  }

  it('is never taken for its successor, where it ends while its signature is verified', async () => {
    const late = between((_, moved) => moved.advance(1_500))
    expect(await outcomeOf(late.byAssertion(await mint()))).toBe('assertion_signature')
  })

  it('is never taken for its successor, where it is ended while its signature is verified', async () => {
    const ended = between((own) => {
      bind(own, { id: 'bnd_old', kind: 'key', issuer: 'self', subject: name, keys: [publicOf(key)], endedMs: 1 })
    })
    expect(await outcomeOf(ended.byAssertion(await mint()))).toBe('assertion_signature')
  })

  it('proves by its own binding before that, and its successor by its own', async () => {
    const quiet = between(() => undefined)
    expect(await quiet.byAssertion(await mint())).toMatchObject({ binding: { id: 'bnd_old' } })
    expect(await quiet.byAssertion(await mint({}, {}, other))).toMatchObject({ binding: { id: 'bnd_new' } })
  })
})
