import type { Explanation } from '../prove/explanation.ts'
import type { House } from './house.ts'

/** Explains an entry from the log alone: rule, facts, chain, approvals, who and when. Errors: `not_found`. */
export async function explainEntry(house: House, index: number): Promise<Explanation> {
  return house.packs.explain(index)
}
