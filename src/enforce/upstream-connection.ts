import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client'
import { isMembers } from '../contract/read-entry.ts'
import type { Clock } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { AnswerTooLarge } from './incoming/whole-lines.ts'
import type { Members } from './tool-definition.ts'

/** An error as JSON-RPC says it. */
export interface RpcFault {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** What a server answered. */
export type Reply = { readonly result: Members } | { readonly fault: RpcFault }

/** One request to a server. */
export interface Question {
  readonly method: string
  readonly params: Members
  /** Aborting it cancels the request at the server and rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** How long without any sign of life; default 120 s. Progress counts as life. */
  readonly timeoutMs?: number
  /** Called with the parameters of each progress notification that belongs to this request. */
  readonly onProgress?: (params: Members) => void
  /** Extra HTTP headers, for transports that have any. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What a connection tells the one who holds it. */
export interface ConnectionEvents {
  readonly onClosed: () => void
  readonly onToolsChanged: () => void
}

interface Pending {
  readonly onProgress: ((params: Members) => void) | undefined
  readonly settle: (reply: Reply) => void
  readonly fail: (error: unknown) => void
  readonly touch: () => void
}

/**
 * One live connection to a server, raw JSON-RPC with ids of its own. Answers of requests that were given up are
 * dropped. Requests fail with `upstream_unavailable` (closed, cannot be sent), `upstream_timeout`, or the reason of
 * the caller's signal.
 */
export class Connection {
  /** True from the negotiation on where the server speaks 2026-07-28. */
  modern = false
  readonly #transport: Transport
  readonly #clock: Clock
  readonly #events: ConnectionEvents
  readonly #pending = new Map<number, Pending>()
  #nextId = 1
  /** How many answers to questions of the server are on their way. */
  #answering = 0
  /** How many messages came since the last answer that were none. */
  #unread = 0
  #closed = false
  #lost = false
  #lastError: unknown

  constructor(transport: Transport, clock: Clock, events: ConnectionEvents) {
    this.#transport = transport
    this.#clock = clock
    this.#events = events
  }

  /** Starts the transport. Rejects with what the transport says. */
  async open(): Promise<void> {
    this.#transport.onmessage = (message) => this.#receive(message)
    this.#transport.onerror = (error) => this.#note(error)
    this.#transport.onclose = () => this.#lose()
    await this.#transport.start()
  }

  /**
   * To find that a message is none costs more than to read one: over HTTP, where a stream may hold millions, a server that sends
   * so many of them is left. A child that writes its log to its standard output goes on.
   */
  #note(error: unknown): void {
    if (error instanceof AnswerTooLarge)
      this.#pending.get(error.id)?.fail(new RemitError('result_too_large', { cause: error }))
    else this.#lastError = error
    if ('pid' in this.#transport || !isUnread(error)) return
    this.#unread += 1
    if (this.#unread === LIMITS.upstreamUnreadMax) this.close().catch((fault: unknown) => (this.#lastError = fault))
  }

  get closed(): boolean {
    return this.#closed
  }

  /** True where the server gave a session, which each request names. */
  get hasSession(): boolean {
    return this.#transport.sessionId !== undefined
  }

  get pid(): number | null {
    return 'pid' in this.#transport && typeof this.#transport.pid === 'number' ? this.#transport.pid : null
  }

  /** Tells the transport which version was agreed on, so that its headers say so. */
  agreeOn(version: string): void {
    this.#transport.setProtocolVersion?.(version)
  }

  /** Sends a request and gives the server's answer. */
  async ask(question: Question): Promise<Reply> {
    question.signal?.throwIfAborted()
    if (this.#closed) throw this.#unavailable()
    const id = this.#nextId++
    const sending = new AbortController()
    try {
      const reply = await this.#exchange(id, question, sending)
      this.#leaveStream(sending)
      return reply
    } catch (error) {
      this.#giveUp(id, question.method, sending)
      throw error
    } finally {
      this.#pending.delete(id)
    }
  }

  /** Sends what has no answer. A server that does not take it in time is given up: `upstream_timeout`. */
  async notify(method: string, params: Members): Promise<void> {
    await this.#tell({ jsonrpc: '2.0', method, params } as JSONRPCMessage) // parameters are told read-only here
  }

  async #tell(message: JSONRPCMessage): Promise<void> {
    const { promise: tooLate, reject } = Promise.withResolvers<never>()
    const sending = new AbortController()
    const disarm = this.#clock.after(LIMITS.upstreamStartTimeoutMs, () => {
      reject(new RemitError('upstream_timeout'))
      sending.abort()
    })
    try {
      await Promise.race([this.#transport.send(message, { requestSignal: sending.signal }), tooLate])
    } finally {
      disarm()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#transport.close()
    this.#lose()
  }

  async #exchange(id: number, question: Question, sending: AbortController): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    const timeoutMs = question.timeoutMs ?? LIMITS.upstreamTimeoutMs
    const arm = (): (() => void) => this.#clock.after(timeoutMs, () => reject(new RemitError('upstream_timeout')))
    let disarm = arm()
    const touch = (): void => {
      disarm()
      disarm = arm()
    }
    const onAbort = (): void => reject(question.signal?.reason as Error) // whoever aborts does so with an error
    question.signal?.addEventListener('abort', onAbort, { once: true })
    this.#pending.set(id, { onProgress: question.onProgress, settle: resolve, fail: reject, touch })
    const fail = (cause?: unknown): void => reject(this.#unavailable(cause))
    this.#transport
      .send(this.#envelope(id, question), {
        requestSignal: sending.signal,
        onRequestStreamEnd: () => fail(),
        ...(question.headers === undefined ? {} : { headers: question.headers }),
      })
      .catch(fail)
    try {
      return await promise
    } finally {
      disarm()
      question.signal?.removeEventListener('abort', onAbort)
    }
  }

  #envelope(id: number, { method, params, onProgress }: Question): JSONRPCMessage {
    const meta = isMembers(params['_meta']) ? params['_meta'] : {}
    const marked = onProgress === undefined ? params : { ...params, _meta: { ...meta, progressToken: id } }
    return { jsonrpc: '2.0', id, method, params: marked } as JSONRPCMessage // parameters are told read-only here
  }

