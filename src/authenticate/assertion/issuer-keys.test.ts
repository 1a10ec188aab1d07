import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Issuer, startIssuer } from '../../../test/issuer/issuer.ts'
import type { Answer } from '../../../test/issuer/key-server.ts'
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
import { systemClock } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { fetchOutside, type OutboundFetch } from '../../ground/outbound.ts'
import type { Authenticate } from '../authenticate.ts'
import { computeThumbprint } from '../dpop/proof.ts'

const subject = 'agent-7'
let clock: MovedClock
let issuer: Issuer
let store: MemoryStore
let room: Authenticate

beforeEach(async () => {
  clock = makeClock()
  issuer = await startIssuer({ nowMs: () => clock.nowMs() })
  store = makeStore()
  bind(store, { issuer: issuer.url, subject })
  room = makeRoom({ store, clock, issuers: [{ issuer: issuer.url }] })
})
afterEach(() => issuer.stop())

const mint = (header: Readonly<Record<string, unknown>> = {}): Promise<string> =>
  issuer.mint({ sub: subject, aud: AUDIENCE }, header)
const show = async (header: Readonly<Record<string, unknown>> = {}): Promise<string> =>
  outcomeOf(room.byAssertion(await mint(header)))
const keyReads = (): number => issuer.asked.get('/jwks') ?? 0
/** Asks an issuer that keeps silent, and turns the clock to the end of its time once it was asked. */
async function outwait<T>(asking: Promise<T>): Promise<T> {
  while (!issuer.asked.has('/.well-known/openid-configuration')) await systemClock.sleep(5)
  clock.advance(LIMITS.jwksTimeoutMs)
  return asking
}
/** What a stranger is told. */
const explain = async (): Promise<string> => {
  const refusal: unknown = await room.byAssertion(await mint()).catch((error: unknown) => error)
  return refusal instanceof RemitError ? refusal.message : 'it was admitted'
}
/** What those who run the house are told. */
const findProblem = async (): Promise<string | null | undefined> => (await room.checkSources())[0]?.problem

