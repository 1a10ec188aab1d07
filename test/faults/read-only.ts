import { closeSync, openSync, writeSync } from 'node:fs'

/** Marks the file of a store as one that only a newer SQLite may write: it is read-only then, even for root. */
export function makeReadOnly(path: string): void {
  const file = openSync(path, 'r+')
  writeSync(file, Uint8Array.of(3), 0, 1, 18)
  closeSync(file)
}
