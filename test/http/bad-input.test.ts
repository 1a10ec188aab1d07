import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LIMITS } from '../../src/ground/limits.ts'
import { type House, startHouse } from '../house.ts'
import { furnish } from '../scenarios/cast.ts'
import { type RawAnswer, type RawRequest, sendBytes, sendRaw } from './raw.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
})
afterAll(async () => {
  expect((await house.end()).entries).toBeGreaterThan(20)
})

type Name = keyof House['people']
interface Case extends RawRequest {
  readonly name: string
  /** Whose session is shown. */
  readonly as?: Name
  readonly status: number
  readonly code: string
  /** True where somebody can be named for it, so that it stands in the log. */
  readonly recorded?: boolean
}

const json = { 'content-type': 'application/json' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const purpose = { code: 'tidy', title: 'Tidy up', classes: ['read'], ceiling: 'internal' }
const post = (path: string, body: unknown): RawRequest => ({
  method: 'POST',
  path,
  headers: json,
  body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
})
const define = (more: object): RawRequest => post('/api/v1/purposes', { ...purpose, ...more })
const invalid = { as: 'ada', status: 400, code: 'request_invalid', recorded: true } as const
const malformed = { as: 'ada', status: 400, code: 'body_malformed', recorded: true } as const
const nowhere = { status: 404, code: 'route_unknown' } as const
const notAllowed = { status: 405, code: 'method_not_allowed' } as const
const garbled = { status: 400, code: 'request_malformed' } as const

async function send(row: RawRequest & { readonly as?: Name }): Promise<RawAnswer> {
  const proof = row.as === undefined ? {} : { authorization: `Bearer ${house.people[row.as].session}` }
  return sendRaw(house.url, { ...row, headers: { ...proof, ...row.headers } })
}

const sizeOf = async (): Promise<number> => (await house.people.lin.client.entries.list({ limit: 1 })).size

describe.each<readonly [string, readonly Case[]]>([
  [
    'an address',
    [
      { name: 'unknown', path: '/nowhere', ...nowhere },
      { name: 'unknown, with a session', path: '/api/v1/nowhere', as: 'ada', ...nowhere },
      { name: 'with a slash too many at its end', path: '/api/v1/me/', as: 'ada', ...nowhere },
      { name: 'with a slash too many inside', path: '/api/v1//me', as: 'ada', ...nowhere },
      { name: 'with two slashes at its start', path: '//api/v1/me', as: 'ada', ...nowhere },
      { name: 'in other case', path: '/API/v1/me', as: 'ada', ...nowhere },
      { name: 'that climbs', path: '/api/v1/../../api/v1/me', as: 'ada', ...nowhere },
      { name: 'that climbs, encoded', path: '/api/v1/%2e%2e/v1/me', as: 'ada', ...nowhere },
      { name: 'that climbs out of the log', path: '/log/tile/../checkpoint', as: 'ada', status: 404, code: 'not_found', recorded: true },
      { name: 'that climbs out of the log, encoded', path: '/log/tile/0/%2e%2e/%2e%2e/key', as: 'ada', status: 404, code: 'not_found', recorded: true },
      { name: 'of a tile that does not exist', path: '/log/tile/0/x999/999', as: 'ada', status: 404, code: 'not_found', recorded: true },
      { name: 'with a byte that is no character', path: '/api/v1/identities/%ff', as: 'ada', ...nowhere },
      { name: 'with a broken escape', path: '/api/v1/%zz', ...nowhere },
      { name: 'with an encoded null', path: '/api/v1/identities/a%00', as: 'ada', status: 404, code: 'not_found', recorded: true },
      { name: 'whose id is two dots', path: '/api/v1/identities/%2e%2e', as: 'ada', status: 404, code: 'not_found', recorded: true },
      { name: 'whose id has 10 kB', path: `/api/v1/identities/${'a'.repeat(10_000)}`, as: 'ada', ...nowhere },
      { name: 'of an entry that is no number', path: '/api/v1/entries/1e1', as: 'ada', status: 404, code: 'not_found', recorded: true },
      { name: 'of an entry to come', path: '/api/v1/entries/99999999', as: 'ada', status: 404, code: 'not_found', recorded: true },
      { name: 'of a server that is not there', path: '/.well-known/oauth-protected-resource/mcp/none', status: 404, code: 'not_found' },
    ],
  ],
  [
    'a method',
    [
      { name: 'that an address does not take', method: 'PUT', path: '/api/v1/me', as: 'ada', ...notAllowed },
      { name: 'that the gateway does not take', method: 'PUT', path: '/mcp/docs', ...notAllowed },
      { name: 'that the description does not take', method: 'POST', path: '/api/openapi.json', ...notAllowed },
      { name: 'OPTIONS', method: 'OPTIONS', path: '/api/v1/people', ...notAllowed },
      { name: 'of another protocol', method: 'PROPFIND', path: '/api/v1/people', ...notAllowed },
      { name: 'that nobody knows', method: 'BREW', path: '/api/v1/people', ...garbled },
    ],
  ],
  [
    'a query',
    [
      { name: 'with a state that does not exist', path: '/api/v1/identities?state=happy', ...invalid },
      { name: 'with a misspelt filter', path: '/api/v1/tasks?stat=active', ...invalid },
      { name: 'with a filter that is said twice', path: '/api/v1/tasks?state=active&state=waiting', ...invalid },
      { name: 'with a limit of nothing', path: '/api/v1/people?limit=0', ...invalid },
      { name: 'with half a limit', path: '/api/v1/entries?limit=1.5', ...invalid },
      { name: 'that starts before the log', path: '/api/v1/entries?from=-1', ...invalid },
      { name: 'that starts in the middle of an entry', path: '/api/v1/entries?from=0.5', ...invalid },
      { name: 'of an identity that is not there', path: '/api/v1/tasks?identity=nobody', as: 'ada', status: 404, code: 'not_found', recorded: true },
    ],
  ],
  [
    'a body',
    [
      { name: 'of another content type', ...define({}), headers: { 'content-type': 'text/plain' }, as: 'ada', status: 415, code: 'content_type_unsupported', recorded: true },
      { name: 'of no content type', ...define({}), headers: {}, as: 'ada', status: 415, code: 'content_type_unsupported', recorded: true },
      { name: 'of a form where JSON is asked for', ...define({}), headers: form, as: 'ada', status: 415, code: 'content_type_unsupported', recorded: true },
      { name: 'that is too large', ...define({ title: 'x'.repeat(LIMITS.bodyBytesMax) }), as: 'ada', status: 413, code: 'body_too_large' },
      { name: 'that ends in the middle', ...post('/api/v1/purposes', '{"code":"tidy"'), ...malformed },
      { name: 'that is not there', ...post('/api/v1/purposes', ''), ...malformed },
      { name: 'that is not JSON', ...post('/api/v1/purposes', 'code=tidy'), ...malformed },
      { name: 'with a byte order mark', ...post('/api/v1/purposes', `\ufeff${JSON.stringify(purpose)}`), ...malformed },
      { name: 'that is not UTF-8', ...post('/api/v1/purposes', Uint8Array.of(0x7b, 0xff, 0x7d)), as: 'ada', status: 400, code: 'body_malformed' },
      { name: 'nested a little too deep', ...define({ title: JSON.parse('['.repeat(33) + ']'.repeat(33)) }), as: 'ada', status: 400, code: 'body_too_deep', recorded: true },
      { name: 'nested a hundred thousand deep', ...post('/api/v1/purposes', '['.repeat(100_000)), as: 'ada', status: 400, code: 'body_too_deep', recorded: true },
      { name: 'that is null', ...post('/api/v1/purposes', 'null'), ...invalid },
      { name: 'that is a list', ...post('/api/v1/purposes', '[]'), ...invalid },
      { name: 'that is a text', ...post('/api/v1/purposes', '"x"'), ...invalid },
      { name: 'with a member that is not known', ...define({ colour: 'red' }), ...invalid },
      { name: 'without a member that is needed', ...define({ title: undefined }), ...invalid },
      { name: 'with a member of another type', ...define({ classes: 'read' }), ...invalid },
      { name: 'with a member named __proto__', ...post('/api/v1/purposes', '{"__proto__":{"x":1}}'), ...malformed },
      { name: 'with __proto__ far inside', ...post('/api/v1/evidence', '{"about":{"kind":{"__proto__":1},"id":"x"}}'), ...malformed },
      { name: 'with a member named constructor', ...define({ constructor: { prototype: {} } }), ...invalid },
      { name: 'with a null character', ...define({ title: 'a\u0000b' }), ...invalid },
      { name: 'with a line break in a line', ...define({ title: 'a\nb' }), ...invalid },
      { name: 'with a mark that turns the text around', ...define({ title: 'a\u202eb' }), ...invalid },
      { name: 'with half a character', ...post('/api/v1/purposes', JSON.stringify(purpose).replace('Tidy up', '\\ud800')), ...invalid },
      { name: 'with a text that is too long', ...define({ title: 'x'.repeat(LIMITS.textCharsMax + 1) }), ...invalid },
      { name: 'with a name that is a path', ...define({ code: '../x' }), ...invalid },
      { name: 'with half a character in a subject', ...post('/api/v1/identities/x/bindings', '{"kind":"oidc","issuer":"https://x","subject":"\\ud800"}'), ...invalid },
      { name: 'with half a character in a claim', ...post('/api/v1/identities/x/bindings', '{"kind":"oidc","issuer":"https://x","subject":"x","claims":{"a":"\\udc00"}}'), ...invalid },
      { name: 'with half a character in a root', ...post('/api/v1/tools', '{"server":"docs","tool":"read_text_file","actionClass":"read","resourceArgument":null,"resourcePrefix":"docs:","resourceRoot":"\\ud800"}'), ...invalid },
      ...['1e999', '1e20', '-1', '1.5', '0', '"7"', 'true'].map((days) => ({
        name: `with the number ${days}`,
        ...post('/api/v1/identities/x/entitlements', JSON.stringify({ scope: [{ action: 'a', resource: 'b' }], classes: ['read'], ceiling: 'public', reason: 'x', days: 7 }).replace('"days":7', `"days":${days}`)),
        ...invalid,
      })),
      { name: 'with more grants than a scope may have', ...post('/api/v1/identities/x/entitlements', { scope: Array.from({ length: LIMITS.scopeGrantsMax + 1 }, () => ({ action: 'a', resource: 'b' })), classes: ['read'], ceiling: 'public', reason: 'x', days: 7 }), ...invalid },
      { name: 'with a mail address that is none', ...post('/api/v1/people', { name: 'x', email: 'x', roles: [] }), ...invalid },
      { name: 'with a role that does not exist', ...post('/api/v1/people', { name: 'x', email: 'x@example.org', roles: ['king'] }), ...invalid },
    ],
  ],
  [
    'a caller',
    [
      { name: 'that shows nothing', path: '/api/v1/me', status: 401, code: 'authentication_missing' },
      { name: 'with an empty secret', path: '/api/v1/me', headers: { authorization: 'Bearer ' }, status: 401, code: 'authentication_missing' },
      { name: 'with another scheme', path: '/api/v1/me', headers: { authorization: 'Basic YWRhOmFkYQ==' }, status: 401, code: 'authentication_missing' },
      { name: 'with a session that never was', path: '/api/v1/me', headers: { authorization: 'Bearer rms_nothing' }, status: 401, code: 'session_invalid', recorded: true },
      { name: 'with a cookie that never was', path: '/api/v1/me', headers: { cookie: 'remit_session=rms_nothing' }, status: 401, code: 'session_invalid', recorded: true },
      { name: 'with a link that never was', ...post('/api/v1/sessions', { link: 'rml_nothing' }), status: 401, code: 'login_link_invalid', recorded: true },
      { name: 'with a token that is none', path: '/api/v1/tasks/x', headers: { authorization: 'Bearer eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.' }, status: 401, code: 'token_invalid', recorded: true },
      { name: 'with an assertion that is none', ...post('/api/v1/tasks', {}), headers: { ...json, authorization: 'Bearer x.y.z' }, status: 401, code: 'assertion_malformed', recorded: true },
      { name: 'with a session where an assertion is asked for', ...post('/api/v1/tasks', {}), as: 'ada', status: 401, code: 'authentication_missing' },
      { name: 'that says twice who it is', path: '/api/v1/me', as: 'ada', lines: ['authorization: Bearer rms_other'], status: 400, code: 'request_invalid' },
      { name: 'that proves two keys', path: '/api/v1/tasks/x', headers: { authorization: 'Bearer x.y.z' }, lines: ['dpop: a', 'DPoP: b'], status: 400, code: 'request_invalid' },
      { name: 'without the role', ...define({}), as: 'lin', status: 403, code: 'role_missing', recorded: true },
      { name: 'without the role for evidence', ...post('/api/v1/evidence', {}), as: 'sam', status: 403, code: 'role_missing', recorded: true },
      { name: 'from another origin', path: '/api/v1/me', as: 'ada', headers: { origin: 'https://evil.example' }, status: 403, code: 'origin_refused' },
      { name: 'from no origin', path: '/api/v1/me', as: 'ada', headers: { origin: 'null' }, status: 403, code: 'origin_refused' },
    ],
  ],
  [
    'a form',
    [
      { name: 'with a parameter twice', method: 'POST', path: '/oauth/token', headers: form, body: 'grant_type=a&grant_type=b', status: 400, code: 'body_malformed' },
      { name: 'without a grant type', method: 'POST', path: '/oauth/token', headers: form, body: 'x=1', status: 400, code: 'request_invalid' },
      { name: 'with a grant type that is not offered', method: 'POST', path: '/oauth/token', headers: form, body: 'grant_type=password', status: 400, code: 'grant_unsupported' },
      { name: 'that is JSON', ...post('/oauth/token', {}), status: 400, code: 'content_type_unsupported' },
      { name: 'that is too large', method: 'POST', path: '/oauth/token', headers: form, body: `x=${'a'.repeat(LIMITS.tokenBodyBytesMax)}`, status: 400, code: 'body_too_large' },
      { name: 'without a token', method: 'POST', path: '/oauth/introspect', headers: form, body: '', as: 'ada', status: 400, code: 'request_invalid', recorded: true },
    ],
  ],
  [
    'what is hardly HTTP',
    [
      { name: 'a body of two lengths', ...post('/api/v1/purposes', 'x'), lines: ['content-length: 1', 'content-length: 2'], ...garbled },
      { name: 'a body with a length and chunks', ...post('/api/v1/purposes', '0\r\n\r\n'), lines: ['content-length: 5', 'transfer-encoding: chunked'], ...garbled },
      { name: 'a body of less than nothing', ...post('/api/v1/purposes', ''), lines: ['content-length: -1'], ...garbled },
      { name: 'a header with a space before its colon', path: '/healthz', lines: ['content-length : 0'], ...garbled },
      { name: 'a header with a null', path: '/healthz', lines: ['x: a\0b'], ...garbled },
      { name: 'a header that is folded', path: '/healthz', lines: ['x: a', ' b: c'], ...garbled },
      { name: 'headers without end', path: '/healthz', lines: [`x: ${'a'.repeat(LIMITS.headerBytesMax)}`], status: 431, code: 'headers_too_large' },
      { name: 'an id of 40 kB', path: `/api/v1/identities/${'a'.repeat(40_000)}`, status: 431, code: 'headers_too_large' },
    ],
  ],
])('%s', (_, rows) => {
  it.each(rows)('$name is refused with $status $code', async (row) => {
    const before = await sizeOf()
    const answer = await send(row)
    expect([answer.status, answer.json['code'] ?? '']).toEqual([row.status, row.code])
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.text).not.toMatch(/node_modules|at \w+ \(|\.ts:\d/)
    const size = await sizeOf()
    if (row.recorded !== true) return expect([answer.json['entry'], size]).toEqual([undefined, before])
    expect([answer.json['entry'], size]).toEqual([before, before + 1])
    const { entry } = await house.people.lin.client.entries.show(before)
    expect(entry).toMatchObject({ kind: 'refusal', data: { code: row.code } })
  })
})

describe('a request', () => {
  it('that is no HTTP at all is answered with a problem', async () => {
    const answer = await sendBytes(house.url, 'hello\r\n\r\n')
    expect([answer.status, answer.headers.get('content-type'), answer.json['code']]).toEqual([400, 'application/problem+json', 'request_malformed'])
  })

  it('in absolute form is answered by its path (RFC 9112 section 3.2.2)', async () => {
    const answer = await send({ path: 'http://elsewhere.example/api/v1/me', as: 'ada' })
    expect(answer.json).toMatchObject({ person: { id: house.people.ada.id } })
  })

  it('that is smuggled behind another is not taken for one', async () => {
    const hidden = 'GET /api/v1/me HTTP/1.1\r\nhost: x\r\n\r\n'
    const answer = await send({ ...define({}), as: 'ada', lines: ['transfer-encoding: chunked', 'transfer-encoding: identity'], body: `0\r\n\r\n${hidden}` })
    expect(answer.status).toBe(400)
    expect(answer.text.match(/HTTP\/1\.1/g)).toBeNull()
  })

  it('for the head of a page is answered like the page, without it', async () => {
    const [head, page] = [await send({ method: 'HEAD', path: '/healthz' }), await send({ path: '/healthz' })]
    expect([head.status, head.text, head.headers.get('content-length')]).toEqual([200, '', page.headers.get('content-length')])
  })

  it.each([
    ['/api/v1/me', 'GET, HEAD'],
    ['/api/v1/people', 'GET, HEAD, POST'],
    ['/api/v1/identities/x/submit', 'POST'],
    ['/mcp/docs', 'POST, GET, DELETE'],
  ])('with a wrong method to %s is told the right ones', async (path, allowed) => {
    const answer = await send({ method: 'PATCH', path })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allowed])
  })

  it('without a credential is told where to get one', async () => {
    const answer = await send({ ...post('/mcp/docs', {}) })
    expect(answer.headers.get('www-authenticate')).toBe(
      `Bearer resource_metadata="${house.url}/.well-known/oauth-protected-resource/mcp/docs"`,
    )
  })

  it('that names itself is answered under that name, and one with a bad name under another', async () => {
    expect((await send({ path: '/healthz', headers: { 'x-request-id': 'mine-1' } })).headers.get('x-request-id')).toBe('mine-1')
    expect((await send({ path: '/healthz', headers: { 'x-request-id': 'a b' } })).headers.get('x-request-id')).toMatch(/^req_/)
  })

  it('that names every fault does so by its path, and by ten at most', async () => {
    const grants = Array.from({ length: 30 }, () => ({ action: '', resource: 1 }))
    const answer = await send({ ...post('/api/v1/identities/x/entitlements', { scope: grants }), as: 'ada' })
    const { issues } = answer.json['facts'] as { issues: readonly { path: string }[] }
    expect(issues).toHaveLength(10)
    expect(issues[0]?.path).toBe('scope.0.action')
  })
})

