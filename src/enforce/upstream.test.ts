import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../ground/clock.ts'
import { Upstream } from './upstream.ts'

let close: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const each of close.reverse()) await each()
  close = []
})

/** How an older server refuses a method that it has done already. */
interface Refusing {
  readonly method: string
  readonly status: number
  /** It gives sessions; else it keeps none. */
  readonly sessions: boolean
}

/** In place of a status: it breaks the connection off. */
const BREAKS_OFF = 0

/** Stands before a server of the older era over HTTP that refuses a method once; `seen` are the methods that it got. */
async function stand(refusing: Refusing): Promise<{ upstream: Upstream; seen: string[] }> {
  const seen: string[] = []
  const server = createServer((request, response) => void answer(refusing, seen, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
  const upstream = new Upstream({ name: 'older', transport: { kind: 'http', url } }, systemClock)
  close.push(
    () => new Promise((resolve) => server.close(() => resolve())),
    async () => server.closeAllConnections(),
    () => upstream.close(),
  )
  return { upstream, seen }
}

const RESULTS: Readonly<Record<string, object>> = {
  initialize: {
    protocolVersion: '2025-06-18',
    capabilities: { tools: {} },
    serverInfo: { name: 'older', version: '1' },
  },
  'tools/list': { tools: [{ name: 'pay', inputSchema: { type: 'object' } }] },
  'tools/call': { content: [] },
}

async function answer(
  { method: refused, status, sessions }: Refusing,
  seen: string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST') return void response.writeHead(405).end()
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { id, method } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { id?: number; method: string }
  seen.push(method)
  const isFirst = seen.filter((each) => each === method).length === 1
  const result = RESULTS[method]
  if (method === refused && isFirst && status === BREAKS_OFF) request.socket.destroy()
  else if (method === 'server/discover' || (method === refused && isFirst)) {
    response.writeHead(method === refused ? status : 400).end('The receipt could not be written.')
  } else if (result === undefined) {
    response.writeHead(202).end()
  } else {
    const session = sessions && method === 'initialize' ? { 'mcp-session-id': `s${seen.length}` } : {}
    response.writeHead(200, { 'content-type': 'application/json', ...session })
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result }))
  }
}

const times = (seen: readonly string[], method: string): number => seen.filter((each) => each === method).length
const call = { method: 'tools/call', params: { name: 'pay', arguments: {} } }
const list = { method: 'tools/list', params: {} }

describe('a call that an older server refuses over HTTP', () => {
  it.each([
    [400, false],
    [404, false],
    [400, true],
    [404, true],
  ])('with %i (sessions: %s) is sent once, as it may be done, and the next one arrives', async (status, sessions) => {
    const { upstream, seen } = await stand({ method: 'tools/call', status, sessions })
    await expect(upstream.ask(call)).rejects.toMatchObject({ code: 'upstream_unavailable' })
    expect(times(seen, 'tools/call')).toBe(1)
    expect(await upstream.ask(call)).toEqual({ result: { content: [] } })
    expect(times(seen, 'initialize')).toBe(sessions ? 2 : 1)
  })

  it('without a session to lose does not end what others wait for', async () => {
    const { upstream } = await stand({ method: 'tools/call', status: 400, sessions: false })
    const [refused, other] = await Promise.allSettled([upstream.ask(call), upstream.ask(call)])
    expect([refused?.status, other?.status].sort()).toEqual(['fulfilled', 'rejected'])
  })
})

describe('a call under which a server breaks the connection off', () => {
  it.each([true, false])('ends no other one, and is sent once (sessions: %s)', async (sessions) => {
    const { upstream, seen } = await stand({ method: 'tools/call', status: BREAKS_OFF, sessions })
    const [broken, other] = await Promise.allSettled([upstream.ask(call), upstream.ask(call)])
    expect([broken?.status, other?.status].sort()).toEqual(['fulfilled', 'rejected'])
    expect(await upstream.ask(call)).toEqual({ result: { content: [] } })
    expect([times(seen, 'tools/call'), times(seen, 'initialize'), upstream.isUp]).toEqual([3, 1, true])
  })
})

describe('a list of tools that an older server refuses over HTTP', () => {
  it('because it forgot the session is asked for again, in a new one', async () => {
    const { upstream, seen } = await stand({ method: 'tools/list', status: 404, sessions: true })
    expect(await upstream.ask(list)).toMatchObject({ result: { tools: [{ name: 'pay' }] } })
    expect([times(seen, 'tools/list'), times(seen, 'initialize')]).toEqual([2, 2])
  })

  it.each([
    [400, true],
    [404, false],
    [500, true],
  ])('with %i (sessions: %s) is not asked for again', async (status, sessions) => {
    const { upstream, seen } = await stand({ method: 'tools/list', status, sessions })
    await expect(upstream.ask(list)).rejects.toMatchObject({ code: 'upstream_unavailable' })
    expect(times(seen, 'tools/list')).toBe(1)
  })
})