describe('the keys of an issuer', () => {
  it('are read once for many assertions at the same time', async () => {
    const jwts = await Promise.all(Array.from({ length: 20 }, () => mint()))
    const outcomes = await Promise.all(jwts.map((jwt) => outcomeOf(room.byAssertion(jwt))))
    expect(new Set(outcomes)).toEqual(new Set(['workload']))
    expect(keyReads()).toBe(1)
  })

  it('are read again when they are old', async () => {
    await show()
    clock.advance(LIMITS.jwksMaxAgeMs - 1)
    await show()
    expect(keyReads()).toBe(1)
    clock.advance(1)
    await show()
    expect(keyReads()).toBe(2)
  })

  it('that are new count at once when the last read is long enough ago', async () => {
    await show()
    await issuer.rotate()
    clock.advance(LIMITS.jwksCooldownMs)
    expect(await show()).toBe('workload')
    expect(keyReads()).toBe(2)
  })

  it('that are new count at once under the name of one of before', async () => {
    await show()
    const { kid } = issuer.key()
    await issuer.rotate({ forget: true, kid })
    clock.advance(LIMITS.jwksCooldownMs)
    expect(await show()).toBe('workload')
    expect(keyReads()).toBe(2)
  })

  it('that are new count at once without a name', async () => {
    await show()
    await issuer.rotate()
    clock.advance(LIMITS.jwksCooldownMs)
    expect(await show({ kid: undefined })).toBe('workload')
    expect(keyReads()).toBe(2)
  })

  it('are read at most once a pause, however many forged signatures are shown', async () => {
    await show()
    const { kid } = issuer.key()
    const forger = await startIssuer({ nowMs: () => clock.nowMs() })
    clock.advance(LIMITS.jwksCooldownMs)
    for (let at = 0; at < 50; at++) {
      const forged = await forger.mint({ iss: issuer.url, sub: subject, aud: AUDIENCE }, { kid })
      expect(await outcomeOf(room.byAssertion(forged))).toBe('assertion_signature')
    }
    expect(keyReads()).toBe(2)
    await forger.stop()
  })

  it('that are no longer published stop to count when they are read again', async () => {
    const old = await mint()
    await show()
    await issuer.rotate({ forget: true })
    clock.advance(LIMITS.jwksCooldownMs)
    await show()
    expect(await outcomeOf(room.byAssertion(old))).toBe('assertion_signature')
  })

  it('are read at most once a pause, however many unknown key ids are shown', async () => {
    for (let at = 0; at < 200; at++) await show({ kid: `made-up-${at}` })
    expect(keyReads()).toBe(1)
    clock.advance(LIMITS.jwksCooldownMs)
    const jwts = await Promise.all(Array.from({ length: 200 }, (_, at) => mint({ kid: `flood-${at}` })))
    await Promise.all(jwts.map((jwt) => outcomeOf(room.byAssertion(jwt))))
    expect(keyReads()).toBe(2)
    expect(await show()).toBe('workload')
  })

  it('are not asked for by an assertion that is refused for its claims', async () => {
    await outcomeOf(room.byAssertion(await issuer.mint({ sub: subject, aud: 'elsewhere' })))
    expect(keyReads()).toBe(0)
  })

  it('without kid count where one of the few that fit made the signature', async () => {
    await issuer.rotate()
    expect(await show({ kid: undefined })).toBe('workload')
  })

  it('without kid do not count where too many would fit', async () => {
    for (let at = 0; at < LIMITS.keysWithoutKidMax; at++) await issuer.rotate()
    expect(await show({ kid: undefined })).toBe('assertion_signature')
  })

  it('can be given an address of their own, which spares the discovery', async () => {
    room = makeRoom({ store, clock, issuers: [{ issuer: issuer.url, jwksUri: `${issuer.url}/jwks` }] })
    expect(await show()).toBe('workload')
    expect(issuer.asked.has('/.well-known/openid-configuration')).toBe(false)
  })
})

describe('an issuer that does not answer', () => {
  it('refuses its assertions for now', async () => {
    await issuer.stop()
    expect(await show()).toBe('issuer_unavailable')
    await issuer.start()
  })

  it('is asked again after a short pause, and counts when it is back', async () => {
    await issuer.stop()
    await show()
    await issuer.start()
    expect(await show()).toBe('issuer_unavailable')
    clock.advance(LIMITS.jwksRetryMs)
    expect(await show()).toBe('workload')
  })

  it('is asked ever less often, up to a bound', async () => {
    issuer.lie('/jwks', { status: 500 })
    const tries = async (ms: number): Promise<number> => {
      const before = keyReads()
      clock.advance(ms)
      await show()
      return keyReads() - before
    }
    expect(await tries(0)).toBe(1)
    expect(await tries(LIMITS.jwksRetryMs)).toBe(1)
    expect(await tries(LIMITS.jwksRetryMs)).toBe(0)
    for (let at = 0; at < 8; at++) await tries(LIMITS.jwksCooldownMs)
    expect(await tries(LIMITS.jwksCooldownMs)).toBe(1)
  })

  it('is believed by the keys of before, until they are too old', async () => {
    await show()
    await issuer.stop()
    clock.advance(LIMITS.jwksMaxAgeMs + LIMITS.jwksStaleMs - 1)
    expect(await show()).toBe('workload')
    clock.advance(1)
    expect(await show()).toBe('issuer_unavailable')
    await issuer.start()
  })

  it('makes no unknown key look like a forged one', async () => {
    await show()
    await issuer.rotate()
    await issuer.stop()
    clock.advance(LIMITS.jwksCooldownMs)
    expect(await show()).toBe('issuer_unavailable')
    await issuer.start()
  })

  it('in time is given up, and all who wait with it', async () => {
    issuer.slow(60_000)
    const jwts = await Promise.all([mint(), mint(), mint()])
    const outcomes = await outwait(Promise.all(jwts.map((jwt) => outcomeOf(room.byAssertion(jwt)))))
    expect(outcomes).toEqual(['issuer_unavailable', 'issuer_unavailable', 'issuer_unavailable'])
    expect(issuer.asked.get('/.well-known/openid-configuration')).toBe(1)
  })

  it('is named, and why is for those who run the house', async () => {
    issuer.slow(60_000)
    expect(await outwait(explain())).toBe(`issuer_unavailable: The keys of ${issuer.url} cannot be read now.`)
    expect(await findProblem()).toContain('No complete answer came within')
  })
})

