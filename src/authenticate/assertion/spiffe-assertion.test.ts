import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { KeyServer } from '../../../test/issuer/key-server.ts'
import type { Claims } from '../../../test/issuer/minted-keys.ts'
import {
  AUDIENCE,
  bind,
  type MemoryStore,
  type MovedClock,
  makeClock,
  makeRoom,
  makeStore,
  outcomeOf,
} from '../../../test/issuer/room.ts'
import { makeTrustBundle, type TrustBundle } from '../../../test/issuer/trust-bundle.ts'
import { systemClock } from '../../ground/clock.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Authenticate } from '../authenticate.ts'

const trustDomain = 'acme.example'
const id = `spiffe://${trustDomain}/ci/release-agent`
let folder: string
let file: string
let clock: MovedClock
let bundle: TrustBundle
let server: KeyServer
let store: MemoryStore
let room: Authenticate

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'remit-bundle-'))
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(async () => {
  clock = makeClock()
  bundle = await makeTrustBundle({ trustDomain, nowMs: () => clock.nowMs() })
  server = await bundle.serve()
  file = join(folder, `${server.origin.split(':').at(-1)}.json`)
  await bundle.writeTo(file)
  store = makeStore()
  bind(store, { kind: 'spiffe', issuer: trustDomain, subject: id })
  room = makeRoom({ store, clock, trustDomains: [{ name: trustDomain, bundleFile: file }] })
})
afterEach(() => server.stop())

const mint = (claims: Claims = {}, header: Claims = {}): Promise<string> =>
  bundle.mint('/ci/release-agent', { aud: AUDIENCE, ...claims }, header)
const show = async (claims: Claims = {}, header: Claims = {}): Promise<string> =>
  outcomeOf(room.byAssertion(await mint(claims, header)))
const seconds = (): number => Math.floor(clock.nowMs() / 1000)
const fromUrl = (): Authenticate =>
  makeRoom({ store, clock, trustDomains: [{ name: trustDomain, bundleUrl: `${server.origin}/bundle.json` }] })

