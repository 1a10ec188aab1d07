import { generateKeyPairSync, sign } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { startIssuer } from '../../../test/issuer/issuer.ts'
import { type Claims, type MintedKey, mintKey, signClaims } from '../../../test/issuer/minted-keys.ts'
import { AUDIENCE, bind, makeClock, makeRoom, makeStore, outcomeOf } from '../../../test/issuer/room.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { verifyProof } from '../verifying/verify-beside.ts'
import {
  computeThumbprint,
  DPOP_ALGORITHMS,
  type DpopProof,
  digestToken,
  type ShownProof,
  verifyDpopProof,
} from './proof.ts'

const clock = makeClock()
const seconds = Math.floor(clock.nowMs() / 1000)
const url = 'https://remit.example/oauth/token'
let key: MintedKey
let jwk: Claims

beforeAll(async () => {
  key = await mintKey('ES256', 'unused')
  const { kid: _kid, alg: _alg, ...members } = key.publicJwk
  jwk = members
})

const prove = (claims: Claims = {}, header: Claims = {}, by = key): Promise<string> => {
  const whole = { typ: 'dpop+jwt', jwk, kid: undefined, ...header }
  return signClaims(by, { htm: 'POST', htu: url, iat: seconds, jti: 'proof-1', ...claims }, whole)
}
const show = async (claims: Claims = {}, header: Claims = {}, about: Partial<ShownProof> = {}): Promise<DpopProof> =>
  verifyProof({ jwt: await prove(claims, header), method: 'POST', url, ...about }, clock.nowMs())
const refusal = async (call: Promise<DpopProof>): Promise<string> => {
  const error: unknown = await call.catch((thrown: unknown) => thrown)
  return error instanceof RemitError ? error.message : 'it was taken'
}

