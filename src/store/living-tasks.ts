import type { Kept } from '../contract/change.ts'
import { LIVING_TASK_STATES, type Task, type TaskState } from '../contract/task.ts'
import type { Part, Rows, Where } from './rows.ts'

/**
 * Gives living tasks in the order of their keys. They are few among all that ever were, and each state has its place in an
 * index: to look for both at once and in order, a database goes through what has ended as well.
 */
export async function findLivingTasks(
  rows: Rows,
  where: Omit<Where<'tasks'>, 'state'>,
  part: Omit<Part<'tasks'>, 'atMost'>,
): Promise<readonly Kept<Task>[]> {
  const found = new Map<string, Kept<Task>>()
  // one after the other: a task that moves on meanwhile is found twice, and never missed
  for (const state of LIVING_TASK_STATES)
    for (const task of await rows.find('tasks', { ...where, state }, part)) found.set(task.id, task)
  const order = part.newestFirst === true ? -1 : 1
  return [...found.values()].sort((x, y) => (x.id < y.id ? -order : order)).slice(0, part.limit)
}

/** True where all living tasks are asked for, and no others. */
export function areLiving(states: TaskState | readonly TaskState[] | undefined): boolean {
  const asked = Array.isArray(states) ? states : []
  return asked.length === LIVING_TASK_STATES.length && LIVING_TASK_STATES.every((state) => asked.includes(state))
}