  /** A server is to end its stream after the answer; one that holds it open would come to hold all that may be open here. */
  #leaveStream(sending: AbortController): void {
    if (this.#transport.hasPerRequestStream !== true) return
    this.#clock.after(LIMITS.upstreamStreamEndMs, () => sending.abort())
  }

  /** Tells the server that nobody waits any more: closing the stream says so in 2026-07-28 over HTTP, else a message. */
  #giveUp(id: number, method: string, sending: AbortController): void {
    const streamSaysIt = this.modern && this.#transport.hasPerRequestStream === true
    if (!this.#closed && !streamSaysIt && method !== 'initialize' && method !== 'server/discover') {
      const told = this.notify('notifications/cancelled', { requestId: id, reason: 'The gateway ended this call.' })
      told.catch((error: unknown) => (this.#lastError = error))
    }
    sending.abort()
  }

  #receive(message: JSONRPCMessage): void {
    if ('method' in message) {
      if ('id' in message) this.#refuseRequest(message)
      else NOTIFICATIONS.get(message.method)?.(this, isMembers(message.params) ? message.params : {})
      return
    }
    const pending = typeof message.id === 'number' ? this.#pending.get(message.id) : undefined
    if (pending !== undefined) this.#unread = 0
    pending?.settle('result' in message ? { result: message.result } : { fault: message.error })
  }

  /**
   * Servers of the older eras may ask their client; this client has nothing to offer but a sign of life. One that asks faster
   * than it takes the answers gets no more of them: over HTTP each is a request of its own.
   */
  #refuseRequest({ id, method }: { id: string | number; method: string }): void {
    if (this.#answering >= LIMITS.upstreamAnswersMax) return
    this.#answering += 1
    const body =
      method === 'ping' ? { result: {} } : { error: { code: -32601, message: 'The gateway does not do this.' } }
    const sent = this.#tell({ jsonrpc: '2.0', id, ...body } as JSONRPCMessage) // either half of it is one
    sent.finally(() => (this.#answering -= 1)).catch((error: unknown) => (this.#lastError = error))
  }

  progressed(params: Members): void {
    const token = params['progressToken']
    const pending = typeof token === 'number' ? this.#pending.get(token) : undefined
    pending?.touch()
    pending?.onProgress?.(params)
  }

  toolsChanged(): void {
    this.#events.onToolsChanged()
  }

  #lose(): void {
    if (this.#lost) return
    this.#lost = true
    this.#closed = true
    const waiting = [...this.#pending.values()]
    this.#pending.clear()
    const error = this.#unavailable()
    for (const each of waiting) each.fail(error)
    this.#events.onClosed()
  }

  /** What the transport said last is the cause of the failure that follows, and of no other. */
  #unavailable(cause: unknown = this.#lastError): RemitError {
    this.#lastError = undefined
    const tooLarge = cause instanceof Error && /exceeded maximum size|result_too_large/.test(cause.message)
    return new RemitError(tooLarge ? 'result_too_large' : 'upstream_unavailable', { cause })
  }
}

/** True for what the transport says of a message that is no JSON, or none of JSON-RPC. */
function isUnread(error: unknown): boolean {
  return error instanceof Error && (error.name === 'SyntaxError' || error.name === 'ZodError')
}

/** What a server may tell without being asked; everything else is dropped. */
const NOTIFICATIONS: ReadonlyMap<string, (connection: Connection, params: Members) => void> = new Map([
  ['notifications/progress', (connection: Connection, params: Members) => connection.progressed(params)],
  ['notifications/tools/list_changed', (connection: Connection) => connection.toolsChanged()],
])
