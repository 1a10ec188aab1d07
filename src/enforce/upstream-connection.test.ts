import type { JSONRPCMessage, Transport, TransportSendOptions } from '@modelcontextprotocol/client'
import { describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../ground/clock.ts'
import { LIMITS } from '../ground/limits.ts'
import { nextTurn } from '../ground/next-turn.ts'
import { Connection } from './upstream-connection.ts'

/** What was sent, whatever it is: the tests say what it must be. */
type Parsed = ReturnType<typeof JSON.parse>

/** A transport whose other end is the test. */
class Wire implements Transport {
  onmessage?: (message: JSONRPCMessage) => void
  onclose?: () => void
  onerror?: (error: Error) => void
  hasPerRequestStream = false
  readonly sent: { message: Parsed; options: TransportSendOptions | undefined }[] = []
  start(): Promise<void> {
    return Promise.resolve()
  }
  send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    this.sent.push({ message, options })
    return Promise.resolve()
  }
  close(): Promise<void> {
    this.onclose?.()
    return Promise.resolve()
  }
  say(message: object): void {
    this.onmessage?.({ jsonrpc: '2.0', ...message } as JSONRPCMessage)
  }
}

/** A clock whose timers the test lets run. */
function makeClock(): { clock: Clock; advance: (ms: number) => void } {
  let nowMs = 0
  const timers = new Map<symbol, { atMs: number; run: () => void }>()
  const after = (ms: number, run: () => void): (() => void) => {
    const key = Symbol('timer')
    timers.set(key, { atMs: nowMs + ms, run })
    return () => void timers.delete(key)
  }
  const advance = (ms: number): void => {
    nowMs += ms
    const due = [...timers].filter(([, timer]) => timer.atMs <= nowMs)
    for (const [key, timer] of due) if (timers.delete(key)) timer.run()
  }
  return { clock: { ...systemClock, nowMs: () => nowMs, monotonicMs: () => nowMs, after }, advance }
}

/** Waits for a failure from now on, so that it is not missed. */
function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

async function connect(): Promise<{
  wire: Wire
  connection: Connection
  advance: (ms: number) => void
  seen: string[]
}> {
  const wire = new Wire()
  const seen: string[] = []
  const { clock, advance } = makeClock()
  const connection = new Connection(wire, clock, {
    onClosed: () => seen.push('closed'),
    onToolsChanged: () => seen.push('tools changed'),
  })
  await connection.open()
  return { wire, connection, advance, seen }
}

