/** So many turns go by at most before something that could not be done is tried again; one is a second. */
const TURNS_MAX = 60

/**
 * Remembers that something may still be to be done, such as the estates of people who left, and what came between the last
 * time. It is kept in memory alone: each start begins with a note.
 */
export interface LeftOver {
  /** Has the house look at its next turn. */
  readonly note: () => void
  /** Has the house look at its next turn, or, after tries in vain, when it would have tried again anyway. */
  readonly noteInTime: () => void
  /** True where something was noted since this was last asked; after tries in vain ever more seldom. Asked once a turn. */
  readonly take: () => boolean
  /** Says that the house has gone through all of it, and nothing came between. */
  readonly done: () => void
  /** Says what came between, and has the house look again; true where that is not what came between before. */
  readonly fail: (fault: Error) => boolean
  /** What came between the last time; null where nothing did. */
  readonly fault: () => Error | null
}

export function createLeftOver(): LeftOver {
  let [isNoted, isUrgent] = [false, false]
  let last: Error | null = null
  let [inVain, turnsLeft] = [0, 0]
  return {
    note: () => {
      isNoted = true
      isUrgent = true // what is noted while a try is under way waits for nothing either
    },
    noteInTime: () => {
      isNoted = true
    },
    take: () => {
      const was = isNoted && (isUrgent || turnsLeft === 0)
      if (was) [isNoted, isUrgent] = [false, false]
      else turnsLeft = Math.max(0, turnsLeft - 1)
      return was
    },
    done: () => {
      last = null
      inVain = 0
      turnsLeft = 0
    },
    fail: (fault) => {
      const isNews = last?.message !== fault.message
      last = fault
      turnsLeft = Math.min(TURNS_MAX, 2 ** inVain) - 1
      isNoted = true
      inVain += 1
      return isNews
    },
    fault: () => last,
  }
}
