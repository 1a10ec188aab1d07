import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { DatabaseSync } from 'node:sqlite'
import { toRfc3339 } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import { keepPrivate } from '../../ground/key-file.ts'
import { isLocked } from '../store-errors.ts'

/** That this process, and nobody else, has the store open. */
export interface Ownership {
  release(): void
}

/**
 * Takes the store for this process: an exclusive lock on `<path>.lock`, which the kernel drops when the process ends,
 * however it ends. Who holds it stands in `<path>.owner`, for people. Throws `store_locked` saying who.
 * The lock is SQLite's own, so nothing else in this process may open that file: closing it would drop the lock.
 */
export function takeOwnership(path: string, nowMs: number): Ownership {
  keepPrivate(`${path}.lock`) // whoever can read it can lock it
  const lock = new DatabaseSync(`${path}.lock`, { timeout: 0 })
  try {
    lock.exec('pragma journal_mode = memory; begin exclusive')
    const line = `process ${process.pid} on ${hostname()} since ${toRfc3339(nowMs)}\n`
    writeFileSync(`${path}.owner`, line, { mode: 0o600 })
  } catch (error) {
    lock.close()
    throw isLocked(error) ? new RemitError('store_locked', { detail: sayOwner(path), cause: error }) : error
  }
  return {
    release: () => {
      rmSync(`${path}.owner`, { force: true })
      lock.close()
    },
  }
}

function sayOwner(path: string): string {
  return `The store is open in another process: ${readOwner(path)}.`
}

/** The owner's line may not be written yet, or be gone already: who holds the lock is then not known. */
function readOwner(path: string): string {
  try {
    return readFileSync(`${path}.owner`, 'utf8').trim()
  } catch (error) {
    return error instanceof Error ? 'it has not said which one' : String(error)
  }
}
