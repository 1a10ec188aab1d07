import { systemClock } from '../src/ground/clock.ts'
import { LIMITS } from '../src/ground/limits.ts'
import { nextTurn } from '../src/ground/next-turn.ts'

/**
 * Does something by a clock on which every look finds the turn over, and gives how many turns of the event loop others had
 * before it was done.
 */
export async function countTurns(work: () => Promise<unknown>): Promise<number> {
  let [nowMs, turns, isDone] = [0, 0, false]
  const { monotonicMs } = systemClock
  Object.assign(systemClock, { monotonicMs: () => (nowMs += LIMITS.turnMs) })
  const takeTurns = async (): Promise<void> => {
    for (;;) {
      await nextTurn()
      if (isDone) return
      turns += 1
    }
  }
  const others = takeTurns()
  try {
    await work()
  } finally {
    isDone = true
    Object.assign(systemClock, { monotonicMs })
  }
  await others
  return turns
}
