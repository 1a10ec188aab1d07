import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import { RemitError } from '../../ground/errors.ts'
import { hearIdentity } from '../../register/identity.ts'
import { requireRoleOver } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import type { MovedIdentity } from '../identity/move-identity.ts'
import { findIdentity } from '../read-surroundings.ts'
import { tryAgain } from '../try-again.ts'

/**
 * Lets an identity have people asked again, on the word of whoever answers for it or approves: what was asked until now, and people
 * said no to, counts no more against what it asks, nor against what others ask for it. Error: `transition_invalid` for one that
 * asks nothing.
 */
export async function hearByPerson(
  house: House,
  caller: PersonCaller,
  idOrName: string,
  reason: string,
): Promise<MovedIdentity> {
  return await tryAgain(async () => {
    const found = await findIdentity(house, idOrName)
    requireRoleOver(caller.person, ['admin', 'approver', 'owner'], found)
    if (found.state === 'discovered' || found.state === 'retired')
      throw new RemitError('transition_invalid', {
        detail: `An identity that is ${found.state} has nobody asked anything.`,
        facts: { state: found.state, verb: 'hear' },
      })
    const { identity, fact } = hearIdentity(found, { actor: actorOf(caller), reason, atMs: house.clock.nowMs() })
    const recorded = await house.log.record(fact)
    return { identity, entry: recorded.index }
  })
}
