import { LIMITS } from '../../ground/limits.ts'
import { CelError } from './cel-words.ts'

/** How many more steps may be taken, by all expressions of one mapping. */
export interface Budget {
  steps: number
}

/** The end of all expressions of a mapping: nothing beside it decides any more. */
export class StepsSpent extends CelError {}

/** Takes steps, before what they are taken for is done. Errors: `StepsSpent` past `LIMITS.celStepsMax`. */
export function spend(budget: Budget, steps = 1): void {
  budget.steps -= steps
  if (budget.steps < 0) throw new StepsSpent(`it takes more than ${LIMITS.celStepsMax} steps`)
}

/** Takes a step for each `LIMITS.celBulk` characters or members that are gone through at once: requests bring large ones. */
export function spendBulk(budget: Budget, length: number): void {
  spend(budget, Math.floor(length / LIMITS.celBulk))
}