describe('a DPoP proof', () => {
  it('gives the RFC 7638 thumbprint of its key', async () => {
    expect((await show()).thumbprint).toBe(await calculateJwkThumbprint(key.publicJwk))
  })

  it.each(DPOP_ALGORITHMS)('of algorithm %s counts, and its thumbprint is the standard one', async (algorithm) => {
    const made = await mintKey(algorithm, 'unused')
    const { kid: _kid, alg: _alg, ...members } = made.publicJwk
    const jwt = await prove({}, { jwk: members }, made)
    expect(verifyDpopProof({ jwt, method: 'POST', url }, clock.nowMs()).thumbprint).toBe(
      await calculateJwkThumbprint(members),
    )
  })

  it('counts by a key that is known only where that key signed it, and for the algorithm that it names', async () => {
    const { thumbprint } = await show()
    expect((await show({ jti: 'proof-2' })).thumbprint).toBe(thumbprint)
    const thief = await mintKey('ES256', 'unused')
    const forged = await prove({ jti: 'proof-3' }, {}, thief)
    await expect(verifyProof({ jwt: forged, method: 'POST', url }, clock.nowMs())).rejects.toThrow(/does not verify/)
    expect(await refusal(show({}, { jwk: { ...jwk, alg: 'ES384' } }))).toMatch(/does not verify/)
    expect((await show({ jti: 'proof-4' })).thumbprint).toBe(thumbprint)
  })

  it('gives the thumbprint of the example of RFC 7638', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
    expect(computeThumbprint({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' })).toBe(
      'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    )
  })

  const good: [string, Claims, Claims, Partial<ShownProof>][] = [
    ['an address with a query and fragment on either side', { htu: `${url}?a=b#c` }, {}, { url: `${url}?d` }],
    ['an address written in another case', { htu: 'HTTPS://Remit.Example/oauth/token' }, {}, {}],
    ['an address with the port that goes without saying', { htu: 'https://remit.example:443/oauth/token' }, {}, {}],
    ['an address with needless escapes', { htu: 'https://remit.example/oauth/%74oken' }, {}, {}],
    [
      'an address with escapes in the other case',
      { htu: 'https://remit.example/a%2fb' },
      {},
      { url: 'https://remit.example/a%2Fb' },
    ],
    ['a clock a little ahead', { iat: seconds + LIMITS.clockSkewSeconds }, {}, {}],
    ['an age just inside the window', { iat: seconds - LIMITS.dpopWindowSeconds }, {}, {}],
    ['the digest of the token that it comes with', { ath: digestToken('token') }, {}, { accessToken: 'token' }],
    ['a kid that means nothing', {}, { kid: 'mine' }, {}],
  ]
  it.each(good)('is taken with %s', async (_, claims, header, about) => {
    expect(await show(claims, header, about)).toHaveProperty('thumbprint')
  })

  const bad: [string, string, Claims, Claims, Partial<ShownProof>][] = [
    ['another type', 'typ', {}, { typ: 'JWT' }, {}],
    ['no type', 'typ', {}, { typ: undefined }, {}],
    ['no key', 'jwk is required', {}, { jwk: undefined }, {}],
    ['a key that is a text', 'jwk is required', {}, { jwk: 'key' }, {}],
    ['a key of unknown type', 'usable', {}, { jwk: { kty: 'oct', x: 'AA' } }, {}],
    ['a broken key', 'usable', {}, { jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } }, {}],
    [
      'an RSA key that is slow to verify with',
      'at most',
      {},
      { jwk: { kty: 'RSA', n: 'x'.repeat(684), e: 'AQAB' } },
      {},
    ],
    [
      'an RSA key with an exponent of its own',
      '65537',
      {},
      { jwk: { kty: 'RSA', n: 'x'.repeat(342), e: 'Af____8' } },
      {},
    ],
    ['an extension', 'header', {}, { crit: ['b64'], b64: true }, {}],
    ['the address of a key', 'header', {}, { jku: 'https://evil.example' }, {}],
    ['another method', 'htm', { htm: 'GET' }, {}, {}],
    ['a method in small letters', 'htm', { htm: 'post' }, {}, {}],
    ['no method', 'htm', { htm: undefined }, {}, {}],
    ['another path', 'htu', { htu: `${url}/x` }, {}, {}],
    ['a path in another case', 'htu', { htu: 'https://remit.example/OAuth/token' }, {}, {}],
    ['a path with a slash more', 'htu', { htu: `${url}/` }, {}, {}],
    ['another host', 'htu', { htu: 'https://remit.example.evil/oauth/token' }, {}, {}],
    ['a user before the host', 'htu', { htu: 'https://ann@remit.example/oauth/token' }, {}, {}],
    ['another scheme', 'htu', { htu: 'http://remit.example/oauth/token' }, {}, {}],
    [
      'another port',
      'which lies below https://remit.example.',
      { htu: 'https://remit.example:8443/oauth/token' },
      {},
      {},
    ],
    ['an escaped slash for a slash', 'htu', { htu: 'https://remit.example/oauth%2Ftoken' }, {}, {}],
    ['an address that is none', 'htu', { htu: '/oauth/token' }, {}, {}],
    ['no address', 'htu', { htu: undefined }, {}, {}],
    ['no jti', 'jti', { jti: undefined }, {}, {}],
    ['an empty jti', 'jti', { jti: '' }, {}, {}],
    ['a jti beyond all measure', 'jti', { jti: 'x'.repeat(LIMITS.jtiCharsMax + 1) }, {}, {}],
    ['no date', 'iat', { iat: undefined }, {}, {}],
    ['a date that is a text', 'iat', { iat: `${seconds}` }, {}, {}],
    ['a date in the future', 'future', { iat: seconds + LIMITS.clockSkewSeconds + 2 }, {}, {}],
    ['an old date', 'too old', { iat: seconds - LIMITS.dpopWindowSeconds - LIMITS.clockSkewSeconds - 1 }, {}, {}],
    ['the digest of another token', 'ath', { ath: digestToken('other') }, {}, { accessToken: 'token' }],
    ['no digest of the token that it comes with', 'ath', {}, {}, { accessToken: 'token' }],
  ]
  it.each(bad)('is refused with %s', async (_, reason, claims, header, about) => {
    const said = await refusal(show(claims, header, about))
    expect(said).toMatch(/^proof_invalid: /)
    expect(said).toContain(reason)
  })

  it('that carries its private key is refused', async () => {
    expect(await refusal(show({}, { jwk: await exportJWK(key.privateKey) }))).toContain('private')
  })

  it('signed by another key than it shows is refused', async () => {
    const jwt = await prove({}, {}, await mintKey('ES256', 'unused'))
    expect(() => verifyDpopProof({ jwt, method: 'POST', url }, clock.nowMs())).toThrow(/signature/)
  })

  it('whose key is of another curve than its algorithm is refused, though the signature verifies', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: publicKey.export({ format: 'jwk' }) }
    const input = `${encode(header)}.${encode({ htm: 'POST', htu: url, iat: seconds, jti: 'a' })}`
    const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    const jwt = `${input}.${signature.toString('base64url')}`
    expect(() => verifyDpopProof({ jwt, method: 'POST', url }, clock.nowMs())).toThrow(/signature/)
  })

  it.each(['none', 'HS256', ''])('of algorithm %j is refused', async (alg) => {
    const [, claims, signature] = (await prove()).split('.')
    const header = Buffer.from(JSON.stringify({ typ: 'dpop+jwt', alg, jwk })).toString('base64url')
    const shown = { jwt: `${header}.${claims}.${signature}`, method: 'POST', url }
    expect(() => verifyDpopProof(shown, clock.nowMs())).toThrow(/alg must be/)
  })

  it.each(['', 'a.b', 'a.b.c', `${'a'.repeat(LIMITS.jwtBytesMax)}.a.a`, 'W10.W10.AA'])(
    'that is no JWT is refused: %#',
    (jwt) => {
      expect(() => verifyDpopProof({ jwt, method: 'POST', url }, clock.nowMs())).toThrow(/proof_invalid/)
    },
  )

  it('is remembered under its key and jti, for as long as it would be taken', async () => {
    const first = await show()
    const again = await show({ htu: url, iat: seconds - 1 })
    const other = await show({ jti: 'proof-2' })
    expect(again.seenId).toBe(first.seenId)
    expect(other.seenId).not.toBe(first.seenId)
    const expiresMs = (seconds + LIMITS.dpopWindowSeconds + 2 * LIMITS.clockSkewSeconds) * 1000
    expect(first.changes).toEqual([{ op: 'insert', table: 'seen_proofs', row: { id: first.seenId, expiresMs } }])
  })
})

