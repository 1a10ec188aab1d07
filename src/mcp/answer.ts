import type { Members } from '../enforce/tool-definition.ts'
import type { Clock } from '../ground/clock.ts'
import { LIMITS } from '../ground/limits.ts'
import type { Refusal, RequestId } from './message.ts'

/** What the HTTP door sends back. An iterable body is a stream of server-sent events; ending it early ends the call. */
export interface McpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | AsyncIterable<string>
}

const JSON_HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' }
const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
}

/** Answers with one JSON-RPC message. */
export function answerJson(status: number, text: string, headers: McpAnswer['headers'] = {}): McpAnswer {
  return { status, headers: { ...JSON_HEADERS, ...headers }, body: text }
}

/** Answers a message that has no answer. */
export function answerAccepted(): McpAnswer {
  return { status: 202, headers: {}, body: '' }
}

/** Answers with an error. An id that is not known is left out: both schemas want a text or a number. */
export function answerRefusal(refusal: Refusal, headers: Readonly<Record<string, string>> = {}): McpAnswer {
  const body = writeError(refusal.id, refusal.fault)
  return { status: refusal.status, headers: { ...JSON_HEADERS, ...headers }, body }
}

/** Writes the message that carries a result. */
export function writeResult(id: RequestId, result: Members): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result })
}

/** Writes the message that carries an error. */
export function writeError(id: RequestId | undefined, error: Refusal['fault']): string {
  return JSON.stringify({ jsonrpc: '2.0', ...(id === undefined ? {} : { id }), error })
}

/** A comment, which readers of events pass over: proxies take a stream that says nothing for a dead one, and cut it. */
const PULSE = ':\n\n'

/**
 * Frames between a call and its reader. Progress that nobody reads is dropped, oldest first; the last message is not. Where none
 * is there to begin with, and where none comes for `LIMITS.streamPulseMs`, a comment does.
 */
export class FrameQueue {
  readonly #clock: Pick<Clock, 'after'>
  readonly #frames: string[] = []
  #last: string | undefined
  #ended = false
  #wake: (() => void) | undefined

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock
  }

  push(message: Members): void {
    if (this.#ended) return
    if (this.#frames.length >= LIMITS.streamFramesMax) this.#frames.shift()
    this.#frames.push(frame(JSON.stringify(message)))
    this.#wake?.()
  }

  /** Ends the stream with its last message. */
  end(text: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#last = frame(text)
    this.#wake?.()
  }

  /** Reads the frames in order; `onLeft` is called when the reader goes before the end. */
  async *read(onLeft: () => void): AsyncIterable<string> {
    try {
      if (this.#frames.length === 0) yield PULSE // nginx hands no head on by HTTP/2 before the first byte
      while (true) {
        const next = this.#frames.shift()
        if (next !== undefined) yield next
        else if (this.#ended) break
        else if ((await this.#wait()) === 'silence') yield PULSE
      }
      if (this.#last !== undefined) yield this.#last
    } finally {
      if (!this.#ended) onLeft()
    }
  }

  async #wait(): Promise<'more' | 'silence'> {
    const { promise, resolve } = Promise.withResolvers<'more' | 'silence'>()
    this.#wake = () => resolve('more')
    const stop = this.#clock.after(LIMITS.streamPulseMs, () => resolve('silence'))
    const came = await promise
    stop()
    return came
  }
}

function frame(text: string): string {
  return `event: message\ndata: ${text}\n\n`
}

/** Answers with the frames of a queue. */
export function answerStream(queue: FrameQueue, onLeft: () => void): McpAnswer {
  return { status: 200, headers: STREAM_HEADERS, body: queue.read(onLeft) }
}