describe('an issuer that answers badly', () => {
  const manyKeys = (count: number, key: object): Answer => ({
    body: JSON.stringify({ keys: Array.from({ length: count }, () => key) }),
  })
  const bad: [string, string, (path: Issuer) => readonly [string, Answer]][] = [
    [
      'redirects',
      'redirects are not followed',
      ({ url }) => ['/jwks', { status: 302, headers: { location: `${url}/jwks` } }],
    ],
    [
      'redirects its discovery',
      'redirects are not followed',
      ({ url }) => ['/.well-known/openid-configuration', { status: 301, headers: { location: `${url}/x` } }],
    ],
    ['fails', 'status 500', () => ['/jwks', { status: 500 }]],
    ['has nothing there', 'status 404', () => ['/.well-known/openid-configuration', { status: 404 }]],
    [
      'names another issuer',
      'another issuer',
      ({ url }) => [
        '/.well-known/openid-configuration',
        { body: JSON.stringify({ issuer: `${url}/`, jwks_uri: `${url}/jwks` }) },
      ],
    ],
    [
      'names no issuer',
      'another issuer',
      ({ url }) => ['/.well-known/openid-configuration', { body: JSON.stringify({ jwks_uri: `${url}/jwks` }) }],
    ],
    [
      'names no keys',
      'no jwks_uri',
      ({ url }) => ['/.well-known/openid-configuration', { body: JSON.stringify({ issuer: url }) }],
    ],
    [
      'names keys without TLS elsewhere',
      'must be https',
      ({ url }) => [
        '/.well-known/openid-configuration',
        { body: JSON.stringify({ issuer: url, jwks_uri: 'http://evil.example/jwks' }) },
      ],
    ],
    [
      'names keys in a file',
      'must be https',
      ({ url }) => [
        '/.well-known/openid-configuration',
        { body: JSON.stringify({ issuer: url, jwks_uri: 'file:///etc/passwd' }) },
      ],
    ],
    ['sends no JSON', 'not a JSON object', () => ['/jwks', { body: '<html>' }]],
    ['sends a list', 'not a JSON object', () => ['/jwks', { body: '[]' }]],
    ['sends no UTF-8', 'not UTF-8', () => ['/jwks', { body: Uint8Array.of(0xff, 0xfe, 0xfd) }]],
    ['names keys twice', 'not a JSON object', () => ['/jwks', { body: '{"keys":[],"keys":[]}' }]],
    ['sends no key set', 'not one', () => ['/jwks', { body: '{"keys":{}}' }]],
    ['sends 10,000 keys', '10000 keys', () => ['/jwks', manyKeys(10_000, { kty: 'EC' })]],
    [
      'sends 10,000 keys in many bytes',
      'more than 524288 bytes',
      () => ['/jwks', manyKeys(10_000, { kty: 'EC', x: 'x'.repeat(100) })],
    ],
    ['sends bytes without an end', 'more than 524288 bytes', () => ['/jwks', { body: ' '.repeat(8 * 1024 * 1024) }]],
  ]
  it.each(bad)('and %s is not believed, and the reason is said to those who run the house', async (_, reason, lie) => {
    issuer.lie(...lie(issuer))
    expect(await explain()).toBe(`issuer_unavailable: The keys of ${issuer.url} cannot be read now.`)
    clock.advance(LIMITS.jwksCooldownMs)
    expect(await findProblem()).toContain(reason)
  })

  it('keeps its keys of before', async () => {
    await show()
    issuer.lie('/jwks', { body: '{"keys":{}}' })
    clock.advance(LIMITS.jwksMaxAgeMs)
    expect(await show()).toBe('workload')
  })

  const useless: [string, object][] = [
    ['of no known type', { kty: 'XYZ' }],
    ['symmetric', { kty: 'oct', k: 'c2VjcmV0' }],
    ['not on its curve', { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }],
    ['RSA of too few bits', { kty: 'RSA', n: Buffer.alloc(128, 0xc1).toString('base64url'), e: 'AQAB' }],
    ['with an exponent of one', { kty: 'RSA', n: Buffer.alloc(256, 0xc1).toString('base64url'), e: 'AQ' }],
    ['no object', [] as object],
  ]
  it.each(useless)('with a key that is %s keeps the use of its others', async (_, key) => {
    issuer.lie('/jwks', { body: JSON.stringify({ keys: [key, { ...issuer.key().publicJwk }] }) })
    expect(await show()).toBe('workload')
  })
})

