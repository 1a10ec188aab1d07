/**
 * Remembers that something of the estates of people who left may still be to be suspended, and what came between the last
 * time. It is kept in memory alone: each start begins with a note.
 */
export interface EstateNotes {
  /** Has the house look at its next turn. */
  readonly note: (fault?: Error) => void
  /** True where something was noted since this was last asked. */
  readonly take: () => boolean
  /** Says that the house has gone through all of it, and nothing came between. */
  readonly done: () => void
  /** What came between the last time; null where nothing did. */
  readonly fault: () => Error | null
}

export function createEstateNotes(): EstateNotes {
  let isNoted = false
  let last: Error | null = null
  return {
    note: (fault) => {
      isNoted = true
      last = fault ?? last
    },
    take: () => {
      const was = isNoted
      isNoted = false
      return was
    },
    done: () => {
      last = null
    },
    fault: () => last,
  }
}
