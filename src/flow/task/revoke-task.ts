import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import { RemitError } from '../../ground/errors.ts'
import { requireRoleOver } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import { findIdentity } from '../read-surroundings.ts'
import { type EndedTree, endTaskTree } from './end-task.ts'

/**
 * Takes a task back on a person's word, with all below it: admin, responder, or the owner of its identity.
 * Errors: `not_found`, `role_missing`, `task_not_active`.
 */
export async function revokeTaskBy(
  house: House,
  caller: PersonCaller,
  taskId: string,
  reason: string,
): Promise<EndedTree> {
  const task = await house.register.task(taskId)
  if (task === undefined) throw new RemitError('not_found', { detail: 'There is no such task.' })
  const identity = await findIdentity(house, task.identityId)
  requireRoleOver(caller.person, ['admin', 'responder', 'owner'], identity)
  return endTaskTree(house, task.id, { end: 'revoked', because: reason, actor: actorOf(caller) })
}
