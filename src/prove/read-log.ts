import { fromUtf8 } from '../contract/log/bytes.ts'
import type { LogEntry } from '../contract/log-entry.ts'
import { readEntry } from '../contract/read-entry.ts'
import { RemitError } from '../ground/errors.ts'
import { beginTurn } from '../ground/in-turns.ts'
import type { ProveStore } from './store.ts'

/** An entry at its place, with the text that the tree holds. */
export interface PlacedEntry {
  readonly index: number
  readonly text: string
}

const batchEntries = 256

/**
 * Gives the texts of the entries from `first` to `size` (exclusive) in order, a batch in memory at a time. A log is long, and a
 * store that is read here answers in the same turn of the event loop: others have theirs in between, whatever is done
 * with each entry.
 */
export async function* readLog(store: ProveStore, first: number, size: number): AsyncGenerator<PlacedEntry> {
  const turn = beginTurn()
  for (let from = first; from < size; from += batchEntries) {
    const batch = await store.readEntries(from, Math.min(from + batchEntries, size))
    if (batch.length !== Math.min(batchEntries, size - from)) throw broken(from + batch.length)
    for (const [at, bytes] of batch.entries()) {
      if (turn.isOver()) await turn.next()
      yield { index: from + at, text: decode(bytes, from + at) }
    }
  }
}

/** Reads what an entry says. An entry that is none means a broken log. */
export function openEntry({ index, text }: PlacedEntry): LogEntry {
  const entry = readEntry(text)
  if (typeof entry === 'string') throw broken(index)
  return entry
}

/** True where a text may name one of the ids, alone or as part of a longer name: false where it names none. */
export function mayName(text: string, ids: Iterable<string>): boolean {
  for (const id of ids) if (text.includes(JSON.stringify(id).slice(1, -1))) return true
  return false
}

function decode(bytes: Uint8Array, index: number): string {
  const text = fromUtf8(bytes)
  if (text === null) throw broken(index)
  return text
}

function broken(entry: number): RemitError {
  return new RemitError('log_broken', { facts: { entry } })
}