describe('a look at the sources of keys', () => {
  it('says how each does', async () => {
    const { kid: id, publicJwk } = issuer.key()
    const held = [{ id, thumbprint: computeThumbprint(publicJwk) }]
    const told = { name: issuer.url, keys: 1, keyIds: [id], held, skewMs: null }
    expect(await room.checkSources()).toEqual([{ ...told, ageMs: 0, problem: null }])
    await issuer.stop()
    clock.advance(LIMITS.jwksCooldownMs)
    expect(await room.checkSources()).toEqual([
      { ...told, ageMs: LIMITS.jwksCooldownMs, problem: 'It cannot be reached: connection refused.' },
    ])
    await issuer.start()
  })
})

describe('an issuer that says its keys are at an address of the inside', () => {
  const named = 'https://idp.example'
  /** What of the issuer's stands in public: the word of where its keys are. */
  const say = (jwksUri: string): OutboundFetch => {
    const document = JSON.stringify({ issuer: named, jwks_uri: jwksUri })
    return (url, init) => (url.startsWith(named) ? Promise.resolve(new Response(document)) : fetchOutside(url, init))
  }
  const inside: [string, (port: string) => string][] = [
    ['by its number', (port) => `https://127.0.0.1:${port}/jwks`],
    ['by its number as one', (port) => `https://2130706433:${port}/jwks`],
    ['of IPv6', (port) => `https://[::1]:${port}/jwks`],
    ['of IPv6 that holds one of IPv4', (port) => `https://[::ffff:127.0.0.1]:${port}/jwks`],
    ['by a name that leads there', (port) => `https://localhost:${port}/jwks`],
    ["of a cloud's own data", () => 'https://169.254.169.254/latest/meta-data'],
  ]
  it.each(inside)('is not asked there: %s', async (_, toUri) => {
    const knocks: unknown[] = []
    const server = createServer((socket) => knocks.push(socket.destroy()))
    server.listen(0)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const trust = { issuer: named, allowInsecureHttp: false }
    const other = makeRoom({ store, clock, issuers: [trust], fetch: say(toUri(String(port))) })
    const jwt = await issuer.mint({ iss: named, sub: subject, aud: AUDIENCE })
    expect(await outcomeOf(other.byAssertion(jwt))).toBe('issuer_unavailable')
    expect((await other.checkSources())[0]?.problem).toContain('lies inside; set allowInternal')
    expect(knocks).toEqual([])
    server.close()
  })

  it('is asked there where that was configured', async () => {
    const trust = { issuer: named, allowInsecureHttp: false, allowInternal: true }
    const asked: boolean[] = []
    const fetch: OutboundFetch = (url, init) => {
      asked.push(init.allowInternal)
      return say('https://10.0.0.5/jwks')(url, { ...init, signal: AbortSignal.abort() })
    }
    const other = makeRoom({ store, clock, issuers: [trust], fetch })
    await other.checkSources()
    expect(asked).toEqual([true, true])
  })
})
