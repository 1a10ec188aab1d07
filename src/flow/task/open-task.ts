import type { PersonCaller, WorkloadCaller } from '../../authenticate/caller.ts'
import type { Task } from '../../contract/task.ts'
import type { TaskRequest } from '../../decide/requests.ts'
import { requireTarget } from '../access/callback-target.ts'
import type { House } from '../house.ts'
import { findIdentity } from '../read-surroundings.ts'
import { shareAssertion } from '../token/share-assertion.ts'
import { recordFewWaiting } from './few-waiting.ts'

/** A task as it was opened: `active`, or `waiting` for a person. */
export interface OpenedTask {
  readonly task: Task
  readonly approvalId: string | null
  readonly entry: number
}

/** Opens a task for a workload that proved itself. Errors: `request_invalid` for a callback that is not configured for it. */
export async function openTask(house: House, caller: WorkloadCaller, request: TaskRequest): Promise<OpenedTask> {
  if (request.callback !== undefined) requireTarget(house, caller.identity.name, request.callback)
  const recorded = await shareAssertion(house, caller, (own) =>
    recordFewWaiting(house, () => house.decide.task(own, request)),
  )
  const task = recorded.fact.grant
  return { task, approvalId: task.approvalId, entry: recorded.index }
}

/** Opens a task of an identity on behalf of the person who asks. Errors: `not_found`. */
export async function openBehalfTask(
  house: House,
  caller: PersonCaller,
  idOrName: string,
  request: TaskRequest,
): Promise<OpenedTask> {
  const { id } = await findIdentity(house, idOrName)
  const recorded = await recordFewWaiting(house, () => house.decide.behalfTask(caller, id, request))
  const task = recorded.fact.grant
  return { task, approvalId: task.approvalId, entry: recorded.index }
}
