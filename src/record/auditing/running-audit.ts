import type { Worker } from 'node:worker_threads'
import { formatVkey } from '../../contract/log/note.ts'
import type { Clock } from '../../ground/clock.ts'
import { hearThread } from '../../ground/hear-thread.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { ThreadStanding } from '../../ground/thread-standing.ts'
import type { AuditFinding } from '../finding.ts'
import {
  type AuditedSlice,
  auditSlice,
  hearSlice,
  type SliceAsked,
  type SliceTold,
  type WalkPlace,
} from './audit-slice.ts'
import type { AuditSource } from './audit-tree.ts'

/** Whose log a thread audits, and by which public key. */
export interface AuditedLog {
  readonly org: string
  readonly origin: string
  /** `<name>+<key id>+<public key>`. */
  readonly vkey: string
}

/**
 * Threads that audit: each message asks for a slice, and is answered by what was found in it, or for all (`WholeAsked`); null ends
 * it.
 */
export interface Auditors {
  readonly start: (log: AuditedLog) => Worker
  /** Told each time that one has ended by itself, or could not be started, and why. */
  readonly noteEnded: (why: Error) => void
}

/** A walk over a log that never ends: one bundle and some rows at each step, then from the start again. */
export interface RunningAudit {
  /** Checks the next slice, when the last step is over; gives what is wrong in it. Errors are the store's. */
  step(): Promise<readonly AuditFinding[]>
  /** How it stands with its thread; null where it was given none. */
  standing(): ThreadStanding | null
  /** Ends its thread, when the last step is over; there is no other step. */
  close(): Promise<void>
}

type WalkClock = Pick<Clock, 'nowMs' | 'monotonicMs' | 'after'>

/**
 * Makes the walk. Where there are threads for it a slice is audited in one of them, and otherwise here. A thread that has ended, has
 * not answered within half a minute, or reads another file than ours, is followed by another one half a minute later; until then,
 * and where its answer is missing, slices are audited here: the walk goes on from the same place.
 */
export function createRunningAudit(source: AuditSource, auditors: Auditors | null, clock: WalkClock): RunningAudit {
  const beside = auditors === null ? null : new AuditBeside(source, auditors, clock)
  let place: WalkPlace = { n: 0, after: null }
  return {
    step: async () => {
      const slice = (await beside?.audit(place)) ?? (await auditSlice(source, place))
      place = slice.next
      return slice.findings
    },
    standing: () => beside?.standing() ?? null,
    close: async () => await beside?.close(),
  }
}

/** One thread after another, each started with the first slice that it is asked for. It holds the process only while it audits. */
class AuditBeside {
  readonly #source: AuditSource
  readonly #auditors: Auditors
  readonly #clock: WalkClock
  #worker: Worker | undefined
  /** When the next thread may be started. */
  #startMs = Number.NEGATIVE_INFINITY
  #ends = 0
  #lastEndMs: number | null = null
  /** Who waits for the slice that the thread was asked for; told null where it will not say. */
  #waiting: PromiseWithResolvers<SliceTold | null> | undefined

  constructor(source: AuditSource, auditors: Auditors, clock: WalkClock) {
    this.#source = source
    this.#auditors = auditors
    this.#clock = clock
  }

  /** Has a slice audited; null where no thread does it. Throws what auditing it threw. */
  async audit(place: WalkPlace): Promise<AuditedSlice | null> {
    const head = await this.#source.store.readHead()
    const worker = this.#worker ?? this.#start()
    this.#worker = worker
    if (worker === undefined) return null
    const waiting = Promise.withResolvers<SliceTold | null>()
    this.#waiting = waiting
    const asked: SliceAsked = { ...place, head }
    worker.ref()
    worker.postMessage(asked)
    const answerMs = LIMITS.auditorAnswerMs
    const giveUp = (): void => this.#end(worker, `has not answered for ${answerMs} ms`)
    const told = await waiting.promise.finally(this.#clock.after(answerMs, giveUp))
    if (told === null) return null
    const slice = hearSlice(told)
    if (slice === null) this.#end(worker, 'reads another file than is written')
    return slice
  }

  standing(): ThreadStanding {
    return { hasThread: !this.#isResting(), ends: this.#ends, lastEndMs: this.#lastEndMs }
  }

  async close(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    this.#worker = undefined // that it ends is what was wanted
    worker.ref()
    worker.postMessage(null)
    await ended
  }

  #isResting(): boolean {
    return this.#clock.monotonicMs() < this.#startMs
  }

  #start(): Worker | undefined {
    if (this.#isResting()) return undefined
    try {
      const { org, origin, key } = this.#source
      const worker = this.#auditors.start({ org, origin, vkey: formatVkey(key) })
      const hear = (told: SliceTold): void => this.#hear(worker, told)
      return hearThread(worker, hear, (how, cause) => this.#end(worker, how, cause))
    } catch (error) {
      this.#note('does not start', error)
      return undefined
    }
  }

  #hear(worker: Worker, told: SliceTold): void {
    if (worker === this.#worker) this.#settle(told)
  }

  #settle(told: SliceTold | null): void {
    this.#worker?.unref()
    this.#waiting?.resolve(told)
    this.#waiting = undefined
  }

  /** The first reason counts: a thread that failed or was ended here exits too. */
  #end(worker: Worker, how: string, cause?: unknown): void {
    if (worker !== this.#worker) return
    this.#worker = undefined
    worker.terminate().catch(() => undefined) // it ends, or has ended
    this.#settle(null)
    this.#note(how, cause)
  }

  #note(how: string, cause?: unknown): void {
    this.#startMs = this.#clock.monotonicMs() + LIMITS.auditorPauseMs
    this.#ends++
    this.#lastEndMs = this.#clock.nowMs()
    this.#auditors.noteEnded(new Error(`the thread that audits the log ${how}`, { cause }))
  }
}
