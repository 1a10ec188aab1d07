import type { Clock } from '../ground/clock.ts'
import { Fifo } from '../ground/fifo.ts'

interface Waiting {
  readonly enter: () => void
  readonly giveUp: (error: unknown) => void
}

/**
 * The line before the connections that read. Whoever stands in it waits for as long as the database answers those before,
 * and no longer: one that failed after `silentMs` says that it answers nobody, and all who wait are told the same.
 */
export class ReadLine {
  readonly #clock: Clock
  readonly #silentMs: number
  #free: number
  readonly #waiting = new Fifo<Waiting>()

  constructor(readersMax: number, silentMs: number, clock: Clock) {
    this.#free = readersMax
    this.#silentMs = silentMs
    this.#clock = clock
  }

  /** Errors: those of `ask`, of one's own or of one before. */
  async read<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((enter, giveUp) => this.#waiting.push({ enter, giveUp }))
    const sinceMs = this.#clock.monotonicMs()
    try {
      return await ask()
    } catch (error) {
      if (this.#clock.monotonicMs() - sinceMs >= this.#silentMs) this.#giveUp(error)
      throw error
    } finally {
      this.#leave()
    }
  }

  #giveUp(error: unknown): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) next.giveUp(error)
  }

  #leave(): void {
    const next = this.#next()
    if (next === undefined) this.#free += 1
    else next.enter()
  }

  #next(): Waiting | undefined {
    const first = this.#waiting.first()
    this.#waiting.drop()
    return first
  }
}
