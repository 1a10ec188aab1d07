import type { Kept } from '../contract/change.ts'
import type { CutoffTarget } from '../contract/cutoff.ts'
import { LIVING_TASK_STATES, type Task, type TaskState } from '../contract/task.ts'
import { LIMITS } from '../ground/limits.ts'
import type { RevokeStore } from '../revoke/store.ts'
import type { Rows } from './rows.ts'

const LIVING: readonly TaskState[] = LIVING_TASK_STATES

/** Keeps what taking back reads. */
export function createRevokeStore(rows: Rows): RevokeStore {
  return {
    task: (id) => rows.get('tasks', id),
    livingTasksUnder: (rootId, limit) => rows.find('tasks', { root_id: rootId, state: LIVING }, { limit }),
    livingTasksOf: (target, targetId, limit) => TASKS_OF[target](rows, targetId, limit),
    livingTasksFrom: (credentialId, limit) =>
      rows.find('tasks', { from_credential_id: credentialId, state: LIVING }, { limit }),
    livingTasksUnderGrant: (grantId, limit) => rows.find('tasks', { grant_id: grantId, state: LIVING }, { limit }),
    livingTasksOpenedFor: (personId, page) => rows.find('tasks', { opened_for: personId, state: LIVING }, page),
    overdueTasks: (atMs, limit) => rows.find('tasks', { state: LIVING }, { limit, atMost: { ends_ms: atMs } }),
    // what a crash left `intended`, where permit and outcome were two commits, ends with its task too
    livingCredentialsOf: (taskId, limit) =>
      rows.find('credentials', { task_id: taskId, state: ['intended', 'issued'] }, { limit }),
    credential: (id) => rows.get('credentials', id),
    openApprovalsAbout: (subjectId, limit) =>
      rows.find('approvals', { subject_id: subjectId, state: ['pending', 'approved'] }, { limit }),
    cutoff: (id) => rows.get('cutoffs', id),
    cutoffs: (page) => rows.find('cutoffs', {}, page),
  }
}

type TasksOf = (rows: Rows, targetId: string, limit: number) => Promise<readonly Kept<Task>[]>

/** Which living tasks each target ends. An upstream ends calls to it; the tasks go on without it. */
const TASKS_OF: Readonly<Record<CutoffTarget, TasksOf>> = {
  identity: (rows, id, limit) => rows.find('tasks', { identity_id: id, state: LIVING }, { limit }),
  task: async (rows, id) => (await rows.getMany('tasks', [id])).filter((task) => LIVING.includes(task.state)),
  chain: (rows, id, limit) => rows.find('tasks', { root_id: id, state: LIVING }, { limit }),
  binding: (rows, id, limit) => rows.find('tasks', { binding_id: id, state: LIVING }, { limit }),
  owner: (rows, owner, limit) => tasksOfIdentities(rows, { owner }, limit),
  vendor: (rows, vendor, limit) => tasksOfIdentities(rows, { vendor }, limit),
  upstream: async () => [],
}

/** Goes through the identities a page at a time: an estate may be larger than what one reading gives. */
async function tasksOfIdentities(
  rows: Rows,
  where: { readonly owner: string } | { readonly vendor: string },
  limit: number,
): Promise<readonly Kept<Task>[]> {
  const tasks: Kept<Task>[] = []
  for (let after: string | undefined; ; ) {
    const page = await rows.find('identities', where, { limit: LIMITS.storeKeysMax, after })
    const of = { identity_id: page.map(({ id }) => id), state: LIVING }
    tasks.push(...(await rows.find('tasks', of, { limit: limit - tasks.length })))
    after = page.at(-1)?.id
    if (tasks.length >= limit || page.length < LIMITS.storeKeysMax) return tasks
  }
}
