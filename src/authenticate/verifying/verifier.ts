import type { Worker } from 'node:worker_threads'
import type { Clock } from '../../ground/clock.ts'
import { LIMITS } from '../../ground/limits.ts'
import { nextTurn } from '../../ground/next-turn.ts'
import type { ThreadStanding } from '../../ground/thread-standing.ts'
import { ThreadLine, type Waiting } from './thread-line.ts'
import type { Asked, Found, Job, WorkName } from './work.ts'

/** What a verifier is made of. */
interface VerifierParts {
  readonly start: () => Worker
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs' | 'after' | 'every'>
  /** Told each time that its thread has ended, why. */
  readonly report: (error: Error) => void
}

/**
 * Verifies in a thread: a signature takes as long as most of a request. What is asked in one turn of the event loop goes in one
 * message. A thread that has ended, or does not answer, is followed by another one after a pause, which grows while they do not
 * last (250 ms to 30 s); until then the work is done here.
 */
export class Verifier {
  readonly #parts: VerifierParts
  /** Asked in this turn, and told to nobody yet. */
  #gathered: Waiting[] = []
  #line: ThreadLine
  #startedMs = 0
  /** How long it pauses after a thread that does not last. */
  #pauseMs: number = LIMITS.verifierPauseMinMs
  #ends = 0
  #lastEndMs: number | null = null

  constructor(parts: VerifierParts) {
    this.#parts = parts
    this.#line = this.#start()
  }

  verify<Name extends WorkName>(name: Name, asked: Asked<Name>): Promise<Found<Name>> {
    return new Promise((resolve, refuse) => {
      if (this.#gathered.length === 0) this.#tellLater()
      const settle = resolve as Waiting['settle'] // the work of this name finds this
      this.#gathered.push({ job: { name, asked } as Job, settle, refuse })
    })
  }

  #tellLater(): void {
    nextTurn()
      .then(() => this.#line.tell(this.#gathered.splice(0)))
      .catch((cause: unknown) => this.#parts.report(new Error('the thread that verifies was not told', { cause })))
  }

  standing(): ThreadStanding {
    return { hasThread: !this.#line.isOver, ends: this.#ends, lastEndMs: this.#lastEndMs }
  }

  #start(): ThreadLine {
    this.#startedMs = this.#parts.clock.monotonicMs()
    return new ThreadLine(this.#parts, (why) => this.#startLater(why))
  }

  #startLater(why: Error): void {
    const { clock, report } = this.#parts
    this.#ends++
    this.#lastEndMs = clock.nowMs()
    const lasted = clock.monotonicMs() - this.#startedMs >= LIMITS.verifierSteadyMs
    const pauseMs = lasted ? LIMITS.verifierPauseMinMs : this.#pauseMs
    this.#pauseMs = Math.min(pauseMs * 2, LIMITS.verifierPauseMaxMs)
    clock.after(pauseMs, () => {
      this.#line = this.#start()
    })
    report(why)
  }
}
