import type { WorkloadCaller } from '../../authenticate/caller.ts'
import { isError } from '../../ground/errors.ts'
import type { House } from '../house.ts'

/**
 * Does something for a workload whose assertion several of its requests may show at once: where another one was faster in
 * writing down which key the assertion belongs to, it is done again on that. Errors: those of the step, `assertion_reused`.
 */
export async function shareAssertion<R>(
  house: House,
  caller: WorkloadCaller,
  step: (caller: WorkloadCaller) => Promise<R>,
): Promise<R> {
  try {
    return await step(caller)
  } catch (error) {
    if (!isError(error, 'conflict') || error.facts['table'] !== 'held_assertions') throw error
    return await step(await house.authenticate.afterRace(caller))
  }
}
