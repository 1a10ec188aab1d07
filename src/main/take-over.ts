import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { Clock } from '../ground/clock.ts'
import { type ErrorCode, isError, RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import type { StandByDoor } from '../http/stand-by.ts'

/** How somebody stands by: told once why, until `leave` is aborted. */
export interface StandBy {
  readonly notice: (detail: string) => void
  readonly leave: AbortSignal
  /** It has served before, and another process has taken its log over: it stands by at once, whatever is in its way. */
  readonly isAgain?: boolean
}

/** What does not end whoever stands by: the holder lives, or the database is away for a while. */
const PASSING: readonly ErrorCode[] = ['store_locked', 'store_failed', 'log_unavailable']

/**
 * Raises a house, in a database that several can open as soon as nobody else writes its log: until then it stands by, with
 * `openDoor` open. Errors: those of `raise`; `config_invalid` where it could not go on with the log; `stopping` when told to leave.
 */
export async function raiseWhenFree<T>(
  raise: () => Promise<T>,
  openDoor: () => Promise<Pick<StandByDoor, 'close'>>,
  { config, clock, standBy }: { readonly config: Config; readonly clock: Clock; readonly standBy: StandBy },
): Promise<T> {
  let door = standBy.isAgain === true ? await openDoor() : undefined
  let isNoticed = door !== undefined
  if (isNoticed) standBy.notice('Another process has taken it over.')
  try {
    for (;;) {
      try {
        return await raise()
      } catch (error) {
        const isPassing = PASSING.some((code) => isError(error, code)) && door !== undefined
        const isHeld = isError(error, 'store_locked') && config.store.kind === 'postgres'
        if (!isPassing && !isHeld) throw error
        if (door === undefined) {
          refuseWithoutHead(config)
          door = await openDoor()
        }
        if (!isNoticed) standBy.notice(isError(error, 'store_locked') ? error.detail : '')
        isNoticed = true
      }
      await rest(clock, standBy.leave)
    }
  } finally {
    await door?.close()
  }
}

/** Better said now than on the day when it has to take over. */
function refuseWithoutHead({ dataDir }: Config): void {
  const headFile = join(dataDir, 'log.head')
  if (existsSync(headFile)) return
  throw new RemitError('config_invalid', {
    detail: `Another process writes this log, and without ${headFile} this one could not take over; copy the data folder of that process.`,
  })
}

async function rest(clock: Clock, leave: AbortSignal): Promise<void> {
  if (!leave.aborted) await clock.sleep(LIMITS.standByMs, leave).catch(() => undefined)
  if (leave.aborted) throw new RemitError('stopping')
}
