import { RemitError } from '../../ground/errors.ts'
import { idFloor } from '../../ground/ids.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { House } from '../house.ts'

/**
 * Refuses one more task that people may have to approve where so many of an identity, or below a task, wait for them already:
 * nobody buries the one that matters, and whoever asks again and again puts no question each time. Error: `rate_limited`.
 */
export async function requireFewWaiting(
  { register, clock }: Pick<House, 'register' | 'clock'>,
  of: { readonly identityId: string } | { readonly parentId: string },
): Promise<void> {
  const since = idFloor('task', clock.nowMs() - LIMITS.approvalSeconds * 1000)
  const waiting = await register.tasks({ state: ['waiting'], ...of }, { after: since, limit: LIMITS.waitingTasksMax })
  if (waiting.length < LIMITS.waitingTasksMax) return
  throw new RemitError('rate_limited', {
    detail: `${LIMITS.waitingTasksMax} tasks wait for people to approve them already; ask again once they have answered.`,
  })
}
