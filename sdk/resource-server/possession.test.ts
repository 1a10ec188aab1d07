import { createHash } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  AUDIENCE,
  athOf,
  claimsAt,
  ISSUER,
  LIST,
  listAt,
  makePair,
  type Pair,
  type PlayedIssuer,
  pack,
  playIssuer,
  proveAs,
  signAs,
  thumbprintOf,
} from '../../test/issuer/resource-tokens.ts'
import { TokenRefused } from './refused.ts'
import { createResourceServer, type ResourceServer, type ResourceServerOptions } from './resource-server.ts'

let [nowMs, key, other, proofKey]: [number, Pair, Pair, Pair] = [0, {} as Pair, {} as Pair, {} as Pair]
let issuer: PlayedIssuer
let server: ResourceServer

const metadata = `${ISSUER}/.well-known/oauth-authorization-server`
const signList = (): Promise<string> => signAs(key, { typ: 'statuslist+jwt' }, listAt(nowMs, pack(new Uint8Array(16))))

beforeAll(async () => {
  ;[key, other, proofKey] = [await makePair(), await makePair(), await makePair()]
})
beforeEach(() => {
  nowMs = Date.UTC(2026, 10, 26)
  issuer = playIssuer({
    [metadata]: () => JSON.stringify({ issuer: ISSUER, jwks_uri: `${ISSUER}/oauth/jwks` }),
    [`${ISSUER}/oauth/jwks`]: () => JSON.stringify({ keys: [key.jwk] }),
    [LIST]: signList,
  })
  server = open()
})

const open = (more: Partial<ResourceServerOptions> = {}): ResourceServer =>
  createResourceServer({ issuer: ISSUER, audience: AUDIENCE, fetch: issuer.fetch, nowMs: () => nowMs, ...more })
const mint = (more: object = {}): Promise<string> => signAs(key, { typ: 'at+jwt' }, { ...claimsAt(nowMs), ...more })
const request = { method: 'GET', url: `${AUDIENCE}/docs?page=2` }
const show = async (token: string, more: object = {}, at = server): Promise<string> =>
  at.accept({ ...request, authorization: `Bearer ${token}`, ...more }).then(
    () => 'accepted',
    (error: unknown) => (error instanceof TokenRefused ? error.message : expect.unreachable(String(error))),
  )

/** Gives how it was refused; undefined where it was taken. */
async function refusalOf(accepted: Promise<unknown>): Promise<TokenRefused | undefined> {
  try {
    await accepted
    return undefined
  } catch (error) {
    if (error instanceof TokenRefused) return error
    throw error
  }
}

