import { actorOf } from '../../authenticate/actor.ts'
import type { AgentCaller } from '../../authenticate/caller.ts'
import type { House } from '../house.ts'
import { type EndedTree, endTaskTree } from './end-task.ts'
import { requireOwnTask } from './require-own-task.ts'

/** How an agent ends its own task, and what the log says where it gives no reason. */
const ENDS = { completed: 'its agent completed it', failed: 'its agent gave it up' } as const

/** Ends the agent's own task, with all below it. Errors: `not_found` for any other task, `task_not_active`. */
export async function finishTask(
  house: House,
  caller: AgentCaller,
  taskId: string,
  end: keyof typeof ENDS,
  reason: string | undefined,
): Promise<EndedTree> {
  requireOwnTask(caller, taskId)
  return endTaskTree(house, taskId, { end, because: reason ?? ENDS[end], actor: actorOf(caller) })
}
