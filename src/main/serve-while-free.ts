import type { Clock } from '../ground/clock.ts'
import { LIMITS } from '../ground/limits.ts'

/** A server whose doors are open. */
interface Serving {
  /** True once another process has taken its log over: from then on it refuses everything. */
  isTaken(): boolean
  stop(): Promise<void>
}

/** What serving takes. */
export interface ServingParts<T> {
  readonly clock: Clock
  /** Aborted where the server is told to end. */
  readonly leave: AbortSignal
  /** Told each time that doors are open. */
  readonly opened: (serving: T) => void
}

/**
 * Serves until it is told to end. A server that was asleep, or cut off from its database, while another one took its log
 * over, is stopped and opened anew: `open` then stands by until the log is free. Errors: those of `open`, unless told to end.
 */
export async function serveWhileFree<T extends Serving>(
  open: () => Promise<T>,
  { clock, leave, opened }: ServingParts<T>,
): Promise<void> {
  while (!leave.aborted) {
    const serving = await open().catch((error: unknown) => {
      if (!leave.aborted) throw error
      return null
    })
    if (serving === null) return
    if (!leave.aborted) opened(serving)
    while (!leave.aborted && !serving.isTaken()) await clock.sleep(LIMITS.takenLookMs, leave).catch(() => undefined)
    await serving.stop()
  }
}
