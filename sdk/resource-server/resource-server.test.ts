import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  AUDIENCE,
  claimsAt,
  ISSUER,
  LIST,
  listAt,
  makePair,
  type Pair,
  type PlayedIssuer,
  pack,
  playIssuer,
  signAs,
} from '../../test/issuer/resource-tokens.ts'
import { TokenRefused } from './refused.ts'
import { createResourceServer, type ResourceServer, type ResourceServerOptions } from './resource-server.ts'

let [nowMs, key, other]: [number, Pair, Pair] = [0, {} as Pair, {} as Pair]
let issuer: PlayedIssuer
let server: ResourceServer

const metadata = `${ISSUER}/.well-known/oauth-authorization-server`
const empty = pack(new Uint8Array(16))
const signList = (claims: object, header: object = {}, by = key): Promise<string> =>
  signAs(by, { typ: 'statuslist+jwt', ...header }, claims)

beforeAll(async () => {
  ;[key, other] = [await makePair(), await makePair()]
})
beforeEach(() => {
  nowMs = Date.UTC(2026, 10, 26)
  issuer = playIssuer({
    [metadata]: () => JSON.stringify({ issuer: ISSUER, jwks_uri: `${ISSUER}/oauth/jwks` }),
    [`${ISSUER}/oauth/jwks`]: () => JSON.stringify({ keys: [key.jwk] }),
    [LIST]: () => signList(listAt(nowMs, empty)),
  })
  server = open()
})

const open = (more: Partial<ResourceServerOptions> = {}): ResourceServer =>
  createResourceServer({ issuer: ISSUER, audience: AUDIENCE, fetch: issuer.fetch, nowMs: () => nowMs, ...more })
const mint = (more: object = {}, header: object = {}, by = key): Promise<string> =>
  signAs(by, { typ: 'at+jwt', ...header }, { ...claimsAt(nowMs), ...more })
const request = { method: 'GET', url: `${AUDIENCE}/docs?page=2` }
const show = async (token: string, more: object = {}, at = server): Promise<string> =>
  at.accept({ ...request, authorization: `Bearer ${token}`, ...more }).then(
    () => 'accepted',
    (error: unknown) => (error instanceof TokenRefused ? error.message : expect.unreachable(String(error))),
  )

