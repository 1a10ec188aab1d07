import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import type { Transport } from '@modelcontextprotocol/client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../ground/clock.ts'
import { LIMITS } from '../ground/limits.ts'
import { makeTransport } from './upstream-transport.ts'

let close: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const each of close.reverse()) await each()
  close = []
})

/** A started transport to a server that answers so. */
async function connectTo(answer: (response: ServerResponse) => void, clock = systemClock): Promise<Transport> {
  const server = createServer((_request, response) => answer(response.setHeader('content-type', 'application/json')))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
  const transport = makeTransport({ name: 'docs', transport: { kind: 'http', url } }, clock, () => undefined)
  close.push(
    async () => server.close().closeAllConnections(),
    () => transport.close(),
  )
  await transport.start()
  return transport
}

/** Asks over a transport, and gives what it hears: the message, or that there was none. */
async function hearFrom(answer: (response: ServerResponse) => void): Promise<unknown> {
  const transport = await connectTo(answer)
  const heard = new Promise((resolve) => {
    transport.onmessage = resolve
  })
  const sent = transport.send(asked)
  return await Promise.race([heard, sent.then(() => heard)]).catch(String)
}

const asked = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} } as const
const said = (chars: number): string => JSON.stringify({ jsonrpc: '2.0', id: 1, result: { text: 'x'.repeat(chars) } })
const tooMuch = said(LIMITS.resultBytesMax + 64 * 1024)

describe('an answer over HTTP', () => {
  it.each<[string, (response: ServerResponse) => void]>([
    ['that says how long it is', (response) => response.end(said(10))],
    ['that comes in pieces', (response) => void Readable.from([said(10)]).pipe(response)],
    ['that is packed', (response) => response.setHeader('content-encoding', 'gzip').end(gzipSync(said(10)))],
  ])('%s is read', async (_, answer) => {
    expect(await hearFrom(answer)).toEqual(JSON.parse(said(10)))
  })

  it.each<[string, (response: ServerResponse) => void]>([
    ['that says how long it is', (response) => response.end(tooMuch)],
    ['that comes in pieces', (response) => void Readable.from([tooMuch]).pipe(response)],
    ['that is packed', (response) => response.setHeader('content-encoding', 'gzip').end(gzipSync(tooMuch))],
  ])('%s and is larger than may be is not read to its end', async (_, answer) => {
    expect(await hearFrom(answer)).toContain('result_too_large')
  })

  it.each<[string, string]>([
    ['holds very many values', `[${'{},'.repeat(LIMITS.resultValuesMax)}0]`],
    ['nests without end', '['.repeat(500_000) + ']'.repeat(500_000)],
  ])('that %s is not read', async (_, value) => {
    const text = `{"jsonrpc":"2.0","id":1,"result":{"a":${value}}}`
    expect(await hearFrom((response) => response.end(text))).toContain('result_too_large')
  })

  it.each([
    ['deep', 25_000, 'result_too_large'],
    ['no deeper than may be', LIMITS.resultDepthMax - 2, '{"jsonrpc"'],
  ])('that is small and %s is looked at as a large one is', async (_, levels, heard) => {
    const nested = `{"jsonrpc":"2.0","id":1,"result":{"deep":${'['.repeat(levels)}${']'.repeat(levels)}}}`
    const said = await hearFrom((response) => response.end(nested))
    expect(typeof said === 'string' ? said : JSON.stringify(said)).toContain(heard)
  })

  it('that is longer than it says is read as far as it says', async () => {
    const answer = (response: ServerResponse): void => {
      const { socket } = response
      const head = ['HTTP/1.1 200 OK', 'content-type: application/json', `content-length: ${said(10).length}`]
      socket?.end(`${head.join('\r\n')}\r\n\r\n${said(10)}${tooMuch}`)
    }
    expect(await hearFrom(answer)).toEqual(JSON.parse(said(10)))
  })

  it.each([
    ['comes in pieces too', [`content-length: ${said(10).length}`, 'transfer-encoding: chunked']],
    ['came in pieces before that', ['transfer-encoding: chunked', `content-length: ${said(10).length}`]],
    ['is packed on the way', [`content-length: ${said(10).length}`, 'transfer-encoding: gzip']],
    ['says another length', [`content-length: ${said(10).length}`, `content-length: ${tooMuch.length}`]],
    ['says two lengths at once', [`content-length: ${said(10).length}, ${tooMuch.length}`]],
    ['says a length that is none', [`content-length: +${said(10).length}`]],
  ])('that says how long it is and %s is refused', async (_, lengths) => {
    const answer = ({ socket }: ServerResponse): void => {
      const head = ['HTTP/1.1 200 OK', 'content-type: application/json', ...lengths]
      socket?.end(`${head.join('\r\n')}\r\n\r\n${tooMuch.length.toString(16)}\r\n${tooMuch}\r\n0\r\n\r\n`)
    }
    expect(await hearFrom(answer)).toContain('fetch failed')
  })
})

