import type { Approval, Vote } from '../../contract/approval/approval.ts'
import type { Kept } from '../../contract/change.ts'
import type { Person } from '../../contract/register/person.ts'
import { unique } from '../../ground/unique.ts'
import { seatsOf } from '../../register/approval.ts'
import type { House } from '../house.ts'

/** What a yes lets come about rests on those who said it as they are then: what is called, and what policies decide. */
const RESTING: readonly Approval['subject'][] = ['call', 'policy']

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
 * could say it again. Of what does not rest on those who said yes there is none.
 */
export function findLost(approval: Approval, voters: readonly Person[]): readonly Vote[] {
  const nobody = { owner: null, sponsor: null }
  if (!RESTING.includes(approval.subject)) return []
  return approval.votes.filter(({ verdict, personId, seat }) => {
    const person = voters.find(({ id }) => id === personId)
    return verdict === 'approve' && !(person?.state === 'active' && seatsOf(person, approval, nobody).includes(seat))
  })
}
