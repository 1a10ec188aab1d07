import type { AgentCaller } from '../authenticate/caller.ts'
import { type OutcomeSaid, outcomeId } from '../decide/outcome/judge-outcome.ts'
import { isError, RemitError } from '../ground/errors.ts'
import { recordAsTrue } from './decision.ts'
import type { House } from './house.ts'

/**
 * Writes down how an act ended that an enforcement point was permitted by the entry of this index, and gives the index of
 * its own entry. Errors: `outcome_known` where it was said before, and as of `judgeOutcome`.
 */
export async function reportOutcome(
  house: House,
  caller: AgentCaller,
  said: OutcomeSaid & { readonly entry: number },
): Promise<number> {
  const [permit] = await house.log.entriesBetween(said.entry, said.entry + 1)
  if (permit === undefined) throw new RemitError('not_found', { detail: 'There is no such entry.' })
  try {
    return (await recordAsTrue(house, () => house.decide.outcome(caller, permit, said))).index
  } catch (error) {
    throw isKnown(error, said.entry) ? new RemitError('outcome_known', { cause: error }) : error
  }
}

/** What was seen before is this and no proof of the caller. */
function isKnown(error: unknown, index: number): boolean {
  if (!isError(error, 'assertion_replayed')) return false
  const { cause } = error
  return isError(cause, 'conflict') && cause.facts['key'] === outcomeId(index)
}
