import type { Clock } from './clock.ts'

/** Something that is done over and over until it is stopped. */
export interface Repeated {
  /** Begins no further turn, and resolves once the one under way has ended. */
  stop(): Promise<void>
}

/**
 * Calls `run` every `ms`, never while the last call is still under way: such a turn is left out. What it throws goes
 * to `report`, and the next turn comes all the same. Does not hold the process.
 */
export function everyAlone(
  clock: Pick<Clock, 'every'>,
  ms: number,
  run: () => Promise<unknown>,
  report: (error: unknown) => void,
): Repeated {
  let running: Promise<void> | null = null
  const turn = async (): Promise<void> => {
    try {
      await run()
    } catch (error) {
      report(error)
    } finally {
      running = null
    }
  }
  const stop = clock.every(ms, () => {
    running ??= turn()
  })
  return {
    stop: async () => {
      stop()
      await running
    },
  }
}
