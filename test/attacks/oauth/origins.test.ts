import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../../../src/http/routes.ts'
import { type House, startHouse } from '../../house.ts'
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