describe('a token that is bound', () => {
  const bound = async (): Promise<string> => mint({ cnf: { jkt: await thumbprintOf(proofKey) } })
  const about = (token: string): object => ({
    htm: 'GET',
    htu: `${AUDIENCE}/docs`,
    ath: athOf(token),
    iat: nowMs / 1000,
  })
  const asDpop = (token: string, dpop: string | undefined): object => ({ authorization: `DPoP ${token}`, dpop })

  it('counts with a proof of its key, once', async () => {
    const token = await bound()
    const shown = asDpop(token, await proveAs(proofKey, about(token)))
    const accepted = await server.accept({ ...request, authorization: '', ...shown })
    expect(accepted.boundTo).toEqual({ kind: 'jkt', thumbprint: await thumbprintOf(proofKey) })
    expect(await show('', shown)).toMatch(/^invalid_dpop_proof: The proof was shown before/)
    nowMs += 89_999
    expect(await show('', shown)).toMatch(/shown before/)
    nowMs += 1
    expect(await show('', shown)).toMatch(/too old/)
  })

  it.each<[string, object, object, RegExp]>([
    ['for another method', { htm: 'POST' }, {}, /htm/],
    ['for another address', { htu: 'https://api.example.org/v1/doc' }, {}, /htu/],
    ['for another origin', { htu: 'http://api.example.org/v1/docs' }, {}, /htu/],
    ['for no address', { htu: 'docs' }, {}, /htu/],
    ['for another token', { ath: athOf('x') }, {}, /ath/],
    ['for no token', { ath: undefined }, {}, /ath/],
    ['without an id', { jti: '' }, {}, /jti/],
    ['of the future', { iat: Date.UTC(2026, 10, 26) / 1000 + 31 }, {}, /of the future/],
    ['of before the start', { iat: Date.UTC(2026, 10, 26) / 1000 - 1 }, {}, /before the start/],
    ['of long ago', { iat: Date.UTC(2026, 10, 26) / 1000 - 91 }, {}, /too old/],
    ['without a date', { iat: undefined }, {}, /iat/],
    ['of another type', {}, { typ: 'JWT' }, /typ/],
    ['with more in its header', {}, { jku: 'https://evil.test' }, /header/],
    ['with no key', {}, { jwk: undefined }, /jwk is required/],
    ['with a private key', {}, { jwk: { kty: 'EC', crv: 'P-256', x: 'A', y: 'A', d: 'A' } }, /private/],
    ['with half a key', {}, { jwk: { kty: 'EC', crv: 'P-256', x: 'A' } }, /no key of this/],
  ])('is refused with a proof %s', async (_, claims, header, why) => {
    const token = await bound()
    expect(await show('', asDpop(token, await proveAs(proofKey, { ...about(token), ...claims }, header)))).toMatch(why)
  })

  it('is refused with a proof of another key, or that another key signed, with two, with none, and as a bearer', async () => {
    const token = await bound()
    expect(await show('', asDpop(token, await proveAs(other, about(token))))).toMatch(/bound to another key/)
    const { kty, crv, x, y } = proofKey.jwk
    const forged = await proveAs(other, about(token), { jwk: { kty, crv, x, y } })
    expect(await show('', asDpop(token, forged))).toMatch(/signature does not verify/)
    const good = await proveAs(proofKey, about(token))
    expect(await show('', asDpop(token, `${good}, ${good}`))).toMatch(/no JWT/)
    expect(await show('', asDpop(token, undefined))).toMatch(/proof is required/)
    expect(await show(token, { dpop: good })).toMatch(/by the scheme DPoP only/)
    expect(await show('', asDpop(await mint(), good))).toMatch(/no DPoP token/)
    expect(await show('', asDpop(token, good))).toBe('accepted')
  })

  it('counts once however many show its proof at once, and wherever the clock goes meanwhile', async () => {
    const at = open({ standing: { by: 'nothing' } }) // the lists of the issuer go by a clock of their own
    const token = await bound()
    const shown = asDpop(token, await proveAs(proofKey, about(token)))
    const said = await Promise.all(Array.from({ length: 500 }, () => show('', shown, at)))
    expect(said.filter((each) => each === 'accepted')).toHaveLength(1)
    nowMs += 200_000
    expect(await show('', asDpop(token, await proveAs(proofKey, about(token))), at)).toBe('accepted')
    nowMs -= 199_000
    expect(await show('', shown, at)).toMatch(/older than what is remembered/)
    expect(await show('', asDpop(token, await proveAs(proofKey, about(token))), at)).toBe('accepted')
  })

  it('counts with a nonce alone where one is asked for: of this server, for this key, of the last two minutes', async () => {
    const secret = new Uint8Array(32).fill(7)
    const at = open({ nonces: secret })
    const token = await bound()
    const showWith = async (nonce: string | undefined, by = at): Promise<TokenRefused | undefined> => {
      const dpop = await proveAs(proofKey, { ...about(token), nonce })
      return refusalOf(by.accept({ ...request, authorization: `DPoP ${token}`, dpop }))
    }
    const refusal = await showWith(undefined)
    expect([refusal?.code, refusal?.status]).toEqual(['use_dpop_nonce', 401])
    expect(refusal === undefined ? '' : at.challenge(refusal)).toMatch(/^DPoP error="use_dpop_nonce"/)
    const nonce = refusal?.nonce ?? ''
    const [twin, another] = [open({ nonces: secret }), open({ nonces: 'own' })]
    for (const by of [at, at, twin]) expect(await showWith(nonce, by)).toBeUndefined()
    expect((await showWith(nonce, another))?.code).toBe('use_dpop_nonce')
    const changed = `${nonce.startsWith('A') ? 'B' : 'A'}${nonce.slice(1)}`
    for (const wrong of ['', 'x'.repeat(43), changed, `${nonce}A`, '='])
      expect((await showWith(wrong))?.code).toBe('use_dpop_nonce')
    const stranger = { cnf: { jkt: await thumbprintOf(other) } }
    const theirs = await mint(stranger)
    const dpop = await proveAs(other, { ...about(theirs), nonce })
    expect(await show('', asDpop(theirs, dpop), at)).toMatch(/^use_dpop_nonce/)
    nowMs += 119_000
    const stale = await showWith(nonce)
    expect(stale).toBeUndefined()
    nowMs += 1_000
    expect((await showWith(nonce))?.code).toBe('use_dpop_nonce')
  })

  it('counts once where several processes share a memory, and not where that fails', async () => {
    const kept = new Set<string>()
    const remember = async (id: string): Promise<boolean> => !kept.has(id) && kept.add(id) !== undefined
    const [one, two] = [open({ remember }), open({ remember })]
    const token = await bound()
    const shown = asDpop(token, await proveAs(proofKey, about(token)))
    expect([await show('', shown, one), await show('', shown, two)]).toEqual([
      'accepted',
      expect.stringMatching(/shown before/),
    ])
    const broken = open({ remember: () => Promise.reject(new Error('down')) })
    expect(await show('', asDpop(token, await proveAs(proofKey, about(token))), broken)).toMatch(
      /^temporarily_unavailable/,
    )
  })

  it('counts with the certificate that it is bound to, and over no other connection', async () => {
    const der = Buffer.from('a certificate')
    const token = await mint({ cnf: { 'x5t#S256': createHash('sha256').update(der).digest('base64url') } })
    expect(await show(token, { certificate: new Uint8Array(der) })).toBe('accepted')
    expect(await show(token, { certificate: new Uint8Array([1]) })).toMatch(/another certificate/)
    expect(await show(token)).toMatch(/another certificate/)
    expect(await show(await mint(), {}, open({ boundOnly: true }))).toMatch(/bound to no key/)
  })
})

