import { afterProof, type WorkloadCaller } from '../../../authenticate/caller.ts'
import { ACTION_CLASSES, type ActionClass } from '../../../contract/action-class.ts'
import { LIVING_TASK_STATES } from '../../../contract/task.ts'
import type { TaskRequest } from '../../../decide/requests.ts'
import { RemitError } from '../../../ground/errors.ts'
import { allRows } from '../../all-rows.ts'
import type { House } from '../../house.ts'
import { openTask } from '../../task/open-task.ts'
import { findSameTask, planServerTask, type Server, sinceOf } from './server-task.ts'

/** A task of its own that a client got for having named a server and nothing more. */
export interface OwnTask {
  readonly taskId: string
  /** The classes of action, as `scope` says them. */
  readonly scope: string
  readonly caller: WorkloadCaller
}

/**
 * Gives the task of a workload whose client can say which server it needs, and not in which task: the one that lives and is for
 * the very same, or a new one, under all that holds of a task that it opens itself. `scope` are the classes of action that it
 * asks for, all where it names none. Errors: `scope_exceeded`, `identity_inactive`, and those of a denial.
 */
export async function openOwnTask(
  house: House,
  caller: WorkloadCaller,
  { server }: Server,
  scope: string | undefined,
): Promise<OwnTask> {
  const planned = await planServerTask(house, caller, { server, wanted: readClasses(scope), rights: null })
  const living = await findSame(house, caller, planned.request)
  if (living !== undefined) return { taskId: living, scope: planned.scope, caller }
  const { task } = await openTask(house, caller, planned.request)
  return { taskId: task.id, scope: planned.scope, caller: afterProof(caller) }
}

function readClasses(scope: string | undefined): readonly ActionClass[] {
  const asked = scope?.split(' ')
  const wanted = ACTION_CLASSES.filter((each) => asked?.includes(each) !== false)
  if (wanted.length > 0) return wanted
  throw new RemitError('scope_exceeded', {
    detail: `scope is task:ID, or of these: ${ACTION_CLASSES.join(', ')}.`,
  })
}

async function findSame(
  house: House,
  { identity, binding }: WorkloadCaller,
  request: TaskRequest,
): Promise<string | undefined> {
  const living = { state: LIVING_TASK_STATES, identityId: identity.id }
  const tasks = allRows((page) => house.register.tasks(living, { after: sinceOf(house), ...page }))
  return await findSameTask(house, tasks, { ...request, bindingId: binding.id, onBehalfOf: null })
}
