import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Kept } from '../../contract/change.ts'
import type { Task } from '../../contract/task.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { allRows } from '../all-rows.ts'
import type { House } from '../house.ts'
import { type EndedTree, endTaskTree } from '../task/end-task.ts'

/**
 * Gives every task that has not ended and acts on behalf of who asks, with at most `LIMITS.subtreeTasksMax` below each. Whoever
 * is signed in may.
 */
export async function listActing(house: House, { person }: PersonCaller): Promise<readonly Kept<Task>[]> {
  const found: Kept<Task>[] = []
  for await (const task of allRows((page) => house.revoke.livingTasksOpenedFor(person.id, page)))
    found.push(...(await house.revoke.livingTasksUnder(task.id, LIMITS.subtreeTasksMax)))
  return found
}

/** Ends a task that acts on behalf of who asks, with all below it. It takes no role. Errors: `not_found`, `task_not_active`. */
export async function endActing(
  house: House,
  caller: PersonCaller,
  taskId: string,
  reason: string,
): Promise<EndedTree> {
  const task = await house.register.task(taskId)
  if (task?.onBehalfOf !== caller.person.id)
    throw new RemitError('not_found', { detail: 'Nothing of this id acts on your behalf.' })
  return await endTaskTree(house, taskId, { end: 'revoked', because: reason, actor: actorOf(caller) })
}