describe('introspection in place of lists', () => {
  const endpoint = `${ISSUER}/oauth/introspect`
  const said = (more: object = {}): string =>
    JSON.stringify({ active: true, iss: ISSUER, aud: AUDIENCE, jti: 'j', ...more })
  const asking = (): ResourceServer => open({ standing: { by: 'introspection', assertion: async () => 'a.b.c' } })

  it.each<[string, () => string | Promise<string>, RegExp]>([
    ['says yes', () => said(), /^accepted/],
    ['says no', () => '{"active":false}', /^invalid_token/],
    ['says something else', () => said({ active: 'true' }), /^invalid_token/],
    ['speaks of another token', () => said({ jti: 'k' }), /^temporarily_unavailable/],
    ['speaks of another audience', () => said({ aud: 'x' }), /^temporarily_unavailable/],
    ['says no JSON', () => 'yes', /^temporarily_unavailable/],
    ['says nothing', () => Promise.reject(new TypeError('fetch failed')), /^temporarily_unavailable/],
  ])('does as the issuer who %s', async (_, answer, outcome) => {
    issuer.answers[endpoint] = answer
    expect(await show(await mint({ jti: 'j', status: undefined }), {}, asking())).toMatch(outcome)
  })

  it('lets nobody in where this server cannot prove itself', async () => {
    const assertion = (): Promise<string> => Promise.reject(new Error('no key'))
    const at = open({ standing: { by: 'introspection', assertion } })
    expect(await show(await mint({ status: undefined }), {}, at)).toMatch(
      /^temporarily_unavailable: This server cannot/,
    )
  })

  it('asks about nothing that does not verify', async () => {
    issuer.answers[endpoint] = () => said()
    expect(await show(await mint({ exp: 1 }), {}, asking())).toMatch(/expired/)
    expect(issuer.asked).not.toContain(endpoint)
    expect(await show(await mint({ status: undefined }), {}, open({ standing: { by: 'nothing' } }))).toBe('accepted')
  })
})
