import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LIMITS } from '../../src/ground/limits.ts'
import { type House, startHouse } from '../house.ts'
import { furnish } from '../scenarios/cast.ts'
import { BAD_ADDRESSES } from './bad-addresses.ts'
import { BAD_BODIES } from './bad-bodies.ts'
import { BAD_CALLERS } from './bad-callers.ts'
import { type BadRequest, define, json, post } from './bad-request.ts'
import { type RawAnswer, type RawRequest, sendBytes, sendRaw } from './raw.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
})
afterAll(async () => {
  await house.end(20)
})

async function send(row: RawRequest & { readonly as?: BadRequest['as'] }): Promise<RawAnswer> {
  const proof = row.as === undefined ? {} : { authorization: `Bearer ${house.people[row.as].session}` }
  return sendRaw(house.url, { ...row, headers: { ...proof, ...row.headers } })
}

const sizeOf = async (): Promise<number> => (await house.people.lin.client.entries.list({ limit: 1 })).size

describe.each([...BAD_ADDRESSES, ...BAD_BODIES, ...BAD_CALLERS])('%s', (_, rows) => {
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
    expect([answer.status, answer.headers.get('content-type'), answer.json['code']]).toEqual([
      400,
      'application/problem+json',
      'request_malformed',
    ])
  })

  it('in absolute form is answered by its path (RFC 9112 section 3.2.2)', async () => {
    const answer = await send({ path: 'http://elsewhere.example/api/v1/me', as: 'ada' })
    expect(answer.json).toMatchObject({ person: { id: house.people.ada.id } })
  })

  it('that is smuggled behind another is not taken for one', async () => {
    const hidden = 'GET /api/v1/me HTTP/1.1\r\nhost: x\r\n\r\n'
    const answer = await send({
      ...define({}),
      as: 'ada',
      lines: ['transfer-encoding: chunked', 'transfer-encoding: identity'],
      body: `0\r\n\r\n${hidden}`,
    })
    expect(answer.status).toBe(400)
    expect(answer.text.match(/HTTP\/1\.1/g)).toBeNull()
  })

  it('for the head of a page is answered like the page, without it', async () => {
    const [head, page] = [await send({ method: 'HEAD', path: '/healthz' }), await send({ path: '/healthz' })]
    expect([head.status, head.text, head.headers.get('content-length')]).toEqual([
      200,
      '',
      page.headers.get('content-length'),
    ])
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
    for (const mine of ['mine-1', 'mine alone', 'x'.repeat(LIMITS.requestIdCharsMax)]) {
      const { headers } = await send({ path: '/healthz', headers: { 'x-request-id': mine } })
      expect(headers.get('x-request-id')).toBe(mine)
    }
    for (const bad of ['a\tb', 'ä', 'x'.repeat(LIMITS.requestIdCharsMax + 1)]) {
      const { headers } = await send({ path: '/healthz', headers: { 'x-request-id': bad } })
      expect(headers.get('x-request-id')).toMatch(/^req_/)
    }
  })

  it('that names every fault does so by its path, and by ten at most', async () => {
    const grants = Array.from({ length: 30 }, () => ({ action: '', resource: 1 }))
    const answer = await send({ ...post('/api/v1/identities/x/entitlements', { scope: grants }), as: 'ada' })
    const { issues } = answer.json['facts'] as { issues: readonly { path: string }[] }
    expect(issues).toHaveLength(10)
    expect(issues[0]?.path).toBe('scope.0.action')
    expect(issues[1]).toEqual({ path: 'scope.0.resource', message: 'must be text' })
  })

  it('that names a fault does so in plain words', async () => {
    const body = { classes: ['fly'], ceiling: 'public', reason: '', days: 0.5, more: 1 }
    const answer = await send({ ...post('/api/v1/identities/x/entitlements', body), as: 'ada' })
    expect(answer.json['detail']).toBe(
      'The request does not have the form that this address asks for: scope: is missing; classes.0: must be one of read, write, delete, execute, deploy, delegate, administer; reason: must not be empty. And 2 more.',
    )
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
    expect(answer.headers.get('set-cookie')).toMatch(
      /^remit_session=rms_[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/,
    )
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
