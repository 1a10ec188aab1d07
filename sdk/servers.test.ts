import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { findPort } from '../cli/demo/port.ts'
import { createCaller } from './call.ts'

const open: Server[] = []

/** A server that tells what reached it. */
async function serve(listen: RequestListener): Promise<{ readonly url: string; readonly reached: string[] }> {
  const reached: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      reached.push(`${request.method} ${request.url} ${body}`)
      listen(request, response)
    })
  })
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, reached }
}

afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

const serving: RequestListener = (_, response) => response.end('{"ok":true}')
const refuse =
  (status: number, code: string): RequestListener =>
  (_, response) =>
    response
      .writeHead(status, { 'content-type': 'application/problem+json' })
      .end(JSON.stringify({ code, detail: 'No.' }))
const standing = refuse(503, 'standing_by')

describe('a request to several servers', () => {
  it('goes to the next where one stands by, and from then on to that one first', async () => {
    const [first, second] = [await serve(standing), await serve(serving)]
    const caller = createCaller({ baseUrl: [`${first.url}/`, second.url] })
    expect(caller.baseUrl).toBe(first.url)
    expect(await caller.json('POST', '/x', { body: { a: 1 } })).toEqual({ ok: true })
    expect(await caller.text('GET', '/y')).toBe('{"ok":true}')
    expect([first.reached, second.reached]).toEqual([['POST /x {"a":1}'], ['POST /x {"a":1}', 'GET /y ']])
  })

  it('goes to the next where one says so in the header of AuthZEN or as OAuth does', async () => {
    const authzen = await serve((_, response) =>
      response
        .writeHead(503, { 'remit-error': 'standing_by', 'content-type': 'application/json' })
        .end('"It stands by."'),
    )
    const second = await serve(serving)
    expect(await createCaller({ baseUrl: [authzen.url, second.url] }).json('POST', '/x')).toEqual({ ok: true })
  })

  it('goes to the next where nobody listens', async () => {
    const second = await serve(serving)
    const nobody = `http://127.0.0.1:${await findPort(0)}`
    const caller = createCaller({ baseUrl: [nobody, second.url] })
    expect(await caller.json('POST', '/x', { form: { a: '1' } })).toEqual({ ok: true })
    expect(second.reached).toEqual(['POST /x a=1'])
  })

  it('proves itself to the public one, wherever it goes', async () => {
    const [first, second] = [await serve(standing), await serve(serving)]
    const proven: string[] = []
    const headers = async (method: string, url: string) => {
      proven.push(`${method} ${url}`)
      return { dpop: `${proven.length}` }
    }
    await createCaller({ baseUrl: [first.url, second.url], headers }).json('GET', '/x')
    expect(proven).toEqual([`GET ${first.url}/x`, `GET ${first.url}/x`])
  })

  it.each([
    ['closes the connection on it', (request) => void request.socket.destroy()],
    ['has taken no more of the log', refuse(503, 'store_locked')],
    ['cannot write', refuse(503, 'log_unavailable')],
    ['says no', refuse(403, 'denied')],
    ['says that it stands by in another way', refuse(200, 'standing_by')],
  ] as const satisfies readonly (readonly [string, RequestListener])[])(
    'is never sent again where a server %s: it may have been carried out',
    async (_, listen) => {
      const [first, second] = [await serve(listen), await serve(serving)]
      const caller = createCaller({ baseUrl: [first.url, second.url] })
      for (const method of ['GET', 'POST']) {
        await caller.json(method, '/x').catch(() => undefined)
        expect(second.reached.length).toBeLessThanOrEqual(method === 'GET' ? 0 : 1)
      }
      expect(first.reached.length + second.reached.length).toBe(2)
    },
  )

  it('fails as the last one does where none serves, and tries each once', async () => {
    const [first, second] = [await serve(standing), await serve(standing)]
    const nobody = `http://127.0.0.1:${await findPort(0)}`
    const caller = createCaller({ baseUrl: [nobody, first.url, second.url] })
    await expect(caller.json('POST', '/x')).rejects.toMatchObject({ code: 'standing_by', status: 503 })
    expect([first.reached, second.reached]).toEqual([['POST /x '], ['POST /x ']])
    await expect(createCaller({ baseUrl: first.url }).json('GET', '/x')).rejects.toMatchObject({ code: 'standing_by' })
    await expect(createCaller({ baseUrl: [nobody] }).json('GET', '/x')).rejects.toMatchObject({ code: 'unreachable' })
  })
})
