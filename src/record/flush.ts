import { type Change, changeKey, type Fact } from '../contract/change.ts'
import { equalBytes } from '../contract/log/bytes.ts'
import type { Clock } from '../ground/clock.ts'
import { sha256 } from '../ground/digest.ts'
import { ERRORS } from '../ground/error-table.ts'
import { isError, RemitError } from '../ground/errors.ts'
import type { Ids } from '../ground/ids.ts'
import { LIMITS } from '../ground/limits.ts'
import { type AwaitedTurn, awaitTurn } from '../ground/next-turn.ts'
import { signHead } from './checkpoint.ts'
import { isDamage, isLate, isTakenLate, type LogCondition, refusalOf, refuseUnlessOpen, sayFault } from './condition.ts'
import { type SealedWrite, sealFact, sealWrite } from './entry.ts'
import { type Frontier, growFrontier } from './frontier.ts'
import type { HeadFile } from './head-file.ts'
import { markRecorded, type Recorded } from './recorded.ts'
import type { LogSigner } from './signer.ts'
import type { CloseBatch, LogHead, RecordStore, Write, Written } from './store.ts'

/** Where the log ends: the edge of its tree and the signed head over it. */
export interface Tail {
  readonly frontier: Frontier
  readonly head: LogHead
}

/** What a flush needs. `headFile` is null where the store cannot be replaced under us. */
export interface FlushParts {
  readonly store: RecordStore
  readonly signer: LogSigner
  readonly clock: Clock
  /** Where the salts of rows come from. */
  readonly ids: Pick<Ids, 'secret'>
  readonly org: string
  readonly origin: string
  readonly headFile: HeadFile | null
  /** Told of each commit that was kept how long it took, in milliseconds. */
  readonly noteCommit?: ((tookMs: number) => void) | undefined
  /** Told once, and by what, when the log breaks. */
  readonly noteBroken?: ((detail: string) => void) | undefined
}

interface Waiting {
  readonly fact: Fact
  readonly sealed: SealedWrite
  readonly atMs: number
  readonly settle: (recorded: Recorded) => void
  readonly refuse: (error: Error) => void
}

/** A batch on its way to the store, and what it would make of the log. */
interface Batch {
  readonly waiting: readonly Waiting[]
  readonly places: Map<number, Waiting>
  closed: Tail | null
}

const OPEN: LogCondition = { state: 'open', detail: '', facts: {} }
const SLOW: LogCondition = { state: 'failing', detail: 'A commit has been under way for too long.', facts: {} }
const LATE: LogCondition = { state: 'late', detail: ERRORS.clock_behind.sentence, facts: {} }
const UNHEADED: LogCondition = {
  state: 'open',
  detail: 'The newest checkpoint cannot be written to its file beside the store; look at log.head in the data folder.',
  facts: {},
}

/**
 * Group commit: facts that arrive while the store is busy, or in the same turn of the event loop, share one transaction; it
 * begins before that turn ends where `LIMITS.flushAheadFacts` wait. Owned by one log; the tail moves only here, and only after
 * the store has said that it is durable.
 */
export class Flush {
  readonly #parts: FlushParts
  #tail: Tail
  #lastAtMs: number
  #condition: LogCondition = OPEN
  /** When the commit that is under way began, and when one was last not kept, on the clock that only grows. */
  #commitSinceMs: number | null = null
  #failedMs = Number.NEGATIVE_INFINITY
  #isStopping = false
  #queue: Waiting[] = []
  #queueBytes = 0
  /** How many entries there will be once all is written that was taken in. */
  #likelySize: number
  #running: Promise<void> | null = null
  /** The turn that is waited for while facts are gathered; null where none is. */
  #turn: AwaitedTurn | null = null
  /** Batches whose commit was never answered: one of them may still land. */
  #doubts: Batch[] = []
  readonly #stopped = new AbortController()

  constructor(parts: FlushParts, tail: Tail, lastAtMs: number) {
    this.#parts = parts
    this.#tail = tail
    this.#likelySize = tail.head.size
    this.#lastAtMs = lastAtMs
  }

  get head(): LogHead {
    return this.#tail.head
  }

  /** Time of the newest fact that was taken in. */
  get lastAtMs(): number {
    return this.#lastAtMs
  }

