import type { AgentCaller } from '../authenticate/caller.ts'
import type { AskedBefore } from '../decide/requests.ts'
import type { Members } from '../enforce/tool-definition.ts'
import type { Upstream } from '../enforce/upstream.ts'
import { type ErrorCode, isError, RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { answerJson, answerStream, FrameQueue, type McpAnswer, writeError } from './answer.ts'
import type { ClientEra, Headers } from './era.ts'
import { faultOf, type RequestId } from './message.ts'
import type { McpDoorParts, McpRequest } from './parts.ts'

/** One request on its way through the gateway. */
export interface Exchange {
  readonly parts: McpDoorParts
  readonly caller: AgentCaller
  readonly server: string
  readonly upstream: Upstream
  readonly era: ClientEra
  readonly headers: Headers
  readonly id: RequestId
  readonly params: Members
  /** What the domain of the server has said; absent where none decides on it. */
  readonly asked?: AskedBefore
  /** Aborted with a RemitError when the client left or cancelled, or when its authority was taken back. */
  readonly signal: AbortSignal
  readonly abort: (reason: RemitError) => void
  /** Sends a notification to the client before the answer; dropped where the client takes no stream. */
  readonly emit: (notification: Members) => void
}

/** Handles a method: gives the text of the answering message, with a status of its own where it is not 200, or rejects. */
export type Handler = (exchange: Exchange) => Promise<string | Written>

interface Asked {
  readonly request: McpRequest
  readonly upstream: Upstream
  readonly era: ClientEra
  readonly id: RequestId
  readonly params: Members
  readonly handler: Handler
}

/** The requests that are under way. */
export interface Exchanges {
  run(asked: Asked): Promise<McpAnswer>
  /** Ends the request that a client cancels by a notification: one of the same credential, server and id. */
  cancel(request: McpRequest, requestId: unknown): void
  /** Ends all of them and waits until their work is done, at most 10 s. */
  close(reason: RemitError): Promise<void>
}

/** An answer that is no stream. */
export interface Written {
  readonly status: number
  readonly text: string
  readonly headers?: McpAnswer['headers']
}

type Abort = (reason: RemitError) => void

/** Makes the list of requests under way; each leaves it when its work is done. */
export function createExchanges(parts: McpDoorParts): Exchanges {
  const underWay = new Map<Abort, string>()
  const work = new Set<Promise<unknown>>()
  const track = (promise: Promise<unknown>): void => {
    const tracked = promise.catch(parts.report).finally(() => work.delete(tracked))
    work.add(tracked)
  }
  return {
    run: (asked) => {
      const ending = new AbortController()
      const abort: Abort = (reason) => ending.abort(reason)
      const onGone = (): void => abort(new RemitError('call_cancelled'))
      underWay.set(abort, keyOf(asked.request, asked.id))
      asked.request.signal.addEventListener('abort', onGone, { once: true })
      const leave = (): void => {
        underWay.delete(abort)
        asked.request.signal.removeEventListener('abort', onGone)
      }
      return answer(parts, asked, { ending, abort, onGone, leave, track })
    },
    cancel: (request, requestId) => {
      if (typeof requestId !== 'string' && typeof requestId !== 'number') return
      const meant = [...underWay].filter(([, key]) => key === keyOf(request, requestId))
      if (meant.length === 1) meant[0]?.[0](new RemitError('call_cancelled')) // two of one id: nobody can tell which
    },
    close: async (reason) => {
      for (const abort of underWay.keys()) abort(reason)
      const patience = new AbortController()
      const tooLong = parts.clock.sleep(LIMITS.stopGraceMs, patience.signal).catch(() => undefined)
      await Promise.race([tooLong, Promise.all(work)])
      patience.abort()
    },
  }
}

/** Two clients may share a credential and count alike, so a key may stand for more than one request. */
function keyOf(request: McpRequest, id: RequestId): string {
  return JSON.stringify([request.caller.credential.id, request.server, id])
}

interface Wires {
  readonly ending: AbortController
  readonly abort: Abort
  readonly onGone: () => void
  readonly leave: () => void
  readonly track: (work: Promise<unknown>) => void
}

/** Answers as JSON where nothing comes before the answer, else, and after 10 s, as a stream. */
async function answer(parts: McpDoorParts, asked: Asked, wires: Wires): Promise<McpAnswer> {
  const { request, upstream, era, id, params } = asked
  const queue = new FrameQueue(parts.clock)
  const streaming = Promise.withResolvers<undefined>()
  const emit = (message: Members): void => {
    queue.push(message)
    streaming.resolve(undefined)
  }
  const { caller, server, headers } = request
  const { abort, ending } = wires
  const exchange = { parts, caller, server, headers, upstream, era, id, params, signal: ending.signal, abort, emit }
  const done = writeAnswer(exchange, asked.handler, wires.track).finally(wires.leave)
  if (request.headers['accept']?.includes('text/event-stream') !== true) return toJson(await done)
  wires.track(done.then(({ text }) => queue.end(text)))
  const stopWaiting = parts.clock.after(LIMITS.streamAfterMs, () => streaming.resolve(undefined))
  const written = await Promise.race([done, streaming.promise])
  stopWaiting()
  return written === undefined ? answerStream(queue, wires.onGone) : toJson(written)
}

function toJson({ status, text, headers }: Written): McpAnswer {
  return answerJson(status, text, headers)
}

/** What is refused before a decision, and so would leave no trace of its own. */
const UNDECIDED: readonly ErrorCode[] = ['request_invalid', 'header_mismatch', 'rate_limited']

/**
 * Writes the answer, or the reason why it is ended, wherever it stands: who is cut off is told at once. The handler
 * goes on to record what became of its call; what goes wrong there is reported.
 */
async function writeAnswer(exchange: Exchange, handler: Handler, track: Wires['track']): Promise<Written> {
  const { signal, parts, id } = exchange
  const ended = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => ended.reject(signal.reason as RemitError), { once: true }) // see `Abort`
  const working = handler(exchange)
  const reportLater = (error: unknown): void => {
    if (signal.aborted && error !== signal.reason) parts.report(error)
  }
  track(working.then(() => undefined, reportLater))
  try {
    const said = await Promise.race([working, ended.promise])
    return typeof said === 'string' ? { status: 200, text: said } : said
  } catch (error) {
    if (!(error instanceof RemitError) || error.code === 'internal') parts.report(error)
    else if (UNDECIDED.includes(error.code))
      await parts.house.noteRefusal(exchange.caller, exchange.server, error.code, error.detail).catch(parts.report)
    return { status: isError(error, 'header_mismatch') ? 400 : 200, text: writeError(id, faultOf(error)) }
  }
}
