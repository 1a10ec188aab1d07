import { SdkHttpError } from '@modelcontextprotocol/client'
import { isMembers } from '../contract/read-entry.ts'
import type { Clock } from '../ground/clock.ts'
import { isError, RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { LastWords } from './last-words.ts'
import type { Members, ToolDefinition } from './tool-definition.ts'
import { Connection, type Question, type Reply } from './upstream-connection.ts'
import { type Era, MODERN_META, negotiateEra } from './upstream-era.ts'
import { readTools } from './upstream-tools.ts'
import { makeTransport, type UpstreamRow } from './upstream-transport.ts'

/** A server's tools by name, sorted. */
export type Tools = ReadonlyMap<string, ToolDefinition>

interface Live {
  readonly connection: Connection
  readonly era: Era
  readonly openedMs: number
}

/**
 * One MCP server behind the gateway, whatever it speaks. Connects when it is first needed, and again after it died:
 * at once where it had run for a while, else with a growing pause (250 ms to 30 s) in which it counts as down.
 * Errors: `upstream_unavailable`, `upstream_timeout`, `result_too_large`, or the reason of the caller's signal.
 */
export class Upstream {
  readonly name: string
  readonly kind: 'stdio' | 'http'
  readonly #row: UpstreamRow
  readonly #clock: Clock
  readonly #open: typeof makeTransport
  readonly #said: LastWords
  #live: Promise<Live> | undefined
  #opening: Connection | undefined
  #tools: { readonly read: Promise<Tools>; readonly atMs: number } | undefined
  #knownEra: 'legacy' | 'modern' | undefined
  #failures = 0
  #lastFault: unknown
  #retryAtMs = 0
  #isUp = false
  #closed = false

  constructor(row: UpstreamRow, clock: Clock, open = makeTransport) {
    this.name = row.name
    this.kind = row.transport.kind
    this.#row = row
    this.#clock = clock
    this.#open = open
    this.#said = new LastWords(row.transport.kind === 'stdio' ? row.transport.env : {})
  }

  /** True while a connection stands. */
  get isUp(): boolean {
    return this.#isUp
  }

  /** What of the `_meta` of agents goes on to it. */
  get passMeta(): readonly string[] {
    return this.#row.passMeta ?? []
  }

  /** The last lines that its newest child wrote to its standard error, fit to be shown. */
  get lastWords(): readonly string[] {
    return this.#said.show()
  }

  /**
   * Sends a request in the words of the server's era and gives its answer. Only what reads is ever sent a second time:
   * a server may have done a call and refuse it nevertheless, and one permit is one call.
   */
  async ask(question: Question): Promise<Reply> {
    const live = await this.#connect()
    try {
      return await this.#askOn(live, question)
    } catch (error) {
      const { hasSession } = live.connection
      const isRead = READS.includes(question.method)
      const refused = live.era.modern ? undefined : refusalStatus(error)
      // Whoever answers next may be another one, or have forgotten the session. A call alone, without a session to
      // lose, ends nothing: it may be refused for what is in it, and others wait for their answers here. Nor does one
      // under which a connection broke off: the others have theirs.
      const isOver = refused !== undefined && (hasSession || isRead)
      const isGone = isUnanswered(error) && (isRead || !isBrokenOff(error))
      if (isOver || isGone) await live.connection.close()
      if (refused !== sessionGoneStatus || !hasSession || !isRead) throw error
      return this.#askOn(await this.#connect(), question)
    }
  }

  /**
   * Gives the tools that the server offers now. Read again after the server said that they changed, after a new
   * connection, and after 60 s, since a server that means harm would not say.
   */
  async listTools(): Promise<Tools> {
    const live = await this.#connect()
    const nowMs = this.#clock.monotonicMs()
    if (this.#tools !== undefined && nowMs - this.#tools.atMs < LIMITS.toolDefinitionsMaxAgeMs) return this.#tools.read
    const read = live.era.offersTools ? readTools((question) => this.ask(question)) : Promise.resolve(new Map())
    const tools = { read, atMs: nowMs }
    this.#tools = tools
    read.catch(() => {
      if (this.#tools === tools) this.#tools = undefined // a failure is told to who waits for it, and not kept
    })
    return read
  }

  /** Ends the connection, and the child where there is one. What was asked fails with `upstream_unavailable`. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#opening?.close() // a server that does not answer must not hold up the end
    const live = await this.#live?.catch(() => undefined) // one that never came up has nothing to close
    await live?.connection.close()
  }

  #askOn(live: Live, question: Question): Promise<Reply> {
    if (!live.era.modern) return live.connection.ask(question)
    const meta = isMembers(question.params['_meta']) ? question.params['_meta'] : {}
    const params: Members = { ...question.params, _meta: { ...meta, ...MODERN_META } }
    return live.connection.ask({ ...question, params })
  }

  #connect(): Promise<Live> {
    if (this.#closed) return Promise.reject(new RemitError('upstream_unavailable'))
    this.#live ??= this.#start()
    return this.#live
  }

  async #start(): Promise<Live> {
    try {
      await this.#pause()
      const live = await this.#negotiate().catch((error: unknown) => {
        if (this.#knownEra === 'legacy') return this.#negotiate()
        throw error
      })
      if (live.connection.closed) throw new RemitError('upstream_unavailable')
      this.#isUp = true
      return live
    } catch (error) {
      this.#live = undefined
      throw isError(error, 'upstream_unavailable') ? error : new RemitError('upstream_unavailable', { cause: error })
    }
  }

  /** Waits out a short pause; a long one is answered with the time after which it is worth asking again. */
  async #pause(): Promise<void> {
    const waitMs = this.#retryAtMs - this.#clock.monotonicMs()
    if (waitMs > LIMITS.upstreamPatienceMs) {
      const facts = { retryAfterMs: Math.ceil(waitMs) }
      throw new RemitError('upstream_unavailable', { facts, cause: this.#lastFault })
    }
    if (waitMs > 0) await this.#clock.sleep(waitMs)
  }

  async #negotiate(): Promise<Live> {
    if (this.#closed) throw new RemitError('upstream_unavailable')
    const connection = this.#newConnection()
    this.#opening = connection
    try {
      await connection.open()
      const era = await negotiateEra(connection, this.#knownEra)
      this.#knownEra = era.modern ? 'modern' : 'legacy'
      return { connection, era, openedMs: this.#clock.monotonicMs() }
    } catch (error) {
      // A strict older server may die of a question that it does not know; one more try goes without it.
      this.#knownEra = this.#knownEra === undefined && connection.closed ? 'legacy' : undefined
      this.#noteFailure()
      this.#lastFault = error
      await connection.close()
      throw error
    } finally {
      this.#opening = undefined
    }
  }

  #newConnection(): Connection {
    const openedMs = this.#clock.monotonicMs()
    this.#said.clear()
    const transport = this.#open(this.#row, this.#clock, (chunk) => this.#said.hear(chunk))
    const connection: Connection = new Connection(transport, this.#clock, {
      onToolsChanged: () => (this.#tools = undefined),
      onClosed: () => this.#onClosed(openedMs),
    })
    return connection
  }

  #onClosed(openedMs: number): void {
    if (!this.#isUp) return
    this.#isUp = false
    this.#live = undefined
    this.#tools = undefined
    if (this.#clock.monotonicMs() - openedMs >= LIMITS.upstreamSteadyMs) this.#failures = 0
    else this.#noteFailure()
  }

  #noteFailure(): void {
    const pauseMs = Math.min(LIMITS.upstreamBackoffMaxMs, LIMITS.upstreamBackoffMinMs * 2 ** this.#failures)
    this.#failures = Math.min(this.#failures + 1, 16)
    this.#retryAtMs = this.#clock.monotonicMs() + pauseMs
  }
}

/** What only reads, so that it may be asked again. */
const READS: readonly string[] = ['tools/list']

/** By this a server of the older eras says that it no longer has the session (2025-11-25, transports). */
const sessionGoneStatus = 404

/** Gives the status by which a server may mean that it no longer has a session: 404, in practice 400 too. */
function refusalStatus(error: unknown): number | undefined {
  if (!isError(error, 'upstream_unavailable') || !(error.cause instanceof SdkHttpError)) return undefined
  const { status } = error.cause
  return status === sessionGoneStatus || status === 400 ? status : undefined
}

/** True where the network gave no answer at all: `fetch` says so with a TypeError. */
function isUnanswered(error: unknown): error is RemitError {
  return isError(error, 'upstream_unavailable') && error.cause instanceof TypeError
}

/** How it is said that a connection was there, and ended: that may be for what one request holds, or after a pause. */
const BREAKS: readonly unknown[] = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']

function isBrokenOff({ cause: fault }: { readonly cause?: unknown }): boolean {
  const cause = fault instanceof Error ? fault.cause : undefined
  return cause instanceof Error && 'code' in cause && BREAKS.includes(cause.code)
}

/** The servers behind the gateway, by name. */
export interface Upstreams {
  find(name: string): Upstream | undefined
  all(): readonly Upstream[]
  close(): Promise<void>
}

/** Makes an upstream of each row; none is connected before it is needed. */
export function createUpstreams(rows: readonly UpstreamRow[], clock: Clock): Upstreams {
  const upstreams = new Map(rows.map((row) => [row.name, new Upstream(row, clock)]))
  return {
    find: (name) => upstreams.get(name),
    all: () => [...upstreams.values()],
    close: async () => void (await Promise.all([...upstreams.values()].map((each) => each.close()))),
  }
}
