import type { Kept } from '../contract/change.ts'
import type { CutoffTarget } from '../contract/cutoff.ts'
import { LIVING_TASK_STATES, type Task, type TaskState } from '../contract/task.ts'
import { beginTurn } from '../ground/in-turns.ts'
import { LIMITS } from '../ground/limits.ts'
import type { RevokeStore } from '../revoke/store.ts'
import { findLivingTasks } from './living-tasks.ts'
import type { Rows } from './rows.ts'

const LIVING: readonly TaskState[] = LIVING_TASK_STATES

/** Keeps what taking back reads. */
export function createRevokeStore(rows: Rows): RevokeStore {
  return {
    task: (id) => rows.get('tasks', id),
    livingTasksUnder: (rootId, limit) => rows.find('tasks', { root_id: rootId, state: LIVING }, { limit }),
    livingTasksOf: (target, targetId) => TASKS_OF[target](rows, targetId),
    livingTasksFrom: (credentialId, limit) =>
      rows.find('tasks', { from_credential_id: credentialId, state: LIVING }, { limit }),
    livingTasksUnderGrant: (grantId, limit) => findLivingTasks(rows, { grant_id: grantId }, { limit }),
    livingTasksOpenedFor: (personId, page) => findLivingTasks(rows, { opened_for: personId }, page),
    overdueTasks: (atMs, limit) => rows.find('tasks', { state: LIVING }, { limit, atMost: { ends_ms: atMs } }),
    // what a crash left `intended`, where permit and outcome were two commits, ends with its task too
    livingCredentialsOf: (taskId, limit) =>
      rows.find('credentials', { task_id: taskId, state: ['intended', 'issued'] }, { limit }),
    credential: (id) => rows.get('credentials', id),
    openApprovalsAbout: (subjectId, limit) =>
      rows.find('approvals', { subject_id: subjectId, state: ['pending', 'approved'] }, { limit }),
    cutoff: (id) => rows.get('cutoffs', id),
    cutoffsOf: (ids) => rows.getMany('cutoffs', ids),
    cutoffs: (page) => rows.find('cutoffs', {}, page),
  }
}

type FindTasks = ReturnType<RevokeStore['livingTasksOf']>
type TasksOf = (rows: Rows, targetId: string) => FindTasks

/** Which living tasks each target ends. An upstream ends calls to it; the tasks go on without it. */
const TASKS_OF: Readonly<Record<CutoffTarget, TasksOf>> = {
  identity: (rows, id) => (limit) => findLivingTasks(rows, { identity_id: id }, { limit }),
  task: (rows, id) => async () => (await rows.getMany('tasks', [id])).filter((task) => LIVING.includes(task.state)),
  chain: (rows, id) => (limit) => rows.find('tasks', { root_id: id, state: LIVING }, { limit }),
  binding: (rows, id) => (limit) => findLivingTasks(rows, { binding_id: id }, { limit }),
  owner: (rows, owner) => goThroughIdentities(rows, { owner }),
  vendor: (rows, vendor) => goThroughIdentities(rows, { vendor }),
  upstream: () => async () => [],
}

/**
 * Goes through the identities a page at a time: an estate may be larger than what one reading gives. Others have their turn in
 * between, and the next search begins with the page that the one before it ended in.
 */
function goThroughIdentities(rows: Rows, where: { readonly owner: string } | { readonly vendor: string }): FindTasks {
  let after: string | undefined
  return async (limit) => {
    const tasks: Kept<Task>[] = []
    const turn = beginTurn()
    for (;;) {
      const page = await rows.find('identities', where, { limit: LIMITS.storeKeysMax, after })
      const of = { identity_id: page.map(({ id }) => id) }
      tasks.push(...(await findLivingTasks(rows, of, { limit: limit - tasks.length })))
      if (tasks.length >= limit || page.length < LIMITS.storeKeysMax) return tasks
      after = page.at(-1)?.id
      if (turn.isOver()) await turn.next()
    }
  }
}