describe('large answers at once', () => {
  const large = said(LIMITS.resultBytesMax - 1024)
  const count = 6

  it('are all read, though they come to more than there is room for', async () => {
    const transport = await connectTo((response) => void Readable.from([large]).pipe(response))
    let heard = 0
    const all = new Promise<void>((resolve) => {
      transport.onmessage = () => ++heard === count && resolve()
    })
    await Promise.all(Array.from({ length: count }, () => transport.send(asked)))
    await all
    expect(heard).toBe(count)
  })

  it('that nobody waits for any more keep no room', async () => {
    let begun = 0
    const transport = await connectTo((response) => {
      begun += 1
      if (begun > count) response.end(said(LIMITS.resultBytesMax - 2048))
      else response.write(large.slice(0, -1))
    })
    const gone = new AbortController()
    const given = Array.from({ length: count }, () => transport.send(asked, { requestSignal: gone.signal }))
    const ended = Promise.allSettled(given)
    await vi.waitUntil(() => begun === count, 60_000)
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    gone.abort()
    await ended
    const heard = new Promise((resolve) => {
      transport.onmessage = resolve
    })
    await transport.send(asked)
    expect(await heard).toMatchObject({ id: 1 })
  })
})

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('with status %i is not followed, within its origin neither', async (status) => {
    let asked = 0
    const redirect = (response: ServerResponse): void => {
      asked += 1
      if (asked === 1) response.writeHead(status, { location: '/other' }).end()
      else response.end(said(10))
    }
    expect(await hearFrom(redirect)).toContain('not followed')
    expect(asked).toBe(1)
  })
})

describe('a stream of events that ends without an answer', () => {
  /** How long is waited before a stream is opened again that says so of itself. */
  async function waitAfter(stream: string): Promise<number> {
    const waited = Promise.withResolvers<number>()
    const after = (ms: number): (() => void) => {
      waited.resolve(ms)
      return () => undefined
    }
    const transport = await connectTo(
      (response) => response.setHeader('content-type', 'text/event-stream').end(stream),
      { ...systemClock, after },
    )
    await transport.send(asked)
    return await waited.promise
  }

  it.each([
    ['at once', 0, LIMITS.upstreamReopenMinMs],
    ['soon', 2_000, 2_000],
    ['in a year', 365 * 24 * 3_600_000, LIMITS.upstreamReopenMaxMs],
  ])('is opened again, but neither without a pause nor never, where the server says %s', async (_, saidMs, waitsMs) => {
    expect(await waitAfter(`id: 1\nretry: ${saidMs}\ndata:\n\n`)).toBe(waitsMs)
  })

  it('is opened again the later the more it has brought', async () => {
    const stream = `id: 1\nretry: 0\ndata:\n\n:${'x'.repeat(4 * 1024 * 1024)}\n\n`
    expect(await waitAfter(stream)).toBe(stream.length / LIMITS.upstreamStreamBytesPerMs)
  })
})

describe('a stream of very many events', () => {
  it('leaves others their turns, and is read to its end', async () => {
    const note = `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1 } })}\n\n`
    const pieces = [...Array.from({ length: 32 }, () => note.repeat(200)), `data: ${said(10)}\n\n`]
    const body = (): ReadableStream => ReadableStream.from(pieces.map((piece) => Buffer.from(piece))) // all of it is there at once
    const headers = { 'content-type': 'text/event-stream' }
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response(body(), { headers }))
    const transport = makeTransport(
      { name: 'docs', transport: { kind: 'http', url: 'http://127.0.0.1/mcp' } },
      systemClock,
      () => undefined,
    )
    close.push(() => transport.close())
    await transport.start()
    let [notes, turns] = [0, 0]
    const countTurns = (): unknown =>
      setImmediate(() => {
        turns += 1
        if (turns < 10_000) countTurns()
      })
    const answered = new Promise((resolve) => {
      transport.onmessage = (message) => {
        if (notes === 0) countTurns()
        if ('method' in message) notes += 1
        else resolve(message)
      }
    })
    await transport.send(asked)
    expect(await answered).toEqual(JSON.parse(said(10)))
    expect([notes, turns >= 30]).toEqual([6_400, true])
    turns = 10_000
    vi.restoreAllMocks()
  })
})

describe('a child that writes without end', () => {
  const answer = JSON.stringify(`${said(10)}\n`)

  it.each<[string, string, number]>([
    ['its standard output', `process.stdout.write('y\\n'.repeat(16 * 1024) + ${answer})`, 0],
    [
      'its standard error',
      `process.stderr.write('y\\n'.repeat(16 * 1024)); process.stdout.write(${answer})`,
      32 * 1024,
    ],
  ])('to %s leaves others their turns, and is heard to its end', async (_, flood, errorBytes) => {
    let [looks, turns, bytes] = [0, 0, 0]
    const countTurns = (): unknown =>
      setImmediate(() => {
        turns += 1
        if (turns < 10_000) countTurns()
      })
    const look = (): number => {
      if (looks === 0) countTurns()
      looks += 1
      return looks * LIMITS.turnMs // so that a turn is over at each look
    }
    const whole = Promise.withResolvers<void>()
    const hear = (chunk: Uint8Array): void => {
      bytes += chunk.length
      if (bytes === errorBytes) whole.resolve()
    }
    const transport = { kind: 'stdio', command: process.execPath, args: ['-e', flood] } as const
    const started = makeTransport({ name: 'docs', transport }, { ...systemClock, monotonicMs: look }, hear)
    const heard: unknown[] = []
    started.onmessage = (message) => void heard.push(message)
    const ended = new Promise<void>((resolve) => {
      started.onclose = resolve
    })
    close.push(() => started.close())
    await started.start()
    await ended
    if (errorBytes > 0) await whole.promise
    expect(heard).toEqual([JSON.parse(said(10))])
    expect(turns).toBeGreaterThan(1_000)
  })
})
