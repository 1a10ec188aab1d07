import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Domain } from '../../decide/domain/domain.ts'
import { requireRole } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import { type Counted, countHits } from '../policy/cover-policies.ts'
import type { PolicyFault } from '../policy/policy-faults.ts'
import { refuseUnknown, requireStandingOf } from '../policy/standing.ts'

/** What the policies of a domain that decide now reach, and what of them was ever of use. */
export interface DomainCoverage extends Counted {
  /** Number of the version that decides. */
  readonly version: number
  /** Actions that the domain knows and that none of its policies permits to anybody. */
  readonly unpermitted: readonly string[]
  /** Faults that showed since the start of the server. */
  readonly faults: readonly PolicyFault[]
}

/** Holds the policies of a domain against its actions, and against what was decided. Errors: `role_missing`, `not_found`. */
export async function coverDomain(house: House, caller: PersonCaller, name: string): Promise<DomainCoverage> {
  requireRole(caller.person, ['admin', 'auditor'])
  const { enforced } = await requireStandingOf(house.register, name)
  const domain = house.domains.find(name)?.domain
  if (domain === undefined) throw refuseUnknown(name, 'This domain cannot be made any more; publish it again.')
  const counted = await countHits(house, [...domain.byId.keys()], name)
  const faults = house.policies.faults.seen().filter((fault) => fault.domain === name)
  return { version: enforced.number, unpermitted: findUnpermitted(domain), faults, ...counted }
}

function findUnpermitted({ permitted, entities }: Domain): readonly string[] {
  if (permitted === 'everything') return []
  return [...entities.actions].flatMap(([name, { key }]) => {
    const within = [key, ...(entities.facts.get(key)?.ancestors ?? [])]
    return within.some((each) => permitted.has(each)) ? [] : [name]
  })
}
