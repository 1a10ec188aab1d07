import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { SqliteQueryCompiler } from 'kysely'
import type { Columns, Engine, Outcome, SchemaPart, Script, Statement } from './engine.ts'
import { type Ownership, takeOwnership } from './sqlite-owner.ts'
import { isViolation, toDoubt, toStoreError } from './store-errors.ts'

/** Page counts of the write-ahead log: SQLite folds it into the file at the first, and gives room back above the second. */
const WAL_PAGES = 4096
const WAL_BYTES_KEPT = 64 * 1024 * 1024

const WRITER_SETTINGS = [
  'pragma journal_mode = wal',
  'pragma synchronous = full',
  `pragma wal_autocheckpoint = ${WAL_PAGES}`,
  `pragma journal_size_limit = ${WAL_BYTES_KEPT}`,
  'pragma trusted_schema = off',
  'pragma temp_store = memory',
]

/**
 * Opens the embedded engine on one file that this process owns alone. One connection writes; another, read-only one
 * reads, so that no reader sees what is not committed. Throws `store_locked` where another process owns the file.
 */
export function openSqlite(path: string, nowMs: number): Engine {
  const owned = guard(() => takeOwnership(path, nowMs))
  try {
    return guard(() => openOwned(path, owned))
  } catch (error) {
    owned.release()
    throw error
  }
}

function openOwned(path: string, owned: Ownership): Engine {
  const writer = open(path, false)
  for (const setting of WRITER_SETTINGS) writer.database.exec(setting)
  const reader = open(path, true)
  return {
    words: { text: 'text', bytes: 'blob' },
    isOwned: true,
    compiler: new SqliteQueryCompiler(),
    examine: async () => undefined,
    read: async (statement) => guard(() => run(reader, statement).rows),
    transact: async (play) => guard(() => transact(writer, play())),
    readSchema: async () => guard(() => readSchema(reader)),
    rehearse: async (make) => guard(() => rehearse(make)),
    close: async () => {
      reader.database.close()
      writer.database.close()
      owned.release()
    },
  }
}

/** A connection with its prepared statements, by their text. */
interface Connection {
  readonly database: DatabaseSync
  readonly prepared: Map<string, { readonly statement: StatementSync; readonly gives: boolean }>
}

function open(path: string, readOnly: boolean): Connection {
  return { database: new DatabaseSync(path, { readOnly, timeout: 1000 }), prepared: new Map() }
}

/** Plays the whole script inside one turn of the event loop. */
function transact<T>(connection: Connection, script: Script<T>): T {
  connection.database.exec('begin immediate')
  try {
    let step = script.next()
    while (!step.done) step = script.next(runBatch(connection, step.value))
    commit(connection)
    return step.value
  } catch (error) {
    if (connection.database.isTransaction) connection.database.exec('rollback')
    throw error
  }
}

/** A disk that fails to sync may have taken the commit into the write-ahead log: it comes back if we end before the next. */
function commit({ database }: Connection): void {
  try {
    database.exec('commit')
  } catch (error) {
    throw toDoubt(error)
  }
}

// what `analyze` notes changes no answer, only the way to it
const READ_SCHEMA: Statement = {
  sql: "select type, name, tbl_name, sql from sqlite_schema where not (type = 'table' and name in ('sqlite_stat1', 'sqlite_stat4'))",
  values: [],
}

function readSchema(connection: Connection): readonly SchemaPart[] {
  return run(connection, READ_SCHEMA).rows.map((row) => ({
    table: String(row['tbl_name']),
    name: `${String(row['type'])} ${String(row['name'])}`,
    text: String(row['sql']),
  }))
}

function rehearse(make: () => Script<void>): readonly SchemaPart[] {
  const memory = open(':memory:', false)
  try {
    transact(memory, make())
    return readSchema(memory)
  } finally {
    memory.database.close()
  }
}

function runBatch(connection: Connection, batch: readonly Statement[]): readonly Outcome[] {
  const outcomes: Outcome[] = []
  for (const statement of batch) {
    const outcome = runUnlessViolated(connection, statement)
    outcomes.push(outcome)
    if (outcome.violated) break
  }
  return outcomes
}

function runUnlessViolated(connection: Connection, statement: Statement): Outcome {
  try {
    return run(connection, statement)
  } catch (error) {
    if (isViolation(error)) return { rows: [], count: 0, violated: true }
    throw error
  }
}

function run(connection: Connection, { sql, values }: Statement): Outcome {
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

function guard<T>(action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw toStoreError(error)
  }
}
