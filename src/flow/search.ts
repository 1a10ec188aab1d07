import type { AgentCaller, PersonCaller } from '../authenticate/caller.ts'
import type { SearchAnswer } from '../decide/domain/search/judge-search.ts'
import type { SearchPart } from '../decide/domain/search/search-domain.ts'
import type { SearchRequest } from '../decide/requests.ts'
import { LIMITS } from '../ground/limits.ts'
import type { Recorded } from '../record/recorded.ts'
import { foundOrRefuse, recordAsTrue } from './decision.ts'
import type { House } from './house.ts'

/**
 * Answers an AuthZEN Search, a part at a time, after it is written who was told what. Without `domain` by the house's own
 * policies. Errors: `asker_refused` where whoever asks may not, `not_found` for a domain that is not there.
 */
export async function search(
  house: House,
  caller: AgentCaller | PersonCaller,
  request: SearchRequest,
  part: SearchPart,
  domain?: string,
): Promise<Recorded<SearchAnswer>> {
  const tasks = domain === undefined ? await readTasks(house, request, part) : []
  const recorded = await recordAsTrue(house, () => house.decide.search(request, { ...part, tasks }, caller, domain))
  return foundOrRefuse(recorded)
}

/** The living tasks that come next, one more than are asked about: whether there are more is known then. */
async function readTasks({ register }: House, { what, subject }: SearchRequest, { after }: SearchPart) {
  if (what !== 'subject' || subject.type !== 'task') return []
  const page = { limit: LIMITS.searchAskedOwnMax + 1, ...(after === null ? {} : { after }) }
  return (await register.tasks({ state: 'active' }, page)).map(({ id }) => id)
}