describe('a cookie', () => {
  const shown = (more: Readonly<Record<string, string>>): RawRequest => ({
    ...define({}),
    headers: { ...json, cookie: `theme=dark; remit_session=${house.people.ada.session}`, ...more },
  })

  it('speaks for a person who reads', async () => {
    const { cookie = '' } = shown({}).headers ?? {}
    expect((await send({ path: '/api/v1/me', headers: { cookie } })).status).toBe(200)
  })

  it.each([
    ['that comes with nothing', {}, 403],
    ['that comes from another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['that comes from a sister site', { 'sec-fetch-site': 'same-site' }, 403],
    ['that comes from our own pages', { 'sec-fetch-site': 'same-origin' }, 201],
  ] as const)('changes nothing but from our own pages: one %s gets %#', async (_, more, status) => {
    expect((await send(shown(more))).status).toBe(status)
  })

  it('is one that no script can read and no other site can send', async () => {
    const { link } = await house.people.ada.client.people.link(house.people.sam.id)
    const answer = await send(post('/api/v1/sessions', { link }))
    expect(answer.headers.get('set-cookie')).toMatch(/^remit_session=rms_[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/)
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('stops counting when its session is ended', async () => {
    const { link } = await house.people.ada.client.people.link(house.people.sam.id)
    const { session, client } = await house.signIn(link)
    await client.sessions.end()
    const answer = await send({ path: '/api/v1/me', headers: { cookie: `remit_session=${session}` } })
    expect(answer.json['code']).toBe('session_invalid')
  })
})
