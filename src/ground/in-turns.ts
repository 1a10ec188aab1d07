import { type Clock, systemClock } from './clock.ts'
import { LIMITS } from './limits.ts'
import { nextTurnInLine } from './next-turn.ts'

/** Work in steps, each far shorter than `LIMITS.turnMs`: others have their turn in between, where it is finished in turns. */
export type InTurns<T> = Generator<undefined, T, undefined>

/** Does all of it at once: where little is to be done, or nobody waits. */
export function finishAtOnce<T>(work: InTurns<T>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
  }
}

/** Does as many steps in each turn of the event loop as there is time for, one at least. */
export async function finishInTurns<T>(work: InTurns<T>, clock?: Pick<Clock, 'monotonicMs'>): Promise<T> {
  const turn = beginTurn(clock)
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
    if (turn.isOver()) await turn.next()
  }
}

/** A turn of the event loop that somebody works in. */
export interface Turn {
  /** True once it has taken `LIMITS.turnMs`: others wait. */
  isOver(): boolean
  /** Lets everybody who waits have theirs, other long works too, and begins another one. */
  next(): Promise<void>
}

/** Begins to count how long a turn takes. The time is that of the machine, whatever clock the house goes by. */
export function beginTurn(clock: Pick<Clock, 'monotonicMs'> = systemClock): Turn {
  let beganMs = clock.monotonicMs()
  return {
    isOver: () => clock.monotonicMs() - beganMs >= LIMITS.turnMs,
    next: async () => {
      await nextTurnInLine()
      beganMs = clock.monotonicMs()
    },
  }
}