describe('a JWT-SVID', () => {
  it('proves the one identity that is bound to its SPIFFE ID', async () => {
    expect(await room.byAssertion(await mint())).toMatchObject({
      kind: 'workload',
      binding: { issuer: trustDomain, subject: id },
    })
  })

  const good: [string, Claims, Claims][] = [
    ['type JWT', {}, { typ: 'JWT' }],
    ['type JOSE', {}, { typ: 'JOSE' }],
    ['no type', {}, { typ: undefined }],
    ['no kid', {}, { kid: undefined }],
    ['no date', { iat: undefined }, {}],
    ['no jti', { jti: undefined }, {}],
    ['an issuer that promises nothing', { iss: 'https://spire.example' }, {}],
    ['claims that mean nothing here', { foo: [1] }, {}],
    ['its audience as a list of one', { aud: [AUDIENCE] }, {}],
  ]
  it.each(good)('is taken with %s', async (_, claims, header) => {
    expect(await show(claims, header)).toBe('workload')
  })

  const bad: [string, string, () => Claims, Claims][] = [
    ['without an end', 'assertion_claims', () => ({ exp: undefined }), {}],
    ['expired', 'assertion_expired', () => ({ exp: seconds() - 31 }), {}],
    ['not valid yet', 'assertion_not_yet_valid', () => ({ nbf: seconds() + 60 }), {}],
    ['that would live for days', 'assertion_claims', () => ({ exp: seconds() + 3 * 86_400, iat: undefined }), {}],
    ['without an audience', 'assertion_audience', () => ({ aud: undefined }), {}],
    ['for somebody else', 'assertion_audience', () => ({ aud: 'spiffe://acme.example/reports' }), {}],
    ['for two', 'assertion_audience', () => ({ aud: [AUDIENCE, 'reports'] }), {}],
    ['of type at+jwt', 'assertion_malformed', () => ({}), { typ: 'at+jwt' }],
    ['of type jwt in small letters', 'assertion_malformed', () => ({}), { typ: 'jwt' }],
    ['of type application/JWT', 'assertion_malformed', () => ({}), { typ: 'application/JWT' }],
    ['with a header that no SVID has', 'assertion_malformed', () => ({}), { x5t: 'abc' }],
    ['with the address of a key', 'assertion_malformed', () => ({}), { jku: 'https://evil.example' }],
    ['with an unknown kid', 'assertion_signature', () => ({}), { kid: 'other' }],
    ['of a trust domain that is not trusted', 'issuer_unknown', () => ({ sub: 'spiffe://other.example/ci' }), {}],
    ['with .. in its ID', 'spiffe_id_invalid', () => ({ sub: 'spiffe://acme.example/ci/../admin' }), {}],
    ['with percent-encoding in its ID', 'spiffe_id_invalid', () => ({ sub: 'spiffe://acme.example/%2e%2e/admin' }), {}],
    ['of the trust domain itself', 'spiffe_id_invalid', () => ({ sub: 'spiffe://acme.example' }), {}],
    ['with an upper-case trust domain', 'spiffe_id_invalid', () => ({ sub: 'spiffe://ACME.example/ci' }), {}],
    ['with an upper-case scheme', 'spiffe_id_invalid', () => ({ sub: 'SPIFFE://acme.example/ci' }), {}],
    ['with a trailing slash', 'spiffe_id_invalid', () => ({ sub: `${id}/` }), {}],
    ['whose issuer is its subject', 'stranger', () => ({ sub: `${id}-2`, iss: `${id}-2` }), {}],
  ]
  it.each(bad)('%s is not taken', async (_, outcome, claims, header) => {
    expect(await show(claims(), header)).toBe(outcome)
  })

  it.each(['RS256', 'PS384', 'ES512'])('signed with %s is taken', async (algorithm) => {
    const signer = await makeTrustBundle({ trustDomain, algorithm, nowMs: () => clock.nowMs() })
    await signer.writeTo(file)
    expect(await outcomeOf(room.byAssertion(await signer.mint('/ci/release-agent', { aud: AUDIENCE })))).toBe(
      'workload',
    )
  })

  it('signed with EdDSA is refused, though the bundle holds the key', async () => {
    const signer = await makeTrustBundle({ trustDomain, algorithm: 'EdDSA', nowMs: () => clock.nowMs() })
    await signer.writeTo(file)
    expect(await outcomeOf(room.byAssertion(await signer.mint('/ci/release-agent', { aud: AUDIENCE })))).toBe(
      'assertion_algorithm',
    )
  })

  it('that somebody else acts by for its subject is refused, whoever that is', async () => {
    expect(await show({ act: { sub: id } })).toBe('assertion_claims')
    expect(await show({ act: null })).toBe('assertion_claims')
  })

  it('signed by another trust domain is refused, though both are trusted', async () => {
    const other = await makeTrustBundle({ trustDomain: 'other.example', nowMs: () => clock.nowMs() })
    const otherFile = `${file}.other`
    await other.writeTo(otherFile)
    room = makeRoom({
      store,
      clock,
      trustDomains: [
        { name: trustDomain, bundleFile: file },
        { name: 'other.example', bundleFile: otherFile },
      ],
    })
    const forged = await other.mint('/ci', { aud: AUDIENCE, sub: id })
    expect(await outcomeOf(room.byAssertion(forged))).toBe('assertion_signature')
    expect(await outcomeOf(room.byAssertion(await other.mint('/ci', { aud: AUDIENCE })))).toBe('stranger')
  })

  it('that is shown again is refused, though it has no jti', async () => {
    const svid = await mint({ jti: undefined })
    store.apply((await room.byAssertion(svid)).changes)
    expect(await outcomeOf(room.byAssertion(svid))).toBe('assertion_replayed')
  })
})

