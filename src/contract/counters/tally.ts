/** A sum that only grows, and what it was when each slice of its window began. */
export interface Tally {
  /** What is added up, and for whom: `spend/…` of a task, `limit/…` of whom people limit, `asked/…` of who has people asked. */
  readonly id: string
  /** All that was ever added. */
  readonly total: number
  /** Slices in which something was added, oldest first; those that no window reaches any more are dropped. */
  readonly marks: readonly TallyMark[]
}

/** The sum before anything was added in a slice: slice `n` of a window begins `n` of its lengths after 1970. */
export interface TallyMark {
  readonly slice: number
  readonly before: number
}
