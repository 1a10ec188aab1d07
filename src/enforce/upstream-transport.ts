import { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import type { Clock } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { nextTurn } from '../ground/next-turn.ts'
import { type AnswerRoom, createAnswerRoom } from './incoming/answer-room.ts'
import { AnswerShape } from './incoming/answer-shape.ts'
import { hearInTurns } from './incoming/hear-in-turns.ts'
import { WholeLines } from './incoming/whole-lines.ts'
import { placeAuthorization } from './outward/own-headers.ts'

/** A server that runs as a child of this process and speaks over its standard streams. */
export interface StdioTransport {
  readonly kind: 'stdio'
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string | undefined
  /** Beside HOME, LOGNAME, PATH, SHELL, TERM and USER, all that the child sees of our environment. */
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** A server that speaks streamable HTTP. `headers` carry the credential that the gateway has for it. */
export interface HttpTransport {
  readonly kind: 'http'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** One MCP server behind the gateway. */
export interface UpstreamRow {
  readonly name: string
  readonly transport: StdioTransport | HttpTransport
  /** What of the `_meta` of agents goes on to it, beside the trace; default nothing. */
  readonly passMeta?: readonly string[] | undefined
}

/** A message may be larger than a result by its envelope. */
const messageBytesMax = LIMITS.resultBytesMax + 64 * 1024

/** Gives a transport that is not started yet; `hear` is told what a child writes to its standard error. */
export function makeTransport(row: UpstreamRow, clock: Clock, hear: (chunk: Uint8Array) => void): Transport {
  return row.transport.kind === 'stdio' ? makeStdio(row.transport, clock, hear) : makeHttp(row.transport, clock)
}

function makeStdio(row: StdioTransport, clock: Clock, hear: (chunk: Uint8Array) => void): Transport {
  const transport = new StdioClientTransport({
    command: row.command,
    args: [...row.args],
    env: { ...row.env },
    stderr: 'pipe',
    ...(row.cwd === undefined ? {} : { cwd: row.cwd }),
  })
  // its own costs with the square of a message, and there is no other way to give it one (client 2.4.0)
  Reflect.set(transport, '_readBuffer', new WholeLines(messageBytesMax))
  const start = transport.start.bind(transport)
  transport.start = async () => {
    const begun = start() // makes the child, and listens to it, before it is waited for
    const child: unknown = Reflect.get(transport, '_process')
    const heard = child instanceof ChildProcess && child.stdout !== null ? listenInTurns(child.stdout, clock) : begun
    const { onclose } = transport
    transport.onclose = () => void Promise.allSettled([heard]).then(() => onclose?.()) // its last answer comes before its end
    await begun
  }
  const { stderr } = transport
  if (stderr instanceof Readable) hearInTurns(stderr, hear, clock).catch(() => undefined) // a child whose pipe is not drained would stop
  return transport
}

/** Tells whoever listens to it already no more at once than others can wait for. Resolves once all is told. */
async function listenInTurns(stdout: Readable, clock: Clock): Promise<void> {
  const told = new EventEmitter()
  for (const listener of stdout.listeners('data')) told.on('data', listener as (piece: Buffer) => void) // as a stream tells of data
  stdout.removeAllListeners('data')
  await hearInTurns(stdout, (piece) => told.emit('data', piece), clock).catch(() => undefined) // the child's end says that it was cut
}

function makeHttp(row: HttpTransport, clock: Clock): Transport {
  const room = createAnswerRoom()
  let streamed = 0 // bytes of streams of events since one was opened again
  const note = (bytes: number): void => {
    streamed += bytes
  }
  return new StreamableHTTPClientTransport(new URL(row.url), {
    // one permit is one call: followed within its origin, a call would be sent anew, to whatever is served there
    requestInit: { headers: { ...row.headers }, redirect: 'manual' },
    // the server says how soon its stream is opened again, which may be at once and for ever: each time is a whole body more
    reconnectionScheduler: (reconnect, delayMs) => {
      const waitMs = holdReopening(Math.max(delayMs, streamed / LIMITS.upstreamStreamBytesPerMs))
      streamed = 0
      return clock.after(waitMs, reconnect)
    },
    fetch: async (url, init) => {
      const response = await fetch(url, { ...init, headers: placeAuthorization(init?.headers) })
      const isStream = init?.method === 'GET' || saysEvents(response.headers)
      return isStream || !isSmall(response.headers)
        ? boundBody(response, room, isStream ? note : null)
        : holdWhole(response)
    },
  })
}

function saysEvents(headers: Headers): boolean {
  return /^text\/event-stream\b/i.test(headers.get('content-type') ?? '')
}

function holdReopening(delayMs: number): number {
  return Math.min(Math.max(delayMs, LIMITS.upstreamReopenMinMs), LIMITS.upstreamReopenMaxMs)
}

/**
 * Ends a body that grows beyond what a result may be, or holds more, and lets it come as there is room for it; the bytes of a stream
 * of events count as those of one body, and `note` is told how many have come.
 */
function boundBody(response: Response, room: AnswerRoom, note: ((bytes: number) => void) | null): Response {
  if (response.body === null) return response
  let [bytes, ofTurn] = [0, 0]
  const share = room.enter()
  const shape = new AnswerShape(note !== null)
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    async transform(chunk, controller) {
      bytes += chunk.byteLength
      note?.(chunk.byteLength)
      if (bytes > messageBytesMax || shape.isTooMuch(chunk)) {
        share.leave()
        throw new RemitError('result_too_large')
      }
      if (note !== null && endsEvent(chunk)) share.empty() // who reads it has let go of what came before
      await share.take(chunk.byteLength)
      ofTurn += note === null ? 0 : chunk.byteLength
      if (ofTurn > LIMITS.upstreamTurnBytes) {
        await nextTurn() // so much may be hundreds of messages, and as much again may be there already
        ofTurn = 0
      }
      controller.enqueue(chunk)
    },
    flush: () => share.leave(),
    cancel: () => share.leave(),
  })
  return withBody(response, response.body.pipeThrough(counter))
}

/** What is small is looked at as one piece: it takes no room, and may nest deep all the same. */
async function holdWhole(response: Response): Promise<Response> {
  if (response.body === null) return response
  const bytes = await response.bytes()
  if (new AnswerShape(false).isTooMuch(bytes)) throw new RemitError('result_too_large')
  return withBody(response, bytes)
}

function withBody(
  { status, statusText, headers }: Response,
  body: ConstructorParameters<typeof Response>[0],
): Response {
  return new Response(body, { status, statusText, headers })
}

function endsEvent(chunk: Uint8Array): boolean {
  const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  return text.includes('\n\n') || text.includes('\r\n\r\n')
}

/** True where the connection itself holds a body to its length: it is no longer than it says, and not packed. */
function isSmall(headers: Headers): boolean {
  const length = headers.get('content-length') ?? ''
  return /^\d{1,15}$/.test(length) && Number(length) <= LIMITS.upstreamSmallBytes && !headers.has('content-encoding')
}
