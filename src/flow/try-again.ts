import { isError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'

/**
 * Takes a step that reads and then records; again, from its reading on, where what it read changed before that was
 * written. Errors: those of the step, the conflict itself after `LIMITS.decideRetriesMax` tries. `isRaced` says of what was
 * thrown whether another try may help: any conflict, where it is not given.
 */
export async function tryAgain<T>(
  step: () => Promise<T>,
  isRaced: (error: unknown) => boolean | Promise<boolean> = isConflict,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await step()
    } catch (error) {
      if (!(await isRaced(error)) || tries >= LIMITS.decideRetriesMax) throw error
    }
  }
}

const isConflict = (error: unknown): boolean => isError(error, 'conflict')
