import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fetchOutside, guardAddress } from './outbound.ts'

let server: Server
let base: string
const asked: (string | undefined)[] = []
beforeEach(async () => {
  asked.length = 0
  server = createServer((request, response) => {
    asked.push(request.url)
    if (request.url === '/moved') response.writeHead(302, { location: `${base}/secret` }).end()
    else if (request.url === '/none') response.writeHead(204).end()
    else if (request.url === '/held') request.socket.write('HTTP/1.1 204 No Content\r\n\r\n')
    else if (request.url === '/odd') response.writeHead(799).end('odd')
    else if (request.url === '/upgraded') response.writeHead(101, { connection: 'Upgrade', upgrade: 'other' }).end()
    else if (request.url === '/slow') response.writeHead(200).write('a beginning')
    else if (request.url === '/fresh')
      response.writeHead(200, { 'cache-control': 'max-age=5', age: '1', expires: '0', 'set-cookie': 'a=b' }).end('x')
    else response.writeHead(200, { 'content-type': 'text/plain' }).end(`accept ${request.headers.accept}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const get = (path: string, more: { allowInternal?: boolean; signal?: AbortSignal } = {}): Promise<Response> =>
  fetchOutside(path.startsWith('http') ? path : `${base}${path}`, {
    headers: { accept: 'application/json' },
    signal: new AbortController().signal,
    allowInternal: true,
    ...more,
  })

describe('what is asked elsewhere', () => {
  it('answers with its status and its body', async () => {
    const answer = await get('/')
    expect([answer.status, await answer.text()]).toEqual([200, 'accept application/json'])
  })

  it('says for how long it may be kept, and nothing that nobody asks about', async () => {
    const answer = await get('/fresh')
    expect([...answer.headers.keys()]).toEqual(['age', 'cache-control', 'date', 'expires'])
    expect(answer.headers.get('cache-control')).toBe('max-age=5')
    await answer.body?.cancel()
  })

  it('is not followed where it points', async () => {
    expect((await get('/moved')).status).toBe(302)
    expect(asked).toEqual(['/moved'])
  })

  it('is held by nobody who answers without a body and does not hang up', async () => {
    const connected = once(server, 'connection') as Promise<[Socket]>
    expect((await get('/held')).status).toBe(204)
    const [socket] = await connected
    if (!socket.closed) await once(socket, 'close')
    expect(socket.closed).toBe(true)
  })

  it('may come without a body', async () => {
    expect(await (await get('/none')).text()).toBe('')
  })

  it('fails on a status that there is not, and where nobody is', async () => {
    await expect(get('/odd')).rejects.toThrow(RangeError)
    await expect(get('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('fails where who answers goes over to another protocol, and waits for nothing more', async () => {
    await expect(get('/upgraded')).rejects.toThrow('without an answer')
  })

  it('is given up before its answer, and in the middle of it', async () => {
    await expect(get('/', { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
    const abort = new AbortController()
    const answer = await get('/slow', { signal: abort.signal })
    abort.abort()
    await expect(answer.text()).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('is never asked of the inside unless that is allowed, by number or by name', async () => {
    const port = new URL(base).port
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:7f00:1]', '0x7f.1', '0', '10.0.0.1'])
      await expect(get(`http://${host}:${port}/`, { allowInternal: false })).rejects.toMatchObject({
        code: 'config_invalid',
        detail: expect.stringContaining('lies inside'),
      })
    expect(asked).toEqual([])
  })
})

it('an address of the internet is looked up as it is asked', () => {
  expect(guardAddress(new URL('https://idp.example'), false)).toMatchObject({ lookup: expect.any(Function) })
  expect(guardAddress(new URL('https://1.1.1.1'), false)).toMatchObject({ lookup: expect.any(Function) })
  expect(guardAddress(new URL('https://10.0.0.1'), true)).toEqual({ agent: false })
})