describe('a server of others', () => {
  it('takes a token of the issuer, and gives its task and its chain whole', async () => {
    const act = { iss: ISSUER, sub: 'agent_3', sub_profile: 'ai_agent', act: { iss: 'https://other.test', sub: 'x' } }
    const token = await mint({ client_id: 'agent_3', act })
    const accepted = await server.accept({ ...request, authorization: `bearer ${token}` })
    expect(accepted).toMatchObject({
      subject: 'agent_1',
      clientId: 'agent_3',
      boundTo: null,
      staleMs: 5_000,
      details: [{ task_id: 'task_1' }],
    })
    expect(accepted.actors).toEqual([
      { issuer: ISSUER, subject: 'agent_3', claims: { iss: ISSUER, sub: 'agent_3', sub_profile: 'ai_agent' } },
      { issuer: 'https://other.test', subject: 'x', claims: { iss: 'https://other.test', sub: 'x' } },
    ])
  })

  it.each<[string, object, RegExp]>([
    ['another issuer', { iss: 'https://remit.test/' }, /another issuer/],
    ['another audience', { aud: 'https://api.example.org/' }, /another audience/],
    ['several audiences', { aud: [AUDIENCE, 'https://b.test'] }, /another audience/],
    ['no end', { exp: undefined }, /no end/],
    ['an end that is no number', { exp: '9999999999' }, /no end/],
    ['an end that is over', { exp: Date.UTC(2026, 10, 26) / 1000 }, /has expired/],
    ['a beginning to come', { nbf: Date.UTC(2026, 10, 26) / 1000 + 31 }, /not count yet/],
    ['a date of the future', { iat: Date.UTC(2026, 10, 26) / 1000 + 31 }, /not count yet/],
    ['no date', { iat: undefined }, /when it was made/],
    ['no subject', { sub: '' }, /no sub/],
    ['no client', { client_id: 7 }, /no client_id/],
    ['no id', { jti: undefined }, /no jti/],
    ['a hop that is nobody', { act: { iss: ISSUER } }, /who it is/],
    ['a hop that is no object', { act: 'agent_1' }, /cannot be read/],
    ['a hop that names no issuer, below', { act: { iss: ISSUER, sub: 'a', act: { sub: 'b' } } }, /who it is/],
    ['details that are no list', { authorization_details: {} }, /details/],
    ['details without a type', { authorization_details: [{}] }, /details/],
    ['a binding of another kind', { cnf: { kid: 'x' } }, /not known here/],
    ['two bindings', { cnf: { jkt: 'x', 'x5t#S256': 'y' } }, /not known here/],
    ['an empty binding', { cnf: {} }, /not known here/],
    ['no status list', { status: undefined }, /names no status list/],
    ['a place that is no number', { status: { status_list: { idx: '5', uri: LIST } } }, /names no status list/],
    ['a list elsewhere', { status: { status_list: { idx: 5, uri: 'https://remit.test.evil.test/0' } } }, /not one of/],
    ['a place outside of the list', { status: { status_list: { idx: 128, uri: LIST } } }, /no such place/],
  ])('refuses a token with %s', async (_, claims, why) => {
    expect(await show(await mint(claims))).toMatch(why)
  })

  it.each<[string, object, RegExp]>([
    ['an ID token or assertion, by its type', { typ: 'JWT' }, /no access token/],
    ['a status list', { typ: 'statuslist+jwt' }, /no access token/],
    ['a token without a type', { typ: undefined }, /no access token/],
    ['a token that brings its key', { jwk: { kty: 'EC' } }, /header holds more/],
    ['a token that points to its key', { jku: 'https://evil.test/keys' }, /header holds more/],
    ['a token that names certificates', { x5u: 'https://evil.test/x' }, /header holds more/],
    ['a key id of nobody', { kid: '../../keys/0' }, /No key/],
    ['a key id that every object has', { kid: '__proto__' }, /No key/],
    ['a token without a key id', { kid: undefined }, /names no key/],
  ])('refuses %s', async (_, header, why) => {
    expect(await show(await mint({}, header))).toMatch(why)
  })

  it('refuses what is signed by another key, in another way, or by nobody', async () => {
    expect(await show(await mint({}, { kid: key.jwk.kid }, other))).toMatch(/does not verify/)
    const [head = '', body = '', signature = ''] = (await mint()).split('.')
    const recoded = (header: object): string => Buffer.from(JSON.stringify(header)).toString('base64url')
    const typ = 'at+jwt'
    expect(await show(`${recoded({ alg: 'none', typ })}.${body}.`)).toMatch(/a way that is not taken/)
    expect(await show(`${recoded({ alg: 'HS256', typ, kid: key.jwk.kid })}.${body}.${signature}`)).toMatch(/not taken/)
    expect(await show(`${recoded({ alg: 'ES384', typ, kid: key.jwk.kid })}.${body}.${signature}`)).toMatch(/not taken/)
    expect(await show(`${head}.${body}.${signature.slice(0, -2)}`)).toMatch(/is no JWT|does not verify/)
    expect(await show(`${head}.${body}.${signature.slice(0, 80)}`)).toMatch(/does not verify/)
    const loose = String.fromCharCode(signature.charCodeAt(85) + 1) // the same bytes in another form
    expect(await show(`${head}.${body}.${signature.slice(0, 85)}${loose}`)).toMatch(/is no JWT/)
  })

  it.each([
    ['nothing', undefined, /token_missing/],
    ['another scheme', 'Basic dXNlcjpwYXNz', /token_missing/],
    ['two tokens', 'Bearer a.b.c, Bearer d.e.f', /token_missing/],
    ['no JWT', 'Bearer opaque', /no JWT/],
    ['too many parts', 'Bearer a.b.c.d.e', /no JWT/],
    ['a header that is no object', `Bearer ${Buffer.from('[]').toString('base64url')}.e30.`, /no JWT/],
  ])('refuses %s', async (_, authorization, why) => {
    expect(await show('', { authorization })).toMatch(why)
    expect(issuer.asked).toEqual([])
  })

  it('refuses what is oversized or nested, before anything is asked or verified', async () => {
    expect(await show(await mint({ goal: 'x'.repeat(17_000) }))).toMatch(/no JWT, or larger/)
    const nest = (depth: number): object => (depth === 0 ? {} : { act: nest(depth - 1) })
    expect(await show(await mint(nest(5_00)))).toMatch(/no JWT, or larger/)
    const bomb = `${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`
    expect(await show(`e30.${Buffer.from(bomb).toString('base64url')}.AAAA`)).toMatch(/no JWT, or larger/)
    expect(issuer.asked).toEqual([])
    const chain = (hops: number): object | undefined =>
      hops === 0 ? undefined : { iss: ISSUER, sub: `a${hops}`, act: chain(hops - 1) }
    expect(await show(await mint({ act: chain(16) }))).toBe('accepted')
    expect(await show(await mint({ act: chain(17) }))).toMatch(/chain of the token cannot be read/)
  })

  it('says in its challenge what is wrong, and nothing that ends the header', async () => {
    const refusal = new TokenRefused('invalid_token', 'It says "no" \\ to this.')
    const at = open({ metadataUrl: `${AUDIENCE}/.well-known/oauth-protected-resource` })
    expect(at.challenge(refusal)).toBe(
      `Bearer error="invalid_token", error_description="It says 'no' ' to this.", resource_metadata="${AUDIENCE}/.well-known/oauth-protected-resource"`,
    )
    expect(server.challenge(new TokenRefused('token_missing', 'x'))).toBe('Bearer')
    expect(server.challenge(new TokenRefused('invalid_dpop_proof', 'x'))).toMatch(
      /^DPoP error="invalid_dpop_proof".*algs="ES256 /,
    )
  })
})

