import type { AgentCaller } from '../../authenticate/caller.ts'
import type { Task } from '../../contract/task.ts'
import type { DelegationRequest } from '../../decide/requests.ts'
import type { House } from '../house.ts'
import { recordFewWaiting } from './few-waiting.ts'
import { requireOwnTask } from './require-own-task.ts'

/** Hands part of the agent's own task to another identity, as a narrower task of its own. */
export async function delegateTask(
  house: House,
  caller: AgentCaller,
  taskId: string,
  request: DelegationRequest,
): Promise<{ readonly task: Task; readonly entry: number }> {
  requireOwnTask(caller, taskId)
  const recorded = await recordFewWaiting(house, () => house.decide.delegation(caller, request))
  return { task: recorded.fact.grant, entry: recorded.index }
}