describe('a connection to a server', () => {
  it('gives each answer to its own question, in whatever order they come', async () => {
    const { wire, connection } = await connect()
    const both = [connection.ask({ method: 'a', params: {} }), connection.ask({ method: 'b', params: {} })]
    const [first, second] = wire.sent.map(({ message }) => message.id)
    wire.say({ id: second, result: { is: 'b' } })
    wire.say({ id: first, error: { code: 1, message: 'a' } })
    expect(await Promise.all(both)).toEqual([{ fault: { code: 1, message: 'a' } }, { result: { is: 'b' } }])
  })

  const ODD: readonly (readonly [string, object])[] = [
    ['an answer to nothing', { id: 999, result: {} }],
    ['an answer with an id of another type', { id: '1', result: {} }],
    ['an error without an id', { error: { code: 1, message: 'x' } }],
    ['progress of nothing', { method: 'notifications/progress', params: { progressToken: 999, progress: 1 } }],
    ['progress without a token', { method: 'notifications/progress' }],
    ['a notification named like a part of every object', { method: 'constructor', params: {} }],
    ['a message to the log', { method: 'notifications/message', params: { level: 'info', data: 'x' } }],
  ]
  it.each(ODD)('goes on after %s', async (_, message) => {
    const { wire, connection } = await connect()
    const asked = connection.ask({ method: 'a', params: {} })
    wire.say(message)
    wire.say({ id: wire.sent[0]?.message.id, result: { ok: true } })
    expect(await asked).toEqual({ result: { ok: true } })
  })

  it('gives up on a server that says nothing for 120 s, and tells it', async () => {
    const { wire, connection, advance } = await connect()
    const asked = failureOf(connection.ask({ method: 'tools/call', params: {} }))
    advance(LIMITS.upstreamTimeoutMs - 1)
    expect(wire.sent).toHaveLength(1)
    advance(1)
    expect(await asked).toMatchObject({ code: 'upstream_timeout' })
    expect(wire.sent[1]?.message).toMatchObject({ method: 'notifications/cancelled', params: { requestId: 1 } })
    expect(wire.sent[0]?.options?.requestSignal?.aborted).toBe(true)
  })

  it('counts progress as a sign of life', async () => {
    const { wire, connection, advance } = await connect()
    const progress: unknown[] = []
    const asked = connection.ask({
      method: 'tools/call',
      params: {},
      onProgress: (params) => progress.push(params['progress']),
    })
    const { id, params } = wire.sent[0]?.message ?? {}
    expect(params._meta.progressToken).toBe(id)
    for (let at = 1; at <= 3; at++) {
      advance(LIMITS.upstreamTimeoutMs - 1)
      wire.say({ method: 'notifications/progress', params: { progressToken: id, progress: at } })
    }
    wire.say({ id, result: {} })
    await asked
    expect(progress).toEqual([1, 2, 3])
  })

  it('rejects with the reason of the one who gave up, and drops the late answer', async () => {
    const { wire, connection } = await connect()
    const leave = new AbortController()
    const asked = failureOf(connection.ask({ method: 'tools/call', params: {}, signal: leave.signal }))
    leave.abort(new Error('enough'))
    expect(await asked).toMatchObject({ message: 'enough' })
    wire.say({ id: 1, result: {} })
    expect(wire.sent.map(({ message }) => message.method)).toEqual(['tools/call', 'notifications/cancelled'])
  })

  it('cancels by ending the stream, and not by a message, where 2026-07-28 over HTTP says so', async () => {
    const { wire, connection } = await connect()
    wire.hasPerRequestStream = true
    connection.modern = true
    const leave = new AbortController()
    const asked = failureOf(connection.ask({ method: 'tools/call', params: {}, signal: leave.signal }))
    leave.abort(new Error('enough'))
    expect(await asked).toMatchObject({ message: 'enough' })
    expect(wire.sent).toHaveLength(1)
    expect(wire.sent[0]?.options?.requestSignal?.aborted).toBe(true)
  })

  it('ends a stream that the server leaves open after its answer, a second later', async () => {
    const { wire, connection, advance } = await connect()
    wire.hasPerRequestStream = true
    const asked = connection.ask({ method: 'tools/call', params: {} })
    wire.say({ id: 1, result: {} })
    expect(await asked).toEqual({ result: {} })
    const signal = wire.sent[0]?.options?.requestSignal
    expect(signal?.aborted).toBe(false)
    advance(LIMITS.upstreamStreamEndMs)
    expect(signal?.aborted).toBe(true)
  })

  it('sends nothing for one who has given up before', async () => {
    const { wire, connection } = await connect()
    await expect(
      connection.ask({ method: 'a', params: {}, signal: AbortSignal.abort(new Error('before')) }),
    ).rejects.toThrow('before')
    expect(wire.sent).toEqual([])
  })

  it('fails what is open when it closes, says so once, and takes nothing after', async () => {
    const { wire, connection, seen } = await connect()
    const asked = failureOf(connection.ask({ method: 'a', params: {} }))
    wire.onclose?.()
    wire.onclose?.()
    expect(await asked).toMatchObject({ code: 'upstream_unavailable' })
    await expect(connection.ask({ method: 'b', params: {} })).rejects.toMatchObject({ code: 'upstream_unavailable' })
    expect(seen).toEqual(['closed'])
  })

  it('answers a ping of the server, and refuses all else that a server may ask', async () => {
    const { wire } = await connect()
    wire.say({ id: 5, method: 'ping' })
    wire.say({ id: 6, method: 'sampling/createMessage', params: {} })
    expect(wire.sent.map(({ message }) => message)).toMatchObject([
      { id: 5, result: {} },
      { id: 6, error: { code: -32601 } },
    ])
  })

  it('answers no more of what a server asks while it takes none of the answers, and goes on when it does', async () => {
    const { wire, connection, advance } = await connect()
    const sent = wire.send.bind(wire)
    wire.send = async (...given) => {
      await sent(...given)
      await new Promise<never>(() => undefined) // it never takes it
    }
    for (let id = 0; id < 1_000; id += 1) wire.say({ id, method: 'ping' })
    expect(wire.sent).toHaveLength(LIMITS.upstreamAnswersMax)
    wire.send = sent
    advance(LIMITS.upstreamStartTimeoutMs)
    await nextTurn()
    wire.say({ id: 'later', method: 'ping' })
    expect(wire.sent.at(-1)?.message).toMatchObject({ id: 'later', result: {} })
    expect(connection.closed).toBe(false)
  })

  it('leaves a server that sends ever more of what is no message, and not one that answers in between', async () => {
    const { wire, connection, seen } = await connect()
    const sendJunk = (times: number): void => {
      for (let at = 0; at < times; at += 1) wire.onerror?.(new SyntaxError('Unexpected token'))
    }
    const first = connection.ask({ method: 'a', params: {} })
    sendJunk(LIMITS.upstreamUnreadMax - 1)
    wire.say({ id: 1, result: {} })
    await first
    const second = failureOf(connection.ask({ method: 'b', params: {} }))
    sendJunk(LIMITS.upstreamUnreadMax - 1)
    wire.onerror?.(new Error('something else')) // a request that failed, for instance
    expect(connection.closed).toBe(false)
    sendJunk(1)
    expect(await second).toMatchObject({ code: 'upstream_unavailable' })
    expect(seen).toEqual(['closed'])
  })

  it('gives up on a server that does not take a message, and ends it', async () => {
    const { wire, connection, advance } = await connect()
    const sent = wire.send.bind(wire)
    wire.send = async (...given) => {
      await sent(...given)
      await new Promise<never>(() => undefined)
    }
    const told = failureOf(connection.notify('notifications/initialized', {}))
    advance(LIMITS.upstreamStartTimeoutMs - 1)
    expect(wire.sent[0]?.options?.requestSignal?.aborted).toBe(false)
    advance(1)
    expect(await told).toMatchObject({ code: 'upstream_timeout' })
    expect(wire.sent[0]?.options?.requestSignal?.aborted).toBe(true)
  })

  it('passes on that the tools changed', async () => {
    const { wire, seen } = await connect()
    wire.say({ method: 'notifications/tools/list_changed' })
    expect(seen).toEqual(['tools changed'])
  })
})