const issuerOf = async (mint: () => Promise<string>): Promise<string> =>
  String(JSON.parse(Buffer.from((await mint()).split('.')[1] ?? '', 'base64url').toString())['iss'])

describe('an assertion with a DPoP proof', () => {
  const setUp = async (attests: boolean) => {
    const issuer = await startIssuer({ nowMs: clock.nowMs })
    const store = makeStore()
    bind(store, { issuer: issuer.url, subject: 'a' })
    const room = makeRoom({ store, clock, issuers: [{ issuer: issuer.url, attests }] })
    const mint = (claims: Claims = {}): Promise<string> => issuer.mint({ sub: 'a', aud: AUDIENCE, ...claims })
    await room.checkSources()
    await issuer.stop()
    return { store, room, mint }
  }

  it('binds the caller to the key, and is attested where the issuer attests and the key is vouched for', async () => {
    const proof = await show()
    const named = { cnf: { jkt: proof.thumbprint } }
    for (const [attests, claims, pinned, strength] of [
      [false, {}, [], 'key-bound'],
      [false, named, [], 'key-bound'],
      [false, {}, [proof.thumbprint], 'key-bound'],
      [true, {}, [], 'key-bound'],
      [true, named, [], 'attested'],
      [true, {}, [proof.thumbprint], 'attested'],
    ] as const) {
      const { store, room, mint } = await setUp(attests)
      const kept = bind(store, { issuer: await issuerOf(mint), subject: 'a', keyThumbprints: pinned })
      const caller = await room.byAssertion(await mint(claims), { proof })
      expect(caller).toMatchObject({ binding: { id: kept.id }, strength, possession: { thumbprint: proof.thumbprint } })
      expect(caller.changes).toHaveLength(2)
    }
  })

  it('that somebody read in a log and shows with a key of their own is no attestation', async () => {
    const { room, mint } = await setUp(true)
    const [jwt, thief] = [await mint(), await mintKey('ES256', 'unused')]
    const { kid: _kid, alg: _alg, ...members } = thief.publicJwk
    const proof = await verifyProof(
      { jwt: await prove({}, { jwk: members }, thief), method: 'POST', url },
      clock.nowMs(),
    )
    expect(await room.byAssertion(jwt, { proof })).toMatchObject({ strength: 'key-bound' })
  })

  it('is refused where the proof was shown before', async () => {
    const { store, room, mint } = await setUp(false)
    const proof = await show()
    store.apply((await room.byAssertion(await mint(), { proof })).changes)
    expect(await outcomeOf(room.byAssertion(await mint(), { proof }))).toBe('proof_invalid')
  })

  it('counts only with the key that the assertion names', async () => {
    const { room, mint } = await setUp(false)
    const proof = await show()
    expect(await outcomeOf(room.byAssertion(await mint({ cnf: { jkt: proof.thumbprint } }), { proof }))).toBe(
      'workload',
    )
    expect(await outcomeOf(room.byAssertion(await mint({ cnf: { jkt: 'other' } }), { proof }))).toBe('proof_invalid')
    expect(await outcomeOf(room.byAssertion(await mint({ cnf: { jkt: proof.thumbprint } })))).toBe('proof_missing')
    expect(await outcomeOf(room.byAssertion(await mint({ cnf: 'nonsense' }), { proof }))).toBe('proof_invalid')
  })

  it('is needed where the binding names keys, and of one of these keys', async () => {
    const proof = await show()
    const store = makeStore()
    const issuer = await startIssuer({ nowMs: clock.nowMs })
    bind(store, { issuer: issuer.url, subject: 'docs', keyThumbprints: ['other', proof.thumbprint] })
    const room = makeRoom({ store, clock, issuers: [{ issuer: issuer.url }] })
    const mint = (): Promise<string> => issuer.mint({ sub: 'docs', aud: AUDIENCE })
    expect(await outcomeOf(room.byAssertion(await mint(), { proof }))).toBe('workload')
    expect(await outcomeOf(room.byAssertion(await mint()))).toBe('proof_missing')
    const foreign = { ...proof, thumbprint: 'thief' }
    expect(await outcomeOf(room.byAssertion(await mint(), { proof: foreign }))).toBe('proof_invalid')
    await issuer.stop()
  })
})
