import type { Approval } from '../../contract/approval/approval.ts'
import type { Kept } from '../../contract/change.ts'
import type { Person } from '../../contract/register/person.ts'
import { seatsOf } from '../../register/approval.ts'
import type { House } from '../house.ts'

/** Reads those who said yes, as they are now. */
export async function readVoters({ register }: House, { votes }: Approval): Promise<readonly Kept<Person>[]> {
  const yes = votes.filter(({ verdict }) => verdict === 'approve')
  return (await Promise.all(yes.map(({ personId }) => register.person(personId)))).flatMap((person) => person ?? [])
}

/** A yes counts while who said it is there, and could say it again. */
export function findLost(approval: Approval, voters: readonly Person[]): string | null {
  const nobody = { owner: null, sponsor: null }
  const isHeld = approval.votes
    .filter(({ verdict }) => verdict === 'approve')
    .every(({ personId, seat }) => {
      const person = voters.find(({ id }) => id === personId)
      return person?.state === 'active' && seatsOf(person, approval, nobody).includes(seat)
    })
  return isHeld ? null : 'somebody who said yes has left, or has not the role for it any more'
}