  get condition(): LogCondition {
    const isTaking = this.#condition.state === 'open' || this.#condition.state === 'failing'
    if (this.#isStopping && isTaking) return { ...this.#condition, state: 'stopping' }
    if (this.#condition.state !== 'open') return this.#condition
    if (this.#isSlow()) return SLOW
    const behindMs = this.#lastAtMs - this.#parts.clock.nowMs()
    return isLate(behindMs) ? { ...LATE, facts: { behindMs } } : this.#condition
  }

  #isSlow(): boolean {
    const sinceMs = this.#commitSinceMs
    return sinceMs !== null && this.#parts.clock.monotonicMs() - sinceMs > LIMITS.commitSlowMs
  }

  /** Tries whether the store can be written again: nobody may ask in a while. Not at once: a full disk has room for so little. */
  async probe(): Promise<void> {
    const condition = this.#condition
    if (condition.state !== 'failing' || this.#parts.clock.monotonicMs() < this.#failedMs + LIMITS.probeAfterMs) return
    try {
      await this.#parts.store.touchHead()
      if (this.#condition === condition) this.#condition = OPEN
    } catch (fault) {
      if (isError(fault, 'store_locked')) this.lose(fault) // else it goes on failing, as the condition says
    }
  }

  /** Takes a fact in; resolves when it is durable. Errors: see `Log.record`. */
  record<T extends Fact>(fact: T): Promise<Recorded<T>> {
    return new Promise((resolve, reject) => {
      refuseUnlessOpen(this.condition)
      const isFull = this.#queue.length >= LIMITS.queueFactsMax || this.#queueBytes >= LIMITS.queueBytesMax
      if (isFull) throw new RemitError('log_unavailable', { detail: 'Too much is waiting to be written; try again.' })
      const clockMs = Math.floor(this.#parts.clock.nowMs())
      const atMs = Math.max(this.#lastAtMs, clockMs)
      const late = isLate(atMs - clockMs)
      if (late && !isTakenLate(fact.entry.kind))
        throw new RemitError('clock_behind', { facts: { behindMs: atMs - clockMs } })
      const at = { atMs, clockMs: late ? clockMs : null }
      const sealed = sealWrite(fact, this.#likelySize, (each) => sealFact(each, this.#parts.org, at, this.#parts.ids))
      this.#lastAtMs = atMs
      this.#likelySize += sealed.entries
      const settle = (recorded: Recorded): void => resolve(recorded as Recorded<T>) // it is the same fact
      this.#queue.push({ fact, sealed, atMs, settle, refuse: reject })
      this.#queueBytes += sealed.bytes
      this.#running ??= this.#run()
      if (this.#queue.length >= LIMITS.flushAheadFacts) this.#turn?.hurry()
    })
  }

  /** Marks the log as broken: everything that waits, and everything after, is refused. */
  break(detail: string): void {
    if (this.#isOver()) return
    this.#condition = { state: 'broken', detail, facts: {} }
    this.#parts.noteBroken?.(detail)
    this.#refuseAll([], new RemitError('log_broken', { cause: detail }))
  }

  /** True where this log takes nothing any more, whatever comes. */
  #isOver(): boolean {
    return this.#condition.state === 'broken' || this.#condition.state === 'taken'
  }

  /** Refuses new facts, writes what was accepted, and ends. */
  async stop(): Promise<void> {
    this.#isStopping = true
    if (this.#condition.state === 'doubtful') this.#stopped.abort() // nothing is accepted that still waits for it
    await this.#running
  }

  async #run(): Promise<void> {
    await this.#gather()
    while (this.#queue.length > 0) {
      const batch = this.#take()
      await this.#commit(batch)
      this.#likelySize = this.#tail.head.size + sumOf(this.#queue, 'entries')
      // where as many wait already as were written, they are on their way before those are answered; fewer wait for more
      if (this.#queue.length < Math.min(batch.waiting.length, LIMITS.flushAheadFacts)) await this.#gather()
    }
    this.#running = null
  }

  /** What arrives in this turn of the event loop shares the commit, up to where so much waits that the turn is hurried. */
  async #gather(): Promise<void> {
    this.#turn = awaitTurn()
    await this.#turn.come
    this.#turn = null
  }

  #take(): Batch {
    let [count, bytes] = [0, 0]
    for (const { sealed } of this.#queue) {
      bytes += sealed.bytes
      if (count >= LIMITS.flushFactsMax || (count > 0 && bytes > LIMITS.flushBytesMax)) break
      count += 1
    }
    const waiting = this.#queue.splice(0, count)
    this.#queueBytes -= sumOf(waiting, 'bytes')
    return { waiting, places: new Map(), closed: null }
  }

  async #commit(batch: Batch): Promise<void> {
    let written: readonly Written[]
    const sinceMs = this.#parts.clock.monotonicMs()
    this.#commitSinceMs = sinceMs
    try {
      written = await this.#parts.store.commit(this.#tail.head.size, this.#toWrites(batch), this.#closeOf(batch))
    } catch (cause) {
      return await this.#clearDoubt(batch, cause)
    } finally {
      this.#commitSinceMs = null
    }
    this.#parts.noteCommit?.(this.#parts.clock.monotonicMs() - sinceMs)
    this.#settle(batch, written)
  }

  #toWrites({ waiting, places }: Batch): readonly Write[] {
    return waiting.map((each) => ({
      entries: each.sealed.entries,
      seal: (index) => {
        places.set(index, each)
        return each.sealed.seal(index)
      },
    }))
  }

  #closeOf(batch: Batch): CloseBatch {
    const { signer, origin } = this.#parts
    const tail = this.#tail
    return (firstIndex, leaves) => {
      if (firstIndex !== tail.head.size) throw new RangeError(`the store begins at ${firstIndex}`)
      const { frontier, tileRoots } = growFrontier(sha256, tail.frontier, leaves)
      batch.closed = leaves.length === 0 ? tail : { frontier, head: signHead(signer, origin, frontier) }
      return { head: batch.closed.head, tileRoots }
    }
  }

  #settle({ waiting, closed }: Batch, written: readonly (Written | undefined)[]): void {
    const before = this.#tail.head.size
    let next = before
    const isWhole = waiting.every(({ sealed }, at) => {
      const each = written[at]
      if (each === undefined || !('index' in each)) return at < written.length
      const isNext = each.index === next
      next += sealed.entries
      return isNext
    })
    if (!isWhole || written.length !== waiting.length || (closed ?? this.#tail).head.size !== next) {
      this.break('The store does not say what it has written.')
    } else if (closed !== null) this.#move(closed)
    for (const [at, each] of waiting.entries()) this.#answer(each, written[at])
  }

  #answer({ fact, atMs, settle, refuse }: Waiting, written: Written | undefined): void {
    const { state, detail } = this.#condition
    if (state === 'broken') refuse(new RemitError('log_broken', { cause: detail }))
    else if (written !== undefined && 'index' in written) settle(markRecorded(fact, written.index, atMs))
    else refuse(new RemitError('conflict', { facts: written === undefined ? {} : nameChange(written.conflict) }))
  }

  #move(tail: Tail): void {
    if (tail.head.size > this.#tail.head.size) this.#doubts = [] // they stood on an end that is no longer one
    this.#tail = tail
    if (this.#isOver()) return
    try {
      this.#parts.headFile?.write(tail.head.note)
      this.#condition = OPEN
    } catch {
      // the entries are durable: an answer of no would be false. The condition tells of it, each commit tries again
      this.#condition = UNHEADED
    }
  }

  /**
   * A commit that failed may have been kept. Reads the head until it says which; answers the batch then. A store
   * that stays silent leaves the batch refused as unknown, and the log shut until the head could be read.
   */
  async #clearDoubt(batch: Batch, cause: unknown): Promise<void> {
    if (isError(cause, 'store_locked')) return this.lose(cause, batch.waiting)
    if (!this.#isOver()) this.#condition = { state: 'doubtful', detail: sayFault(cause), facts: {} }
    this.#doubts = [...this.#doubts, batch].slice(-LIMITS.doubtsMax)
    for (let reads = 0; reads < LIMITS.headReadsMax; reads += 1) {
      if (await this.#tryToClear(batch, cause)) return
      if (!(await this.#pause())) break
    }
    const error = new RemitError('log_unavailable', { cause, facts: { outcome: 'unknown' } })
    this.#refuseAll(batch.waiting, error)
    const nothing: Batch = { waiting: [], places: new Map(), closed: null }
    while (!this.#isStopping && (await this.#pause())) if (await this.#tryToClear(nothing, cause)) return
  }

  /** False where the store still does not say where it stands. */
  async #tryToClear(batch: Batch, cause: unknown): Promise<boolean> {
    try {
      await this.#judge(batch, await this.#readHeadSoon(), cause)
      return true
    } catch (fault) {
      if (isError(fault, 'store_locked')) this.lose(fault, batch.waiting)
      else if (isDamage(fault)) this.break(fault.detail)
      const refusal = refusalOf(this.#condition)
      if (!this.#isOver() || refusal === null) return false // the store does not answer: that is what the caller's loop is for
      this.#refuse(batch.waiting, refusal) // by whatever it came to be over: nobody is left waiting
      return true
    }
  }

  /** Whoever waits for an answer does not wait for a store that gives none: what it says too late is not heard. */
  async #readHeadSoon(): Promise<LogHead> {
    const heard = new AbortController()
    const tooLate = this.#parts.clock.sleep(LIMITS.headReadMs, heard.signal).then(() => {
      throw new RemitError('store_failed')
    })
    try {
      return await Promise.race([this.#parts.store.readHead(), tooLate])
    } finally {
      tooLate.catch(() => undefined) // nobody waits for it any more
      heard.abort()
    }
  }

  async #judge(batch: Batch, head: LogHead, cause: unknown): Promise<void> {
    const landed = this.#doubts.find(({ closed }) => closed !== null && isSameHead(closed.head, head))
    if (isSameHead(this.#tail.head, head)) {
      // until a commit is kept, nobody can say that the store can be written
      this.#failedMs = this.#parts.clock.monotonicMs()
      this.#condition = { state: 'failing', detail: sayFault(cause), facts: {} }
      // what was not kept until now may be kept after a crash, where the store says that it does not know
      const facts = cause instanceof RemitError ? cause.facts : {}
      this.#refuse(batch.waiting, new RemitError('log_unavailable', { cause, facts }))
    } else if (landed === batch) {
      this.#settle(batch, await this.#readBack(batch, head))
    } else if (landed?.closed) {
      this.#move(landed.closed)
      this.#queue.unshift(...batch.waiting)
      this.#queueBytes += sumOf(batch.waiting, 'bytes')
    } else {
      await this.#parts.store.touchHead() // says so where another process of ours has written
      this.break(`The store's head is at ${head.size} and is not one that this log wrote.`)
      this.#refuse(batch.waiting, new RemitError('log_broken', { cause }))
    }
  }

  /** Finds out by reading which writes of a batch were kept, after an answer that never came. */
  async #readBack({ waiting, places }: Batch, head: LogHead): Promise<readonly (Written | undefined)[]> {
    const from = this.#tail.head.size
    const entries = await this.#parts.store.readEntries(from, head.size)
    const kept = new Map<Waiting, number>()
    for (const [at, bytes] of entries.entries()) {
      const each = places.get(from + at)
      if (each !== undefined && equalBytes(each.sealed.first.bytes, bytes)) kept.set(each, from + at)
    }
    return waiting.map((each) => {
      const index = kept.get(each)
      return index === undefined ? undefined : { index } // left out: a conflict, of which change is not known
    })
  }

  /** Another process of ours has taken the log over. What it writes is sound; what waits here is not written. */
  lose(cause: RemitError, waiting: readonly Waiting[] = []): void {
    if (!this.#isOver()) this.#condition = { state: 'taken', detail: cause.detail, facts: {} }
    this.#refuseAll(waiting, new RemitError('store_locked', { detail: cause.detail, cause }))
  }

  #refuseAll(waiting: readonly Waiting[], error: RemitError): void {
    this.#refuse([...waiting, ...this.#queue.splice(0)], error)
    this.#queueBytes = 0
  }

  #refuse(waiting: readonly Waiting[], error: Error): void {
    for (const each of waiting) each.refuse(error)
  }

  /** False where the log is stopped or broken meanwhile. */
  async #pause(): Promise<boolean> {
    const { clock } = this.#parts
    const wasStopped = await clock.sleep(LIMITS.headReadEveryMs, this.#stopped.signal).then(
      () => false,
      () => true,
    )
    return !wasStopped && !this.#isOver()
  }
}

function sumOf(waiting: readonly Waiting[], what: 'bytes' | 'entries'): number {
  return waiting.reduce((sum, { sealed }) => sum + sealed[what], 0)
}

/** Names a change in the facts of a conflict. */
function nameChange(change: Change): Readonly<Record<string, unknown>> {
  return { table: change.table, key: changeKey(change), op: change.op }
}

/** Heads of empty logs are the same with or without a note. */
function isSameHead(x: LogHead, y: LogHead): boolean {
  return x.size === y.size && (x.size === 0 || x.note === y.note)
}
