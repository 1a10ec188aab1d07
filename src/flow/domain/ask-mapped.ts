import { type AgentCaller, afterProof } from '../../authenticate/caller.ts'
import type { Denial } from '../../contract/decision.ts'
import type { EvaluationRequest } from '../../decide/requests.ts'
import type { Recorded } from '../../record/recorded.ts'
import { decideAndRecord } from '../decision.ts'
import type { House } from '../house.ts'

/**
 * Asks a domain about what an agent is about to do at a server that is decided on there too, one question after the other.
 * Gives the first no, which is on record as each yes is; null where all were permitted. The proof of the caller is recorded.
 */
export async function askMapped(
  house: House,
  caller: AgentCaller,
  questions: readonly EvaluationRequest[],
  domain: string,
): Promise<Recorded<Denial<'evaluation'>> | null> {
  let by = caller
  for (const question of questions) {
    const asked = by
    const recorded = await decideAndRecord(house, () => house.decide.mapped(question, asked, domain))
    if (recorded.fact.outcome === 'denial') return recorded as Recorded<Denial<'evaluation'>> // the other half of the union
    by = afterProof(by)
  }
  return null
}
