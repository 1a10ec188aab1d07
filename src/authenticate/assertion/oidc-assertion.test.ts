import { createHmac, KeyObject, randomUUID, sign } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Issuer, startIssuer } from '../../../test/issuer/issuer.ts'
import { type Claims, mintKey, signClaims } from '../../../test/issuer/minted-keys.ts'
import {
  AUDIENCE,
  bind,
  type MemoryStore,
  makeClock,
  makeRoom,
  makeStore,
  outcomeOf,
} from '../../../test/issuer/room.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Authenticate } from '../authenticate.ts'

const subject = 'repo:acme/docs:ref:refs/heads/main'
const clock = makeClock()
const seconds = Math.floor(clock.nowMs() / 1000)
let issuer: Issuer
let other: Issuer
let store: MemoryStore
let room: Authenticate

beforeAll(async () => {
  issuer = await startIssuer({ nowMs: clock.nowMs })
  other = await startIssuer({ nowMs: clock.nowMs })
})
afterAll(async () => {
  await Promise.all([issuer.stop(), other.stop()])
})
beforeEach(() => {
  store = makeStore()
  bind(store, { issuer: issuer.url, subject })
  room = makeRoom({ store, clock, issuers: [{ issuer: issuer.url }] })
})

const mint = (claims: Claims = {}, header: Readonly<Record<string, unknown>> = {}): Promise<string> =>
  issuer.mint({ sub: subject, aud: AUDIENCE, ...claims }, header)
const show = (jwt: string): Promise<string> => outcomeOf(room.byAssertion(jwt))

/** Puts a token together from raw texts, unsigned unless a signature is given. */
function forge(header: string, claims: string, signature = ''): string {
  return `${Buffer.from(header).toString('base64url')}.${Buffer.from(claims).toString('base64url')}.${signature}`
}
const plainClaims = (): string =>
  JSON.stringify({ iss: issuer.url, sub: subject, aud: AUDIENCE, iat: seconds, exp: seconds + 60, jti: randomUUID() })

