import { type AgentCaller, afterProof } from '../../authenticate/caller.ts'
import type { Denial } from '../../contract/decision.ts'
import type { EvaluationRequest } from '../../decide/requests.ts'
import type { Recorded } from '../../record/recorded.ts'
import { decideAndRecord } from '../decision.ts'
import type { House } from '../house.ts'

/** What a domain says to all that it was asked: a no, or the version that said yes, null where it was not one alone. */
export type MappedVerdict =
  | { readonly no: Recorded<Denial<'evaluation'>> }
  | { readonly no: null; readonly version: string | null }

/**
 * Asks a domain about what an agent is about to do at a server that is decided on there too, one question after the other.
 * Ends at the first no, which is on record as each yes is. The proof of the caller is recorded.
 */
export async function askMapped(
  house: House,
  caller: AgentCaller,
  questions: readonly EvaluationRequest[],
  domain: string,
): Promise<MappedVerdict> {
  let by = caller
  const versions = new Set<string>()
  for (const question of questions) {
    const asked = by
    const recorded = await decideAndRecord(house, () => house.decide.mapped(question, asked, domain))
    if (recorded.fact.outcome === 'denial') return { no: recorded as Recorded<Denial<'evaluation'>> } // the other half of the union
    versions.add(recorded.fact.policyVersion)
    by = afterProof(by)
  }
  const [version = null] = versions
  return { no: null, version: versions.size === 1 ? version : null }
}
