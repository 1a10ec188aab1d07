import type { Kept } from '../../contract/change.ts'
import type { Denial } from '../../contract/decision.ts'
import type { Entitlement } from '../../contract/register/entitlement.ts'
import { allowsInScope, normaliseScope, type Scope } from '../../contract/scope.ts'
import { LIMITS } from '../../ground/limits.ts'
import { shortenText, type UsedFacts } from '../facts/fit-data.ts'
import { deny, type Hearing } from '../hearing.ts'
import { type ActFacts, findCovering } from '../laws/act.ts'

/** An entitlement of an enforcement point, and the acts that it lets happen once it is told yes. */
export interface Counting {
  readonly row: Kept<Entitlement>
  readonly acts: Scope
}

type Act = Pick<ActFacts, 'name' | 'resources'>

/** Gives what the asking rests on that counts; null where none does. One is enough: no other lets it ask without. */
export function findCounting(asking: ActFacts): readonly Counting[] | null {
  const counting = findCovering(asking).flatMap((row) => (row.counts === undefined ? [] : [{ row, acts: row.counts }]))
  return counting.length === 0 ? null : counting
}

/** Gives the entitlement by which an act counts; undefined where the enforcement point lets no such act happen. */
export function findCountedBy(counting: readonly Counting[], { name, resources }: Act): Kept<Entitlement> | undefined {
  return counting.find(({ acts }) => resources.every(({ id }) => allowsInScope(acts, name, id)))?.row
}

/** What the entry of a permit says where it is an act. */
export function tellCounted(countedBy: Kept<Entitlement> | undefined): UsedFacts {
  return countedBy === undefined ? {} : { counts: true, countedBy: countedBy.id }
}

/**
 * Gives the no about an act that is none of those that the enforcement point lets happen. It learns nothing else of the
 * task, and spends nothing of it: who stands before one application takes no other's budget.
 */
export function denyUncounted(
  hearing: Hearing<'evaluation'>,
  counting: readonly Counting[],
  { name, resources }: Act,
  asked: UsedFacts,
): Denial<'evaluation'> {
  const act = `${shortenText(name, LIMITS.nameCharsMax)} on ${shortenText(resources[0]?.id ?? '', LIMITS.nameCharsMax)}`
  return deny(hearing, {
    code: 'asker_refused',
    reasons: [
      {
        rule: 'law:counts',
        sentence: `An enforcement point whose questions count asks about the acts that its entitlement names, and ${act} is none.`,
      },
    ],
    facts: asked,
    nearest: normaliseScope(counting.flatMap(({ acts }) => acts)).slice(0, LIMITS.scopeGrantsMax),
    ask: { sentence: 'Its owner can propose an entitlement that counts this too.' },
  })
}
