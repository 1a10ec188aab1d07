import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Kept } from '../../contract/change.ts'
import type { PersonRight } from '../../contract/register/person-right.ts'
import type { Task } from '../../contract/task.ts'
import { RemitError } from '../../ground/errors.ts'
import { requireRole } from '../../register/require-role.ts'
import { endRight, grantRight, type RightProfile } from '../../register/right.ts'
import { allRows } from '../all-rows.ts'
import type { House } from '../house.ts'
import { type Cautions, lookAtScope } from '../look-twice.ts'
import { endTasksFound } from '../task/end-task.ts'

/** Gives a person a right, which bounds what agents do on their behalf. Errors: `self_approval`, `not_found`. */
export async function grantRightBy(
  house: House,
  caller: PersonCaller,
  personId: string,
  profile: RightProfile,
): Promise<{ readonly right: PersonRight; readonly entry: number; readonly cautions: Cautions }> {
  requireRole(caller.person, ['admin'])
  const person = await house.register.person(personId)
  if (person === undefined || person.state !== 'active')
    throw new RemitError('not_found', { detail: 'There is no such person.' })
  const by = { actor: actorOf(caller), personId: caller.person.id, ids: house.ids, atMs: house.clock.nowMs() }
  const { right, fact } = grantRight(person, profile, by)
  const entry = (await house.log.record(fact)).index
  return { right, entry, cautions: await lookAtScope(house, right.scope, right.classes) }
}

/** Ends a right, and every task that rests on it: administrators and responders may, and the person whose it is. */
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
  const actor = actorOf(caller)
  const { index } = await house.log.record(endRight(right, reason, actor, house.clock.nowMs()))
  const { fault } = await endTasksFound(house, (limit) => findTasksOn(house, right, limit), {
    because: `a right of the person that it rests on has ended: ${reason}`,
    actor,
  })
  if (fault !== null) house.carryOnLater(fault)
  return index
}

/** The tasks of a person that rest on a right: there are few, as each ends within the hours of its tier. */
async function findTasksOn(
  house: House,
  right: Pick<PersonRight, 'id' | 'personId'>,
  limit: number,
): Promise<readonly Kept<Task>[]> {
  const found: Kept<Task>[] = []
  for await (const task of allRows((page) => house.revoke.livingTasksOpenedFor(right.personId, page)))
    if (task.rightIds?.includes(right.id) === true && found.push(task) >= limit) break
  return found
}
