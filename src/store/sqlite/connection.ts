import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Columns, Outcome, Statement } from '../engine.ts'
import { isViolation } from '../store-errors.ts'

/** How long a statement waits for a lock that another hand holds. */
const LOCK_WAIT_MS = 1000

/** A connection with its prepared statements, by their text. */
export interface Connection {
  readonly database: DatabaseSync
  readonly prepared: Map<string, { readonly statement: StatementSync; readonly gives: boolean }>
}

/** An entry of a decision is some 2 KiB: of pages of 4 KiB each would take a whole one. A file that is there keeps its own. */
const PAGE_BYTES = 8192
/**
 * At so many pages the write-ahead log is folded into the file. Whoever waits at that moment waits longer, so it is done in
 * pieces, between two orders: small ones are short, but write again and again what many commits change.
 */
const FOLD_PAGES = 256
/** At so many SQLite folds it by itself, and whoever commits waits for that: after a transaction that was large at once. */
const WAL_PAGES = 512
/** The log is written over from its start after each fold; above so many bytes it gives room back then. */
const WAL_BYTES_KEPT = 64 * 1024 * 1024

const WRITER_SETTINGS = [
  `pragma page_size = ${PAGE_BYTES}`,
  'pragma journal_mode = wal',
  'pragma synchronous = full',
  `pragma wal_autocheckpoint = ${WAL_PAGES}`,
  `pragma journal_size_limit = ${WAL_BYTES_KEPT}`,
  'pragma trusted_schema = off',
  'pragma temp_store = memory',
]

/** Opens a connection. `lockWaitMs`: how long a statement waits for a lock that another hand holds. Throws what SQLite throws. */
export function openConnection(path: string, readOnly: boolean, lockWaitMs = LOCK_WAIT_MS): Connection {
  return { database: new DatabaseSync(path, { readOnly, timeout: lockWaitMs }), prepared: new Map() }
}

/** Opens a connection that writes, and makes the file where there is none. Throws what SQLite throws. */
export function openWriting(path: string, lockWaitMs = LOCK_WAIT_MS): Connection {
  const connection = openConnection(path, false, lockWaitMs)
  for (const setting of WRITER_SETTINGS) connection.database.exec(setting)
  return connection
}

/**
 * Opens a second connection that writes, for the event loop. It waits for no lock, and SQLite does not fold the log at its commits:
 * what somebody who reads has held back is large by then. Throws what SQLite throws.
 */
export function openWritingOnLoop(path: string): Connection {
  const connection = openWriting(path, 0)
  connection.database.exec('pragma wal_autocheckpoint = 0')
  return connection
}

/** Folds the write-ahead log where it has grown, if no transaction is open. */
export function foldGrown(connection: Connection): void {
  if (!hasGrown(connection)) return
  try {
    run(connection, FOLD_LOG)
  } catch {
    // nothing is lost by it, and the next order tries again: where the disk fails for good, the next commit tells of it
  }
}

/** True where no transaction is open and the write-ahead log has grown so that it should be folded. */
export function hasGrown(connection: Connection): boolean {
  if (connection.database.isTransaction) return false
  try {
    const [log] = run(connection, LOOK_AT_LOG).rows
    return Number(log?.['log']) - Number(log?.['checkpointed']) >= FOLD_PAGES
  } catch {
    return false // as above
  }
}

const LOOK_AT_LOG: Statement = { sql: 'pragma wal_checkpoint(noop)', values: [] }
const FOLD_LOG: Statement = { sql: 'pragma wal_checkpoint(passive)', values: [] }

/** Runs statements up to the first whose unique key is violated, or that does not do what it must. */
export function runBatch(connection: Connection, batch: readonly Statement[]): readonly Outcome[] {
  const outcomes: Outcome[] = []
  for (const statement of batch) {
    const outcome = runUnlessViolated(connection, statement)
    outcomes.push(outcome)
    if (outcome.violated || !doesIt(statement, outcome)) break
  }
  return outcomes
}

function doesIt({ must }: Statement, { rows: [first], count }: Outcome): boolean {
  return must === undefined || must === (first === undefined ? count : Object.values(first)[0])
}

function runUnlessViolated(connection: Connection, statement: Statement): Outcome {
  try {
    return run(connection, statement)
  } catch (error) {
    if (isViolation(error)) return { rows: [], count: 0, violated: true }
    throw error
  }
}

/** Runs one statement, prepared when its text is first seen. */
export function run(connection: Connection, { sql, values }: Statement): Outcome {
  const { statement, gives } = prepare(connection, sql)
  if (gives) return { rows: statement.all(...values) as Columns[], count: 0, violated: false } // no 64-bit reader is set
  return { rows: [], count: Number(statement.run(...values).changes), violated: false }
}

function prepare({ database, prepared }: Connection, sql: string): { statement: StatementSync; gives: boolean } {
  const known = prepared.get(sql)
  if (known !== undefined) return known
  const statement = database.prepare(sql)
  const made = { statement, gives: statement.columns().length > 0 }
  prepared.set(sql, made)
  return made
}
