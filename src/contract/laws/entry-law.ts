import type { LogEntry } from '../log-entry.ts'
import type { Told } from '../told/told.ts'

/** What a law looks at: one entry, its index, and what the entries before it have told. */
export interface Judged {
  readonly index: number
  readonly entry: LogEntry
  readonly told: Told
  /** True where all entries before it were read: only then is something that was never told a fault. */
  readonly whole: boolean
}

/** One law over a log: what it promises, and what is wrong where an entry breaks it. */
export interface EntryLaw {
  readonly name: string
  readonly promise: string
  /** Gives what is wrong as a sentence without its full stop, or null. */
  readonly findFault: (judged: Judged) => string | null
}

/** How much later than its decision an entry may be written, as its time is that of the writing. */
export const recordDelayMsMax = 5_000
