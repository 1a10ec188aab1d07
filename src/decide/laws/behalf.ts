import type { ActionClass } from '../../contract/action-class.ts'
import { type Change, type Kept, requireVersion } from '../../contract/change.ts'
import type { JudgedResource } from '../../contract/decision.ts'
import type { PersonRight } from '../../contract/register/person-right.ts'
import { coverAct } from '../coverage.ts'
import type { Lineage } from '../lineage.ts'
import type { Law } from './law.ts'

/** An act in a chain of which some tasks act on behalf of a person. */
interface BehalfFacts {
  readonly lineage: Lineage
  readonly name: string
  readonly actionClass: ActionClass
  readonly resources: readonly JudgedResource[]
}

interface Need {
  readonly resource: JudgedResource
  readonly covering: readonly Kept<PersonRight>[]
}

/** For each person on whose behalf the chain acts, and each resource: the rights of theirs that cover the act. */
function findNeeds({ lineage, name, actionClass, resources }: BehalfFacts): readonly Need[] {
  return lineage.standing.behalf.flatMap((person) => {
    const own = lineage.rights.filter((right) => right.personId === person?.id)
    return resources.map((resource) => ({
      resource,
      covering: coverAct(own, { name, actionClass, resource: resource.id, sensitivity: resource.sensitivity }),
    }))
  })
}

/** A person cannot let an agent do what they may not do themselves. */
export const BEHALF_LAW: Law<BehalfFacts> = {
  rule: 'law:behalf-rights',
  code: 'scope_exceeded',
  holds: (facts) => findNeeds(facts).every(({ covering }) => covering.length > 0),
  says: (facts) =>
    `The person on whose behalf the task acts may not do ${facts.name} (${facts.actionClass}) on ${findNeeds(facts).find(({ covering }) => covering.length === 0)?.resource.id ?? ''} themselves.`,
  ask: () => 'An administrator can give the person the right; no approval of a call replaces it.',
}

/** Gives the guards of the rights that a permitted act rests on. */
export function guardRights(facts: BehalfFacts): readonly Change[] {
  const relied = findNeeds(facts).flatMap(({ covering }) => covering[0] ?? [])
  return [...new Map(relied.map((row) => [row.id, requireVersion('person_rights', row)])).values()]
}
