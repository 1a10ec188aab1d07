import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { PersonRight } from '../../contract/register/person-right.ts'
import { RemitError } from '../../ground/errors.ts'
import { requireRole } from '../../register/require-role.ts'
import { endRight, grantRight, type RightProfile } from '../../register/right.ts'
import type { House } from '../house.ts'

/** Gives a person a right, which bounds what agents do on their behalf. Errors: `self_approval`, `not_found`. */
export async function grantRightBy(
  house: House,
  caller: PersonCaller,
  personId: string,
  profile: RightProfile,
): Promise<{ readonly right: PersonRight; readonly entry: number }> {
  requireRole(caller.person, ['admin'])
  const person = await house.register.person(personId)
  if (person === undefined || person.state !== 'active')
    throw new RemitError('not_found', { detail: 'There is no such person.' })
  const by = { actor: actorOf(caller), personId: caller.person.id, ids: house.ids, atMs: house.clock.nowMs() }
  const { right, fact } = grantRight(person, profile, by)
  return { right, entry: (await house.log.record(fact)).index }
}

/** Ends a right: administrators and responders may, and the person whose it is. */
export async function endRightBy(
  house: House,
  caller: PersonCaller,
  personId: string,
  rightId: string,
  reason: string,
): Promise<number> {
  if (caller.person.id !== personId) requireRole(caller.person, ['admin', 'responder'])
  const right = await house.register.right(rightId)
  if (right === undefined || right.personId !== personId || right.state === 'ended')
    throw new RemitError('not_found', { detail: 'There is no such right in force.' })
  return (await house.log.record(endRight(right, reason, actorOf(caller), house.clock.nowMs()))).index
}
