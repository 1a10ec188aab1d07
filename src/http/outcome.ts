import type { AgentCaller } from '../authenticate/caller.ts'
import type { Decision } from '../contract/decision.ts'
import type { House } from '../flow/house.ts'
import { reportOutcome } from '../flow/report-outcome.ts'
import { toRfc3339 } from '../ground/clock.ts'
import { LIMITS } from '../ground/limits.ts'
import type { Recorded } from '../record/recorded.ts'
import type { BodyOf, Context } from './route.ts'

/** Takes in how an act ended that was counted when it was permitted. */
export async function tellOutcome({ house, caller, body }: Context<BodyOf<'outcome'>, AgentCaller>): Promise<object> {
  return { entry: await reportOutcome(house, caller, body) }
}

/** Says with a permit that counts where its outcome can be told, and until when. */
export function describeOutcome(
  { publicUrl, clock }: Pick<House, 'publicUrl' | 'clock'>,
  { fact }: Recorded<Decision<'evaluation'>>,
): object {
  if (fact.outcome !== 'permit' || fact.entry.data['counts'] !== true) return {}
  const untilMs = clock.nowMs() + LIMITS.outcomeSeconds * 1000
  return { outcome: { endpoint: `${publicUrl}/access/v1/outcome`, expires_at: toRfc3339(untilMs) } }
}
