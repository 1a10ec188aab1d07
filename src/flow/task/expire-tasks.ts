import { systemActor } from '../../authenticate/actor.ts'
import { isError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { House } from '../house.ts'
import { endTaskTree } from './end-task.ts'

/** Ends the tasks whose time has passed. Doors refuse them by the clock already; this makes the state say so. */
export async function expireTasks(house: House): Promise<number> {
  const overdue = await house.revoke.overdueTasks(house.clock.nowMs(), LIMITS.sweepRowsMax)
  let ended = 0
  for (const task of overdue) {
    try {
      ended += (await endTaskTree(house, task.id, { end: 'expired', because: 'its end passed', actor: systemActor }))
        .ended.length
    } catch (error) {
      if (!isError(error, 'task_not_active')) throw error
    }
  }
  return ended
}
