import { systemActor } from '../../authenticate/actor.ts'
import type { Denial } from '../../contract/decision.ts'
import type { Tier } from '../../contract/register/tier.ts'
import { isPivot } from '../../decide/laws/pivot.ts'
import { isError } from '../../ground/errors.ts'
import { toError } from '../../ground/to-error.ts'
import type { House } from '../house.ts'
import { endTaskTree } from './end-task.ts'

/** Counts a pivot for the operator, and ends the tasks for which it was one too many; none of them acts meanwhile. */
export async function endSpent(house: House, tier: Tier, { reasons, code, spent }: Denial): Promise<void> {
  if (reasons.some(isPivot))
    house.metrics.count('remit_pivots_total', { tier, outcome: code === 'approval_required' ? 'held' : 'denied' })
  for (const taskId of spent ?? []) {
    try {
      const because = 'it tried too often what lies outside of its scope or purpose'
      await endTaskTree(house, taskId, { end: 'revoked', because, actor: systemActor })
    } catch (error) {
      if (isError(error, 'task_not_active')) continue
      house.carryOnLater(toError(error))
    }
  }
}
