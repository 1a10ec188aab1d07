import type { IdentityId } from '../../contract/register/identity.ts'
import type { TaskId } from '../../contract/task.ts'
import type { Clock } from '../../ground/clock.ts'
import { LIMITS } from '../../ground/limits.ts'
import { Recent } from '../../ground/recent.ts'

/** How fast tokens may be asked for in tasks that wait for a person (RFC 8628 section 3.5): each answer costs an entry. */
export interface PollPace {
  /** True for who asks too fast about a task that waited when they asked before. */
  isTooFast(identityId: IdentityId, taskId: TaskId): boolean
  /** Notes that this identity was told to wait for this task. */
  noteWaiting(identityId: IdentityId, taskId: TaskId): void
}

interface Asked {
  /** How many times more it may ask at once. */
  readonly left: number
  readonly atMs: number
}

/**
 * Lets each identity ask `LIMITS.pollsAtOnceMax` times about a task that waits, and then once in `LIMITS.pollSeconds`. Kept in
 * memory, at most `LIMITS.pollsRememberedMax` and the newest half of them at least: whoever is forgotten begins anew.
 */
export function createPollPace(clock: Clock): PollPace {
  const waiting = new Recent<Asked>(LIMITS.pollsRememberedMax)
  const keyOf = (identityId: IdentityId, taskId: TaskId): string => `${identityId} ${taskId}`
  const readLeft = (asked: Asked, nowMs: number): number =>
    Math.min(LIMITS.pollsAtOnceMax, asked.left + (nowMs - asked.atMs) / (LIMITS.pollSeconds * 1000))
  return {
    isTooFast(identityId, taskId) {
      const asked = waiting.get(keyOf(identityId, taskId))
      return asked !== undefined && readLeft(asked, clock.monotonicMs()) < 1
    },
    noteWaiting(identityId, taskId) {
      const nowMs = clock.monotonicMs()
      const asked = waiting.get(keyOf(identityId, taskId)) ?? { left: LIMITS.pollsAtOnceMax, atMs: nowMs }
      waiting.set(keyOf(identityId, taskId), { left: readLeft(asked, nowMs) - 1, atMs: nowMs })
    },
  }
}