describe('an assertion of a trusted issuer', () => {
  it('proves the one identity that is bound to its issuer and subject', async () => {
    const caller = await room.byAssertion(await mint())
    expect(caller).toMatchObject({
      kind: 'workload',
      identity: { id: 'idn_1' },
      strength: 'bearer',
      possession: null,
    })
  })

  it('that somebody else acts by counts only where claimRules of its issuer say who that has to be', async () => {
    const acting = (sub: string): Claims => ({ act: { iss: issuer.url, sub } })
    expect(await show(await mint(acting('courier')))).toBe('assertion_claims')
    room = makeRoom({ store, clock, issuers: [{ issuer: issuer.url, claimRules: { '/act/sub': 'courier' } }] })
    expect(await show(await mint(acting('courier')))).toBe('workload')
    expect(await show(await mint(acting('thief')))).toBe('assertion_claims')
    expect(await show(await mint())).toBe('assertion_claims')
    room = makeRoom({ store, clock, issuers: [{ issuer: issuer.url, claimRules: { '/action': 'run' } }] })
    expect(await show(await mint({ ...acting('courier'), action: 'run' }))).toBe('assertion_claims')
  })

  it('of ours proves nobody: no row of the configuration trusts one', () => {
    for (const path of ['', '/', '/spiffe', '/federation'])
      expect(() => makeRoom({ store, clock, issuers: [{ issuer: `${AUDIENCE}${path}` }] })).toThrow(/is our own/)
  })

  const good: [string, Claims, Readonly<Record<string, unknown>>][] = [
    ['its audience as a list of one', { aud: [AUDIENCE] }, {}],
    ['our name with a slash behind it', { aud: `${AUDIENCE}/` }, {}],
    ['no nbf', { nbf: undefined }, {}],
    ['no kid, where one key is published', {}, { kid: undefined }],
    ['no typ', {}, { typ: undefined }],
    ['a certificate digest, which counts for nothing', {}, { x5t: 'abc' }],
    ['clocks that differ a little', { iat: seconds + 20, nbf: seconds + 20 }, {}],
    ['an end that passed a moment ago', { exp: seconds - 20 }, {}],
    ['a date with fractions', { iat: seconds - 0.5 }, {}],
  ]
  it.each(good)('is taken with %s', async (_, claims, header) => {
    expect(await show(await mint(claims, header))).toBe('workload')
  })

  const bad: [string, string, Claims][] = [
    ['expired', 'assertion_expired', { exp: seconds - 31 }],
    ['valid from later on', 'assertion_not_yet_valid', { nbf: seconds + 60 }],
    ['issued in the future', 'assertion_not_yet_valid', { iat: seconds + 60 }],
    ['issued too long ago', 'assertion_expired', { iat: seconds - LIMITS.assertionAgeSecondsMax - 31 }],
    ['without an end', 'assertion_claims', { exp: undefined }],
    ['with an end that is no number', 'assertion_claims', { exp: '4102444800' }],
    ['with an end below zero', 'assertion_claims', { exp: -1 }],
    ['without a date', 'assertion_claims', { iat: undefined }],
    ['without jti where its issuer promises one', 'assertion_claims', { jti: undefined }],
    ['with a jti that is no text', 'assertion_claims', { jti: 7 }],
    ['with a jti beyond all measure', 'assertion_claims', { jti: 'x'.repeat(LIMITS.jtiCharsMax + 1) }],
    ['with more than a JWT may hold', 'assertion_malformed', { note: 'x'.repeat(LIMITS.jwtBytesMax) }],
    ['without a subject', 'assertion_claims', { sub: undefined }],
    ['with an empty subject', 'assertion_claims', { sub: '' }],
    ['with control characters in its subject', 'assertion_claims', { sub: 'repo\u001b[2J' }],
    ['for another audience', 'assertion_audience', { aud: 'https://elsewhere.example' }],
    ['for us and somebody else', 'assertion_audience', { aud: [AUDIENCE, 'https://elsewhere.example'] }],
    ['for us twice', 'assertion_audience', { aud: [AUDIENCE, AUDIENCE] }],
    ['for the token endpoint', 'assertion_audience', { aud: `${AUDIENCE}/oauth/token` }],
    ['for our name with two slashes', 'assertion_audience', { aud: `${AUDIENCE}//` }],
    ['for nobody', 'assertion_audience', { aud: undefined }],
    ['for an empty list', 'assertion_audience', { aud: [] }],
    ['for a list in a list', 'assertion_audience', { aud: [[AUDIENCE]] }],
    ['of an issuer that is not trusted', 'issuer_unknown', { iss: 'https://idp.example' }],
    ['without an issuer', 'issuer_unknown', { iss: undefined }],
  ]
  it.each(bad)('is refused %s', async (_, code, claims) => {
    expect(await show(await mint(claims))).toBe(code)
  })

  it('is refused where its issuer has a slash too many', async () => {
    expect(await show(await mint({ iss: `${issuer.url}/` }))).toBe('issuer_unknown')
  })

  const badHeaders: [string, string, Readonly<Record<string, unknown>>][] = [
    ['demands an extension', 'assertion_malformed', { crit: ['b64'], b64: true }],
    ['brings its own key', 'assertion_malformed', { jwk: { kty: 'oct' } }],
    ['says where its key is', 'assertion_malformed', { jku: 'https://evil.example/keys' }],
    ['says where its certificate is', 'assertion_malformed', { x5u: 'https://evil.example/cert' }],
    ['brings its own certificate', 'assertion_malformed', { x5c: ['MIIB'] }],
    ['says something nobody knows', 'assertion_malformed', { 'x-note': 1 }],
    ['is of another type', 'assertion_malformed', { typ: 'dpop+jwt' }],
    ['is the type of an access token', 'assertion_malformed', { typ: 'at+jwt' }],
    ['names a key that is not published', 'assertion_signature', { kid: 'unknown' }],
  ]
  it.each(badHeaders)('is refused where its header %s', async (_, code, header) => {
    expect(await show(await mint({}, header))).toBe(code)
  })

  it('is refused where its kid is no text', async () => {
    expect(await show(forge('{"alg":"ES256","kid":7}', plainClaims(), 'AA'))).toBe('assertion_malformed')
  })
})

