import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkConfig } from '../../../src/config.ts'
import { ROUTES } from '../../../src/http/routes.ts'
import { type House, startHouse } from '../../house.ts'
import { furnish, makeSummariser, openTask, register } from '../../scenarios/cast.ts'
import { send } from '../intruder.ts'

const origin = 'https://app.example'
const OPEN = [
  'POST /oauth/token',
  'GET /oauth/jwks',
  'GET /oauth/details',
  'GET /oauth/status/:list',
  'GET /.well-known/oauth-authorization-server',
  'GET /.well-known/oauth-authorization-server/*',
  'GET /.well-known/oauth-protected-resource/*',
  'GET /.well-known/openid-configuration',
  'GET /.well-known/openid-configuration/*',
  'GET /.well-known/oauth-protected-resource',
  'GET /.well-known/oauth-protected-resource/mcp/:server',
]

let house: House
beforeAll(async () => {
  house = await startHouse()
})
afterAll(async () => void (await house.end()))

const pathOf = (path: string): string => path.replace(':server', 'docs').replace(/:\w+/g, '0').replace('*', 'x')
const ask = (method: string, path: string) =>
  send(house, pathOf(path), { method, headers: { origin }, ...(method === 'POST' ? { body: '' } : {}) })
const askAhead = (method: string, path: string) =>
  send(house, pathOf(path), { method: 'OPTIONS', headers: { origin, 'access-control-request-method': method } })

describe('a page of another origin', () => {
  it('comes to the documents of clients and to the token endpoint, and to nothing else', async () => {
    const open: string[] = []
    for (const { method, path } of ROUTES) {
      const [heard, ahead] = [await ask(method, path), await askAhead(method, path)]
      const isOpen = heard.headers.get('access-control-allow-origin') === '*'
      const isRefused = heard.status === 403 || heard.json.code === 'origin_refused'
      expect([path, isRefused]).toEqual([path, !isOpen])
      expect([path, ahead.status]).toEqual([path, isOpen ? 204 : 403])
      expect(heard.headers.get('access-control-allow-credentials')).toBeNull()
      if (isOpen) open.push(`${method} ${path}`)
    }
    expect(open.sort()).toEqual([...OPEN].sort())
  })

  it('is told ahead what it may send, and may read what a client has to know', async () => {
    const ahead = await askAhead('POST', '/oauth/token')
    expect(ahead.headers.get('access-control-allow-methods')).toBe('POST')
    expect(ahead.headers.get('access-control-allow-headers')).toContain('dpop')
    const heard = await ask('POST', '/oauth/token')
    expect(heard.headers.get('access-control-expose-headers')).toContain('dpop-nonce')
  })

  it('is not told ahead of anything by a request that is no such question', async () => {
    const heard = await send(house, '/oauth/token', { method: 'OPTIONS' })
    expect([heard.status, heard.headers.get('access-control-allow-methods')]).toEqual([405, null])
    const nowhere = await askAhead('GET', '/nowhere')
    expect(nowhere.status).toBe(403)
  })
})

describe('a page of an origin that the configuration names', () => {
  const app = 'https://inspector.example'
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })
  let named: House
  let token: string
  beforeAll(async () => {
    named = await startHouse({ browserOrigins: [app] })
    await furnish(named)
    const reader = makeSummariser(named)
    await register(named, reader)
    token = (await reader.agent.exchange(await openTask(named, reader), `${named.url}/mcp/docs`)).value
  })
  afterAll(async () => void (await named.end()))

  const call = (headers: Record<string, string>) =>
    send(named, '/mcp/docs', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-11-25',
        ...headers,
      },
      body,
    })
  const ahead = (path: string, from: string) =>
    send(named, path, { method: 'OPTIONS', headers: { origin: from, 'access-control-request-method': 'POST' } })

  it('calls the gateway with its token, told ahead and by name', async () => {
    const asked = await ahead('/mcp/docs', app)
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, app])
    for (const name of ['authorization', 'dpop', 'mcp-session-id', 'mcp-method'])
      expect(asked.headers.get('access-control-allow-headers')).toContain(name)
    const heard = await call({ origin: app, authorization: `Bearer ${token}` })
    expect([heard.status, heard.headers.get('access-control-allow-origin'), heard.headers.get('vary')]).toEqual([
      200,
      app,
      'origin',
    ])
    expect(heard.headers.get('access-control-allow-credentials')).toBeNull()
    const bare = await call({ origin: app })
    expect([bare.status, bare.headers.get('access-control-expose-headers')]).toEqual([
      401,
      expect.stringContaining('www-authenticate'),
    ])
  })

  it('has no way in by a cookie, and none to any other door', async () => {
    const cookie = `remit_session=${named.people.ada.session}`
    expect((await call({ origin: app, cookie })).status).toBe(401)
    for (const path of ['/api/v1/identities', '/oauth/introspect', '/oauth/authorize', '/access/v1/evaluation'])
      expect([path, (await ahead(path, app)).status]).toEqual([path, 403])
    const read = await send(named, '/api/v1/identities', { headers: { origin: app, cookie } })
    expect(read.json.code).toBe('origin_refused')
  })

  it.each([
    'https://inspector.example.evil.example',
    'https://Inspector.example',
    'http://inspector.example',
    'https://inspector.example:8443',
    'null',
    'https://evil.example',
  ])('is not one that only looks like it: %s', async (from) => {
    expect((await ahead('/mcp/docs', from)).status).toBe(403)
    const heard = await call({ origin: from, authorization: `Bearer ${token}` })
    expect([heard.status, heard.json.code]).toEqual([403, 'origin_refused'])
  })

  it.each([
    'https://app.example/',
    'app.example',
    'https://APP.example',
    '*',
    'null',
    'https://user@app.example',
    'file://',
  ])('is written as browsers say it: %j does not start', (wrong) => {
    expect(() => checkConfig({ browserOrigins: [wrong] }, '.')).toThrow(/origin/)
  })
})