describe('a trust bundle', () => {
  const write = (members: object): Promise<void> =>
    writeFile(file, JSON.stringify({ ...bundle.document(), ...members }))
  /** What those who run the house are told of a bundle by which nobody is admitted. */
  const problem = async (): Promise<string | null | undefined> => {
    expect(await outcomeOf(room.byAssertion(await mint()))).toBe('issuer_unavailable')
    return (await room.checkSources())[0]?.problem
  }

  it('is read from an address as well', async () => {
    room = fromUrl()
    expect(await show()).toBe('workload')
    expect(server.asked.get('/bundle.json')).toBe(1)
  })

  it('is read again every five minutes where it gives no hint', async () => {
    room = fromUrl()
    await show()
    clock.advance(LIMITS.bundleRefreshSeconds * 1000 - 1)
    await show()
    expect(server.asked.get('/bundle.json')).toBe(1)
    clock.advance(1)
    await show()
    expect(server.asked.get('/bundle.json')).toBe(2)
  })

  it('is read again as often as it asks for', async () => {
    bundle = await makeTrustBundle({ trustDomain, refreshHintSeconds: 60, nowMs: () => clock.nowMs() })
    const hinted = await bundle.serve()
    const bundleUrl = `${hinted.origin}/bundle.json`
    room = makeRoom({ store, clock, trustDomains: [{ name: trustDomain, bundleUrl }] })
    for (const [waitMs, reads] of [
      [0, 1],
      [59_999, 1],
      [1, 2],
    ] as const) {
      clock.advance(waitMs)
      expect(await show()).toBe('workload')
      expect(hinted.asked.get('/bundle.json')).toBe(reads)
    }
    await hinted.stop()
  })

  it('takes in a new key as soon as it is shown, after a pause', async () => {
    await show()
    await bundle.rotate()
    await bundle.writeTo(file)
    expect(await show()).toBe('assertion_signature')
    clock.advance(LIMITS.jwksCooldownMs)
    expect(await show()).toBe('workload')
  })

  it('without keys revokes all', async () => {
    await show()
    bundle.revoke()
    await bundle.writeTo(file)
    clock.advance(LIMITS.bundleRefreshSeconds * 1000)
    expect(await show()).toBe('assertion_signature')
  })

  it('that is older than the one in use is not taken in', async () => {
    const old = bundle.document()
    await bundle.rotate({ forget: true })
    await bundle.writeTo(file)
    await show()
    await writeFile(file, JSON.stringify(old))
    clock.advance(LIMITS.bundleRefreshSeconds * 1000)
    expect(await show()).toBe('workload')
    expect(await room.checkSources()).toMatchObject([
      { problem: expect.stringMatching(/^Its bundle is older .* forgetSequence/) },
    ])
  })

  it('may stand in a map of bundles, with a sequence of its own', async () => {
    const other = { keys: [], spiffe_sequence: 9 }
    const mapOf = (own: object): object => ({ trust_domains: { 'other.example': other, [trustDomain]: own } })
    await writeFile(file, JSON.stringify(mapOf(bundle.document())))
    expect(await show()).toBe('workload')
    expect((await store.getTrustBundle(trustDomain))?.sequence).toBe('1')
    await writeFile(file, JSON.stringify(mapOf({ ...bundle.document(), keys: [], spiffe_sequence: 0 })))
    clock.advance(LIMITS.bundleRefreshSeconds * 1000)
    expect(await show()).toBe('workload')
    expect(await room.checkSources()).toMatchObject([
      { problem: expect.stringMatching(/^Its bundle is older .* forgetSequence/) },
    ])
  })

  it.each([
    ['without it', { trust_domains: { 'other.example': { keys: [] } } }],
    ['that is none', { trust_domains: [] }],
    ['where it is no bundle', { trust_domains: { [trustDomain]: 7 } }],
  ])('is refused in a map %s', async (_, map) => {
    await writeFile(file, JSON.stringify(map))
    expect(await problem()).toContain('map of bundles')
  })

  it('that drops its sequence number is not taken in', async () => {
    await show()
    await write({ keys: [], spiffe_sequence: undefined })
    clock.advance(LIMITS.bundleRefreshSeconds * 1000)
    expect(await show()).toBe('workload')
  })

  it('is ordered by all digits of its sequence number', async () => {
    const withSequence = (digits: string): Promise<void> =>
      writeFile(
        file,
        JSON.stringify({ ...bundle.document(), spiffe_sequence: 0 }).replace(
          '"spiffe_sequence":0',
          `"spiffe_sequence":${digits}`,
        ),
      )
    await withSequence('9007199254740993')
    await show()
    await withSequence('9007199254740992')
    clock.advance(LIMITS.bundleRefreshSeconds * 1000)
    await show()
    expect(await room.checkSources()).toMatchObject([
      { problem: expect.stringMatching(/^Its bundle is older .* forgetSequence/) },
    ])
  })

  it('that is gone leaves the keys of before, for a while', async () => {
    await show()
    await rm(file)
    clock.advance(LIMITS.bundleRefreshSeconds * 1000)
    expect(await show()).toBe('workload')
    clock.advance(LIMITS.bundleStaleMs)
    expect(await show()).toBe('issuer_unavailable')
  })

  it('whose address is slow or gone is not there', async () => {
    room = fromUrl()
    server.slow(60_000)
    const shown = show()
    while (!server.asked.has('/bundle.json')) await systemClock.sleep(5)
    clock.advance(LIMITS.jwksTimeoutMs)
    expect(await shown).toBe('issuer_unavailable')
    await server.stop()
    clock.advance(LIMITS.jwksCooldownMs)
    expect(await show()).toBe('issuer_unavailable')
    await server.start()
  })

  const ignored: [string, (jwk: Claims) => Claims][] = [
    ['without use', (jwk) => ({ ...jwk, use: undefined })],
    ['of unknown use', (jwk) => ({ ...jwk, use: 'sig' })],
    ['for X.509', (jwk) => ({ ...jwk, use: 'x509-svid' })],
    ['for WIT', (jwk) => ({ ...jwk, use: 'wit-svid' })],
    ['of unknown type', (jwk) => ({ ...jwk, kty: 'XYZ' })],
    ['of unknown type and without kid', (jwk) => ({ ...jwk, kty: 'XYZ', kid: undefined })],
  ]
  it.each(ignored)('has no key for JWT-SVIDs in one %s', async (_, change) => {
    const keys = bundle.document()['keys'] as readonly Claims[]
    await write({ keys: keys.map(change) })
    expect(await show()).toBe('assertion_signature')
  })

  const refused: [string, string, () => unknown][] = [
    [
      'a key without kid',
      'no kid',
      () => ({ keys: (bundle.document()['keys'] as Claims[]).map((key) => ({ ...key, kid: undefined })) }),
    ],
    [
      'the same kid twice',
      'two keys alike',
      () => ({ keys: [...(bundle.document()['keys'] as unknown[]), ...(bundle.document()['keys'] as unknown[])] }),
    ],
    ['no keys member', 'not one', () => ({ keys: undefined })],
    ['10,000 keys', '10000 keys', () => ({ keys: Array.from({ length: 10_000 }, () => ({})) })],
    ['a sequence that is no number', 'spiffe_sequence', () => ({ spiffe_sequence: '1' })],
    ['a sequence with a fraction', 'spiffe_sequence', () => ({ spiffe_sequence: 1.5 })],
    ['a hint below zero', 'spiffe_refresh_hint', () => ({ spiffe_refresh_hint: -1 })],
    ['too many bytes', 'more than 524288 bytes', () => ({ note: 'x'.repeat(LIMITS.jwksBytesMax) })],
  ]
  it.each(refused)('is refused with %s', async (_, reason, members) => {
    await write(members() as object)
    expect(await problem()).toContain(reason)
  })

  it('is refused with a member named twice', async () => {
    await writeFile(file, '{"keys":[],"keys":[]}')
    expect(await problem()).toContain('names each member once')
  })
})

describe('a trust domain that is configured', () => {
  const bad: [string, object][] = [
    ['with an upper-case name', { name: 'Acme.example', bundleFile: '/b' }],
    ['with a name that is an ID', { name: id, bundleFile: '/b' }],
    ['without a bundle', { name: trustDomain }],
    ['with two bundles', { name: trustDomain, bundleFile: '/b', bundleUrl: 'https://acme.example/b' }],
    ['with a bundle over plain HTTP', { name: trustDomain, bundleUrl: 'http://acme.example/b' }],
  ]
  it.each(bad)('%s is refused at the start', (_, domain) => {
    expect(() => makeRoom({ store, clock, trustDomains: [domain as { name: string }] })).toThrow(/config_invalid/)
  })
})
