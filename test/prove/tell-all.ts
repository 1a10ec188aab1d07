import type { EntryKind, LogEntry } from '../../src/contract/log-entry.ts'
import { type Told, tell, tellNothing } from '../../src/contract/told/told.ts'

/** An entry as far as it is not like every other one. */
export type Said = Partial<LogEntry> & { readonly kind: EntryKind }

/** Tells these entries from nothing on, one after another, each a moment after the one before, the first at 10. */
export function tellAll(...entries: readonly Said[]): Told {
  const told = tellNothing()
  for (const [index, said] of entries.entries()) {
    const entry: LogEntry = {
      v: 1,
      org: 'acme',
      atMs: 10 + index,
      actor: { kind: 'identity', id: 'idn_1' },
      subject: { kind: 'task', id: 'tsk_1' },
      data: {},
      touched: [],
      ...said,
    }
    tell(told, index, entry)
  }
  return told
}
