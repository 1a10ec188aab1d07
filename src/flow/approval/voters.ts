import type { Approval, Vote } from '../../contract/approval/approval.ts'
import type { Kept } from '../../contract/change.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { type Person, rolesSince } from '../../contract/register/person.ts'
import { unique } from '../../ground/unique.ts'
import { seatsOf } from '../../register/approval.ts'
import type { House } from '../house.ts'

/** Why an answered question decides nothing of which `findLost` gives a yes. */
export const LOST = 'somebody who said yes has left, or has not held the role for it ever since'

/** Reads those who said yes, as they are now. */
export async function readVoters(
  { register }: Pick<House, 'register'>,
  { votes }: Pick<Approval, 'votes'>,
): Promise<readonly Kept<Person>[]> {
  const yes = unique(votes.flatMap(({ verdict, personId }) => (verdict === 'approve' ? [personId] : [])))
  return (await Promise.all(yes.map((personId) => register.person(personId)))).flatMap((person) => person ?? [])
}

/**
 * Gives each yes that does not count any more, and with it nothing that others say: it counts while who said it is there, and
 * could say it again by the roles that they have held ever since, for the identity as it is now.
 */
export function findLost(
  approval: Approval,
  identity: Pick<Identity, 'owner' | 'sponsor'>,
  voters: readonly Person[],
): readonly Vote[] {
  return approval.votes.filter(({ verdict, personId, seat, atMs }) => {
    const person = voters.find(({ id }) => id === personId)
    if (verdict !== 'approve') return false
    if (person?.state !== 'active') return true
    return !seatsOf({ ...person, roles: rolesSince(person, atMs) }, approval, identity).includes(seat)
  })
}
