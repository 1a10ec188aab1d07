/** The only way to time. A test passes its own. */
export interface Clock {
  /** Epoch milliseconds. */
  nowMs(): number
  /** Milliseconds that only grow, for measuring. */
  monotonicMs(): number
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `run` every `ms` until the returned function is called. Does not hold the process. */
  every(ms: number, run: () => void): () => void
  /** Calls `run` once after `ms` unless the returned function is called first. Does not hold the process. */
  after(ms: number, run: () => void): () => void
}

/** The longest that one timer of the platform can wait; a longer one would fire at once. */
const timerMsMax = 2_147_483_647

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const abort = (): void => {
        cancel()
        reject(signal?.reason)
      }
      const wake = (): void => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const cancel = wait(ms, wake, true)
      if (signal?.aborted === true) abort()
      else signal?.addEventListener('abort', abort, { once: true })
    }),
  every: (ms, run) => {
    const tick = (): void => {
      cancel = wait(ms, tick, false)
      run()
    }
    let cancel = wait(ms, tick, false)
    return () => cancel()
  },
  after: (ms, run) => wait(ms, run, false),
}

/**
 * Makes a clock that never says less than `floorMs`: what was over stays over when the machine's clock is set back.
 * Timers and measures are those of `clock`.
 */
export function createFlooredClock(clock: Clock, floorMs: () => number): Clock {
  return { ...clock, nowMs: () => Math.max(clock.nowMs(), floorMs()) }
}

/** Runs once after `ms`, in as many timers as that takes. Gives what cancels it. */
function wait(ms: number, run: () => void, holdsProcess: boolean): () => void {
  const arm = (leftMs: number): NodeJS.Timeout => {
    const next = leftMs > timerMsMax ? () => (timer = arm(leftMs - timerMsMax)) : run
    const armed = setTimeout(next, Math.min(leftMs, timerMsMax))
    return holdsProcess ? armed : armed.unref()
  }
  let timer = arm(ms)
  return () => clearTimeout(timer)
}

/** Gives epoch milliseconds as RFC 3339 in UTC. */
export function toRfc3339(atMs: number): string {
  return new Date(atMs).toISOString()
}