describe('a signature', () => {
  it.each(['none', 'None', 'HS256', 'ES384', '', 'constructor'])('of algorithm %j is refused', async (alg) => {
    expect(await show(forge(JSON.stringify({ alg, kid: issuer.key().kid }), plainClaims(), 'AA'))).toBe(
      'assertion_algorithm',
    )
  })

  it('that is missing is refused', async () => {
    const [head, body] = (await mint()).split('.')
    expect(await show(`${head}.${body}.`)).toBe('assertion_signature')
  })

  it('by HMAC with the published key as secret is refused', async () => {
    const input = forge('{"alg":"HS256"}', plainClaims()).slice(0, -1)
    const secret = JSON.stringify(issuer.key().publicJwk)
    const mac = createHmac('sha256', secret).update(input).digest('base64url')
    expect(await show(`${input}.${mac}`)).toBe('assertion_algorithm')
  })

  it('of another key is refused, also under the kid of the right one', async () => {
    const wrong = await mintKey('ES256', issuer.key().kid)
    const claims = JSON.parse(plainClaims()) as Claims
    expect(await show(await signClaims(wrong, claims))).toBe('assertion_signature')
  })

  it('of another issuer is refused', async () => {
    const jwt = await other.mint({ sub: subject, aud: AUDIENCE, iss: issuer.url }, { kid: issuer.key().kid })
    expect(await show(jwt)).toBe('assertion_signature')
  })

  it('in DER, the other encoding of ECDSA, is refused', async () => {
    const key = KeyObject.from(issuer.key().privateKey)
    const head = JSON.stringify({ alg: 'ES256', kid: issuer.key().kid })
    const input = forge(head, plainClaims()).slice(0, -1)
    const encode = (dsaEncoding: 'der' | 'ieee-p1363'): string =>
      sign('sha256', Buffer.from(input), { key, dsaEncoding }).toString('base64url')
    expect(await show(`${input}.${encode('der')}`)).toBe('assertion_signature')
    expect(await show(`${input}.${encode('ieee-p1363')}`)).toBe('workload')
  })

  it('over other claims is refused', async () => {
    const [head, , signature] = (await mint()).split('.')
    const body = Buffer.from(plainClaims()).toString('base64url')
    expect(await show(`${head}.${body}.${signature}`)).toBe('assertion_signature')
  })

  it('with a key that is published for encryption is refused', async () => {
    const liar = await startIssuer({ nowMs: clock.nowMs })
    liar.lie('/jwks', { body: JSON.stringify({ keys: [{ ...liar.key().publicJwk, use: 'enc' }] }) })
    const trusting = makeRoom({ store, clock, issuers: [{ issuer: liar.url }] })
    expect(await outcomeOf(trusting.byAssertion(await liar.mint({ sub: subject, aud: AUDIENCE })))).toBe(
      'assertion_signature',
    )
    await liar.stop()
  })

  it.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const)(
    'of algorithm %s counts where the issuer is trusted with it',
    async (algorithm) => {
      const signer = await startIssuer({ algorithm, nowMs: clock.nowMs })
      bind(store, { issuer: signer.url, subject })
      const trusting = makeRoom({ store, clock, issuers: [{ issuer: signer.url, algorithms: [algorithm] }] })
      expect(await outcomeOf(trusting.byAssertion(await signer.mint({ sub: subject, aud: AUDIENCE })))).toBe('workload')
      await signer.stop()
    },
  )
})

describe('an assertion in which one character was changed', () => {
  it('is refused, whichever it is', async () => {
    const jwt = await mint()
    const admitted: number[] = []
    for (let at = 0; at < jwt.length; at++) {
      const other = jwt[at] === 'A' ? 'B' : 'A'
      if ((await show(jwt.slice(0, at) + other + jwt.slice(at + 1))) === 'workload') admitted.push(at)
    }
    expect(admitted).toEqual([])
    expect(await show(jwt)).toBe('workload')
  })
})

describe('a text that is shown for an assertion', () => {
  const deep = `{"alg":"ES256","a":${'['.repeat(200)}${']'.repeat(200)}}`
  const texts: [string, () => string][] = [
    ['is empty', () => ''],
    ['is no JWT', () => 'hello'],
    ['has two parts', () => 'a.b'],
    ['has five parts, as an encrypted one', () => 'a.b.c.d.e'],
    ['is far too long', () => `${'a'.repeat(LIMITS.jwtBytesMax)}.b.c`],
    ['is wrapped in spaces', () => ` ${forge('{"alg":"ES256"}', '{}', 'AA')}`],
    ['has padding', () => `${forge('{"alg":"ES256"}', '{}')}AA==`],
    ['has loose bits', () => forge('{"alg":"ES256"}', '{}', 'AB')],
    ['has a header that is no JSON', () => forge('{alg}', '{}', 'AA')],
    ['has a header that is a list', () => forge('["ES256"]', '{}', 'AA')],
    ['has claims that are null', () => forge('{"alg":"ES256"}', 'null', 'AA')],
    ['is not UTF-8', () => `${Buffer.from([0xff, 0xfe]).toString('base64url')}.e30.AA`],
    ['has a byte order mark', () => forge('\ufeff{"alg":"ES256"}', '{}', 'AA')],
    ['is nested too deeply', () => forge(deep, '{}', 'AA')],
    ['is nested without an end', () => forge('['.repeat(8_000), '{}', 'AA')],
    ['names a claim twice', () => forge('{"alg":"ES256"}', '{"sub":"a","sub":"b"}', 'AA')],
    ['names a claim twice, once escaped', () => forge('{"alg":"ES256"}', '{"sub":"a","s\\u0075b":"b"}', 'AA')],
    ['names alg twice', () => forge('{"alg":"ES256","alg":"none"}', '{}', 'AA')],
    [
      'has too many claims',
      () =>
        forge(
          '{"alg":"ES256"}',
          JSON.stringify(Object.fromEntries(Array.from({ length: 101 }, (_, n) => [n, n]))),
          'AA',
        ),
    ],
  ]
  it.each(texts)('is refused where it %s', async (_, make) => {
    expect(await show(make())).toBe('assertion_malformed')
  })

  it('is judged by its own members, not by those of every object', async () => {
    expect(await show(forge('{"__proto__":{"alg":"ES256"}}', plainClaims(), 'AA'))).toBe('assertion_algorithm')
  })
})

