import type { QueryCompiler } from 'kysely'
import { RemitError } from '../ground/errors.ts'

/** What a column can hold. Numbers are whole and safe; booleans are 0 and 1; JSON is text. */
export type Value = string | number | Uint8Array | null

/**
 * One statement: `?` stands for each value, in every engine. `ends`, at the last statement of a script: where it changes
 * exactly so many rows and no statement of its batch is violated, the script returns, and an engine may commit with it.
 * `must`: where it changes another number of rows, or what it reads begins with another value (0 where it reads nothing), an
 * engine that is owned goes no further in this batch. `isPart`: only so many of the rows that match are read; whether these are
 * best looked for in their order hangs on how many match, and so on the values.
 */
export interface Statement {
  readonly sql: string
  readonly values: readonly Value[]
  readonly ends?: number
  readonly must?: number
  readonly isPart?: boolean
}

/** A row as an engine gives it. */
export type Columns = Readonly<Record<string, Value>>

/** What a statement gave: its rows, how many rows it changed, and whether a unique key stood in its way. */
export interface Outcome {
  readonly rows: readonly Columns[]
  readonly count: number
  readonly violated: boolean
}

/**
 * A transaction, written once for every engine: it yields batches of statements and is given their outcomes. Each
 * batch is one order to what writes the file (SQLite) or one round trip (PostgreSQL). It may be played
 * again from the start (serialization failures), so it must do nothing but database work. After a violated unique
 * key the script has to go back to a savepoint before it yields anything else.
 */
export type Script<T> = Generator<readonly Statement[], T, readonly Outcome[]>

/** A part of what a database is made of: what it belongs to, what it is, and all that was said in making it. */
export interface SchemaPart {
  readonly table: string
  readonly name: string
  readonly text: string
}

/**
 * One database. Reads see committed state only; scripts are serializable, one at a time, and durable once they
 * resolve. Errors: `log_unavailable` (full, read-only, failing disk), `store_damaged` (what lies there
 * cannot be read), `store_failed` (anything else).
 */
export interface Engine {
  /** The words that differ between engines, as migrations write them: `{text}`, `{bytes}`. */
  readonly words: Readonly<Record<'text' | 'bytes', string>>
  /** True where no other process can have the database open: whatever one has left half-done in it is abandoned. */
  readonly isOwned: boolean
  readonly compiler: QueryCompiler
  /** Has what plans the reads know how the rows lie, once all tables are made. */
  guideReads(): Promise<void>
  /** Throws `store_failed` where the database cannot hold whatever is written; `store_edited` where it would do what nobody of us said. */
  examine(): Promise<void>
  /** Throws `store_edited` where what is written now would not be found at the next start. */
  refuseIfMoved(): void
  read(statement: Statement): Promise<readonly Columns[]>
  transact<T>(play: () => Script<T>): Promise<T>
  /** Everything that the database is made of. */
  readSchema(): Promise<readonly SchemaPart[]>
  /** Everything that a database is made of in which only `make` has been; nothing of it stays. */
  rehearse(make: () => Script<void>): Promise<readonly SchemaPart[]>
  close(): Promise<void>
}

/** Yields one statement and gives its outcome. A unique key in its way ends the script with `conflict`. */
export function* ask(
  sql: string,
  ...values: readonly Value[]
): Generator<readonly Statement[], Outcome, readonly Outcome[]> {
  const [outcome] = yield [{ sql, values }]
  if (outcome === undefined || outcome.violated)
    throw new RemitError('conflict', { detail: 'Another process is doing the same to the store.' })
  return outcome
}
