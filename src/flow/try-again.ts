import { isError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import type { InTurnOf } from '../ground/one-by-one.ts'

/**
 * Takes a step that reads and then records; again, from its reading on, where what it read changed before that was
 * written. Errors: those of the step, the conflict itself after `LIMITS.decideRetriesMax` tries. `isRaced` says of what was
 * thrown whether another try may help: any conflict, where it is not given.
 */
export async function tryAgain<T>(
  step: () => Promise<T>,
  isRaced: IsRaced = isConflict,
  triesMax: number = LIMITS.decideRetriesMax,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await step()
    } catch (error) {
      if (!(await isRaced(error)) || tries >= triesMax) throw error
    }
  }
}

/** Says of what was thrown whether another try may help. */
export type IsRaced = (error: unknown) => boolean | Promise<boolean>

/** So often a step is tried beside all others; a race that it loses again is one for a row that many want to move. */
const triesBeside = 2

/**
 * As `tryAgain`; those that lose again go on one after the other, by the row over which they lost: of very many that count the
 * same row at once, one alone wins each round, and the others would be out of tries before it is their turn.
 */
export async function tryInTurn<T>(step: () => Promise<T>, isRaced: IsRaced, inTurnOf: InTurnOf): Promise<T> {
  try {
    return await tryAgain(step, isRaced, triesBeside)
  } catch (error) {
    if (!isError(error, 'conflict') || !(await isRaced(error))) throw error
    const { table, key } = error.facts
    const left = LIMITS.decideRetriesMax - triesBeside
    return await inTurnOf(`${String(table)}/${String(key)}`, () => tryAgain(step, isRaced, left))
  }
}

const isConflict = (error: unknown): boolean => isError(error, 'conflict')
