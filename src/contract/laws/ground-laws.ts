import { tasksActing } from '../told/told.ts'
import type { EntryLaw, Judged } from './entry-law.ts'

/** The laws of what tasks were given on. */
export const GROUND_LAWS: readonly EntryLaw[] = [
  {
    name: 'ground',
    promise:
      'nothing is permitted in a task that was handed on with a token that was taken back, rests on a right that was ended or is done for a person who left, or under one',
    findFault: findGroundFault,
  },
]

function findGroundFault({ entry, told }: Judged): string | null {
  for (const task of tasksActing(told, entry)) {
    const fallen = task.grounds.find((id) => told.fallen.has(id))
    if (fallen !== undefined)
      return `it permits something in the task ${task.id}, which rests on ${fallen}, and that is no more`
  }
  return null
}
