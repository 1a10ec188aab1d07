/** How work stands that has a thread of its own, and is done on the event loop while it has none. */
export interface ThreadStanding {
  /** False while it has none, and so holds up the event loop. */
  readonly hasThread: boolean
  /** How many threads of it have ended by themselves, and when the last of them did; epoch milliseconds, null before. */
  readonly ends: number
  readonly lastEndMs: number | null
}
