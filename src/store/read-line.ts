import type { Clock } from '../ground/clock.ts'

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
  readonly #waiting = new Set<Waiting>()

  constructor(readersMax: number, silentMs: number, clock: Clock) {
    this.#free = readersMax
    this.#silentMs = silentMs
    this.#clock = clock
  }

  /** Errors: those of `ask`, of one's own or of one before. */
  async read<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((enter, giveUp) => this.#waiting.add({ enter, giveUp }))
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
    for (const { giveUp } of this.#waiting) giveUp(error)
    this.#waiting.clear()
  }

  #leave(): void {
    const [next] = this.#waiting
    if (next === undefined) this.#free += 1
    else {
      this.#waiting.delete(next)
      next.enter()
    }
  }
}