describe('the keys of the issuer', () => {
  it('are read once for all who ask, and believed for five minutes', async () => {
    const tokens = await Promise.all(Array.from({ length: 5 }, () => mint()))
    expect(await Promise.all(tokens.map((token) => show(token)))).toEqual(Array(5).fill('accepted'))
    const reads = (): number => issuer.asked.filter((url) => url.endsWith('/jwks')).length
    expect(reads()).toBe(1)
    nowMs += 299_000
    await show(await mint())
    expect(reads()).toBe(1)
    issuer.answers[`${ISSUER}/oauth/jwks`] = () => JSON.stringify({ keys: [other.jwk] })
    const leaked = await mint()
    nowMs += 1_000
    expect(await show(leaked)).toMatch(/No key of the issuer/)
  })

  it.each([
    ['290', 10_000],
    ['86400', 5_000],
  ])('that lay in a cache for %s seconds are believed for that much shorter', async (age, leftMs) => {
    const fetch: ResourceServerOptions['fetch'] = async (url, init) => {
      const answer = await issuer.fetch(url, init)
      return String(url).endsWith('/jwks') ? new Response(answer.body, { headers: { age } }) : answer
    }
    const at = open({ fetch, standing: { by: 'nothing' } })
    const leaked = await mint()
    expect(await show(leaked, {}, at)).toBe('accepted')
    issuer.answers[`${ISSUER}/oauth/jwks`] = () => JSON.stringify({ keys: [other.jwk] })
    nowMs += leftMs - 1
    expect(await show(leaked, {}, at)).toBe('accepted')
    nowMs += 1
    expect(await show(leaked, {}, at)).toMatch(/No key of the issuer/)
  })

  it('are read again for an id that is new, at most once in five seconds', async () => {
    await show(await mint())
    nowMs += 5_000
    issuer.answers[`${ISSUER}/oauth/jwks`] = () => JSON.stringify({ keys: [key.jwk, other.jwk] })
    expect(await show(await mint({}, {}, other))).toBe('accepted')
    const before = issuer.asked.length
    for (const kid of ['a', 'b', 'c']) expect(await show(await mint({}, { kid }))).toMatch(/No key/)
    expect(issuer.asked.length).toBe(before)
  })

  it.each<[string, () => void]>([
    ['nobody answers', () => delete issuer.answers[metadata]],
    ['metadata are of another issuer', () => (issuer.answers[metadata] = () => JSON.stringify({ issuer: 'x' }))],
    ['metadata are no JSON', () => (issuer.answers[metadata] = () => '<html>')],
    [
      'keys lie in clear',
      () => (issuer.answers[metadata] = () => JSON.stringify({ issuer: ISSUER, jwks_uri: 'http://remit.test/k' })),
    ],
    ['keys are endless', () => (issuer.answers[`${ISSUER}/oauth/jwks`] = () => ' '.repeat(300_000))],
  ])('let nobody in where %s', async (_, spoil) => {
    spoil()
    expect(await show(await mint())).toMatch(/^temporarily_unavailable/)
    expect(await show(await mint())).toMatch(/^temporarily_unavailable/)
    expect(issuer.asked.length).toBeLessThanOrEqual(2)
  })

  it('verify nothing where they are broken, symmetric, private to others, or for another use', async () => {
    const { x, y } = key.jwk
    for (const jwk of [
      { ...key.jwk, use: 'enc' },
      { ...key.jwk, x: y, y: x },
      { ...key.jwk, crv: 'P-384' },
      { ...key.jwk, alg: 'RS256' },
      { kty: 'oct', k: 'AAAA', kid: key.jwk.kid, alg: 'ES256' },
      null,
    ]) {
      issuer.answers[`${ISSUER}/oauth/jwks`] = () => JSON.stringify({ keys: [jwk] })
      expect(await show(await mint(), {}, open())).toMatch(/No key of the issuer/)
    }
  })
})