describe('an assertion that is shown again', () => {
  it('is refused once its use is recorded', async () => {
    const jwt = await mint()
    const caller = await room.byAssertion(jwt)
    store.apply(caller.changes)
    expect(await show(jwt)).toBe('assertion_replayed')
  })

  it('conflicts where both were let in before either was recorded', async () => {
    const jwt = await mint()
    const [first, second] = await Promise.all([room.byAssertion(jwt), room.byAssertion(jwt)])
    store.apply(first.changes)
    expect(() => store.apply(second.changes)).toThrow(/conflict/)
  })

  it('is refused under the same jti with other claims', async () => {
    store.apply((await room.byAssertion(await mint({ jti: 'once' }))).changes)
    expect(await show(await mint({ jti: 'once', exp: seconds + 200 }))).toBe('assertion_replayed')
  })

  it('is refused where it has no jti, also with its signature written in another form', async () => {
    const lax = makeRoom({ store, clock, issuers: [{ issuer: issuer.url, requireJti: false }] })
    const jwt = await mint({ jti: undefined })
    store.apply((await lax.byAssertion(jwt)).changes)
    expect(await outcomeOf(lax.byAssertion(jwt))).toBe('assertion_replayed')
    expect(await outcomeOf(lax.byAssertion(negateSignature(jwt)))).toBe('assertion_replayed')
  })

  it('is not mistaken for one of another issuer with the same jti', async () => {
    bind(store, { issuer: other.url, subject }, { id: 'idn_2' })
    const both = makeRoom({ store, clock, issuers: [{ issuer: issuer.url }, { issuer: other.url }] })
    store.apply((await both.byAssertion(await mint({ jti: 'same' }))).changes)
    expect(await outcomeOf(both.byAssertion(await other.mint({ sub: subject, aud: AUDIENCE, jti: 'same' })))).toBe(
      'workload',
    )
  })

  it('is remembered at least as long as it would be taken', async () => {
    const [change] = (await room.byAssertion(await mint({ exp: seconds + 100 }))).changes
    expect(change).toMatchObject({ op: 'insert', table: 'seen_proofs' })
    expect(JSON.stringify(change)).toContain(`"expiresMs":${(seconds + 100 + 2 * LIMITS.clockSkewSeconds) * 1000}`)
  })
})

/** ECDSA signatures verify with s and with n - s alike. */
function negateSignature(jwt: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const [head, body, signature = ''] = jwt.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const negated = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
  return `${head}.${body}.${negated.toString('base64url')}`
}

describe('an issuer that is configured', () => {
  const bad: [string, object][] = [
    ['without TLS', { issuer: 'http://127.0.0.1:1', allowInsecureHttp: false }],
    ['without TLS away from loopback', { issuer: 'http://idp.example' }],
    ['with a user', { issuer: 'https://ann@idp.example' }],
    ['with a query', { issuer: 'https://idp.example?x' }],
    ['as no address', { issuer: 'idp' }],
    ['without algorithms', { issuer: 'https://idp.example', algorithms: [] }],
    ['with keys from a file', { issuer: 'https://idp.example', jwksUri: 'file:///etc/keys' }],
  ]
  it.each(bad)('%s is refused at the start', (_, trust) => {
    expect(() => makeRoom({ store, clock, issuers: [trust as { issuer: string }] })).toThrow(/config_invalid/)
  })

  it('twice is refused at the start', () => {
    expect(() => makeRoom({ store, clock, issuers: [{ issuer: issuer.url }, { issuer: issuer.url }] })).toThrow(/twice/)
  })
})
