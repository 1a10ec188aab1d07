import type { PersonId } from '../../contract/register/person.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'

/** Lets each person check a few things at once: a check takes long, and others wait behind it. */
export interface CheckTurns {
  /** Errors: `rate_limited` where so many checks of this person run already, and those of `check`. */
  take<T>(personId: PersonId, check: () => Promise<T>): Promise<T>
}

/** Makes the turns of a house, with nobody in them. */
export function createCheckTurns(): CheckTurns {
  const running = new Map<PersonId, number>()
  return {
    take: async (personId, check) => {
      const before = running.get(personId) ?? 0
      if (before >= LIMITS.policyChecksPerPersonMax)
        throw new RemitError('rate_limited', {
          detail: `You have ${before} checks of policies running; wait until one of them has ended.`,
        })
      running.set(personId, before + 1)
      try {
        return await check()
      } finally {
        const left = (running.get(personId) ?? 1) - 1
        if (left === 0) running.delete(personId)
        else running.set(personId, left)
      }
    },
  }
}