describe('the status list', () => {
  const revoked = (idx: number): string => {
    const bytes = new Uint8Array(16)
    bytes[idx >> 3] = 1 << (idx & 7)
    return pack(bytes)
  }

  it('ends a token within what is said, and is read once for all who ask', async () => {
    const token = await mint()
    expect(await Promise.all([show(token), show(token), show(token)])).toEqual(Array(3).fill('accepted'))
    issuer.answers[LIST] = () => signList(listAt(nowMs, revoked(5)))
    nowMs += 9_999
    const { staleMs } = await server.accept({ ...request, authorization: `Bearer ${token}` })
    expect(staleMs).toBeLessThan(15_000)
    nowMs += 1
    expect(await show(token)).toMatch(/counts no more/)
    expect(issuer.asked.filter((url) => url === LIST)).toHaveLength(2)
  })

  it('is as old as the caches say that it lay in, and not believed beyond what this server can live with', async () => {
    let age = '4'
    const fetch: ResourceServerOptions['fetch'] = async (url, init) => {
      const answer = await issuer.fetch(url, init)
      return url === LIST ? new Response(answer.body, { headers: { age } }) : answer
    }
    const token = await mint()
    const at = open({ fetch })
    const { staleMs } = await at.accept({ ...request, authorization: `Bearer ${token}` })
    expect(staleMs).toBe(9_000)
    issuer.answers[LIST] = () => signList(listAt(nowMs, revoked(5)))
    nowMs += 5_999
    expect(await show(token, {}, at)).toBe('accepted')
    nowMs += 1
    expect(await show(token, {}, at)).toMatch(/counts no more/)
    age = '11'
    expect(await show(token, {}, open({ fetch }))).toMatch(/^temporarily_unavailable: .*in a cache for too long/)
    const patient = open({ fetch, standing: { by: 'status-list', secondsMax: 30 } })
    expect(await show(token, {}, patient)).toMatch(/counts no more/)
  })

  it('is believed for shorter where it says so, and never for longer', async () => {
    issuer.answers[LIST] = () => signList(listAt(nowMs, empty, { ttl: 2 }))
    const token = await mint()
    await show(token)
    issuer.answers[LIST] = () => signList(listAt(nowMs, revoked(5), { ttl: 3600 }))
    nowMs += 2_000
    expect(await show(token)).toMatch(/counts no more/)
    expect(() => open({ standing: { by: 'status-list', secondsMax: 5 } })).toThrow(/secondsMax/)
    expect(() => open({ standing: { by: 'status-list', secondsMax: Number.NaN } })).toThrow(/secondsMax/)
  })

  it('has two, four or eight bits where it says so', async () => {
    for (const [bits, idx, byte] of [
      [2, 1, 4],
      [4, 1, 0x20],
      [8, 0, 3],
    ] as const) {
      issuer.answers[LIST] = () =>
        signList(
          listAt(nowMs, pack(Uint8Array.of(byte, 0)), { status_list: { bits, lst: pack(Uint8Array.of(byte, 0)) } }),
        )
      const at = open()
      const place = (index: number) => ({ status: { status_list: { idx: index, uri: LIST } } })
      expect(await show(await mint(place(idx)), {}, at)).toMatch(/counts no more/)
      expect(await show(await mint(place(8 / bits)), {}, at)).toBe('accepted')
    }
  })

  it('is no zip bomb: it is unpacked no further than any list of ours', async () => {
    const bomb = pack(new Uint8Array(200 * 1024 * 1024))
    expect(bomb.length).toBeLessThan(500_000)
    issuer.answers[LIST] = () => signList(listAt(nowMs, bomb))
    const before = process.memoryUsage().arrayBuffers
    expect(await show(await mint())).toMatch(/^temporarily_unavailable.*more than 1048576 bytes/)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024)
    issuer.answers[LIST] = () => 'x'.repeat(600_000)
    expect(await show(await mint())).toMatch(/^temporarily_unavailable/)
  })

  it.each<[string, () => Promise<string> | string]>([
    ['is signed by another key', () => signList(listAt(nowMs, empty), { kid: key.jwk.kid }, other)],
    ['is an access token', () => signList(listAt(nowMs, empty), { typ: 'at+jwt' })],
    ['is another one', () => signList(listAt(nowMs, empty, { sub: `${ISSUER}/oauth/status/1` }))],
    ['is of another issuer', () => signList(listAt(nowMs, empty, { iss: 'https://b.test' }))],
    ['is an old one', () => signList(listAt(nowMs - 61_000, empty))],
    ['is over', () => signList(listAt(nowMs, empty, { exp: nowMs / 1000 - 61 }))],
    ['is for somebody else', () => signList(listAt(nowMs, empty, { aud: ['https://other.test'] }))],
    ['does not count yet', () => signList(listAt(nowMs, empty, { nbf: nowMs / 1000 + 61 }))],
    ['has no date', () => signList(listAt(nowMs, empty, { iat: undefined }))],
    ['has bits of another number', () => signList(listAt(nowMs, empty, { status_list: { bits: 3, lst: empty } }))],
    ['is cut short', () => signList(listAt(nowMs, empty.slice(0, 8)))],
    ['is packed in another way', () => signList(listAt(nowMs, Buffer.alloc(16).toString('base64url')))],
    ['is no list', () => signList(listAt(nowMs, empty, { status_list: [] }))],
    ['is no JWT', () => 'gone'],
    ['is nowhere', () => Promise.reject(new TypeError('fetch failed'))],
  ])('lets nobody through where it %s', async (_, answer) => {
    issuer.answers[LIST] = answer
    expect(await show(await mint())).toMatch(/^temporarily_unavailable/)
  })

  it('is not gone back to: one that is older than the last is refused, and the clock going back asks anew', async () => {
    const token = await mint()
    await show(token)
    issuer.answers[LIST] = () => signList(listAt(nowMs - 20_000, empty))
    nowMs += 10_000
    expect(await show(token)).toMatch(/^temporarily_unavailable.*old one/)
    expect(await show(token)).toMatch(/^temporarily_unavailable.*old one/)
    issuer.answers[LIST] = () => signList(listAt(nowMs, revoked(5)))
    expect(await show(token)).toMatch(/counts no more/)
    nowMs -= 5_000
    issuer.answers[LIST] = () => Promise.reject(new TypeError('fetch failed'))
    expect(await show(token)).toMatch(/^temporarily_unavailable/)
  })
})
