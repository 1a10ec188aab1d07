import type { Approval, Vote } from '../../contract/approval/approval.ts'
import { type Change, type Kept, requireVersion } from '../../contract/change.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { type Person, rolesSince } from '../../contract/register/person.ts'
import { unique } from '../../ground/unique.ts'
import { seatsOf } from '../../register/approval.ts'
import type { House } from '../house.ts'
import { readAbout } from './read-about.ts'

/** Why an answered question decides nothing of which `findLost` gives a yes. */
const LOST = 'somebody who said yes has left, or has not held the role for it ever since'

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

/** Those who said yes to a question, as they are in the moment in which it is carried out. */
export interface Voters {
  /** Why what they said decides nothing any more; null while each yes counts. */
  readonly fault: string | null
  /** What holds each yes to who gave it, in the commit that rests on it. */
  readonly guards: readonly Change[]
}

/** Looks once more at who said yes: between the last yes and what follows from it there may be days, or a crash. */
export async function lookAtVoters(house: Pick<House, 'register'>, approval: Kept<Approval>): Promise<Voters> {
  const [{ identity }, voters] = await Promise.all([readAbout(house, approval), readVoters(house, approval)])
  return {
    fault: findLost(approval, identity, voters).length === 0 ? null : LOST,
    guards: voters.map((person) => requireVersion('persons', person)),
  }
}
