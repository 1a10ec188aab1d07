import { SqliteQueryCompiler } from 'kysely'
import type { ThreadStanding } from '../ground/thread-standing.ts'
import { sayOdd } from './check-schema.ts'
import type { Engine, Outcome, SchemaPart, Script, Statement } from './engine.ts'
import { type Connection, openConnection, run, runBatch } from './sqlite/connection.ts'
import { type FileId, fileAt, refuseIfMoved } from './sqlite/file-id.ts'
import type { Order } from './sqlite/order.ts'
import { type Ownership, takeOwnership } from './sqlite/owner.ts'
import { noteSelectivity } from './sqlite/selectivity.ts'
import { openWriter, type Writer } from './sqlite/writer.ts'
import { inOurErrors, toDoubt } from './store-errors.ts'

/** The embedded engine. */
interface FileEngine extends Engine {
  /** The file that it has open, whatever is put in its place later. */
  readonly file: FileId
  /** How the thread stands that writes what is large or slow. */
  readonly writerStanding: () => ThreadStanding
}

/**
 * Opens the embedded engine on one file that this process owns alone. One transaction writes at a time; a connection that is
 * read-only reads here, so that no reader sees what is not committed. Throws `store_locked` where another
 * process owns the file, `store_damaged` where it is no store, `store_failed`, `log_unavailable`.
 */
export async function openSqlite(path: string, nowMs: number): Promise<FileEngine> {
  return await inOurErrors(async () => {
    const owned = takeOwnership(path, nowMs)
    try {
      return await openOwned(path, owned)
    } catch (error) {
      owned.release()
      throw error
    }
  })
}

async function openOwned(path: string, owned: Ownership): Promise<FileEngine> {
  const writer = await openWriter(path) // before who reads: it makes the file
  const file = fileAt(path)
  let reader = openConnection(path, true)
  let line: Promise<unknown> = Promise.resolve()
  const transactInTurn: Engine['transact'] = (play) => {
    const turn = line.then(() => inOurErrors(() => transact(writer, play())))
    line = turn.catch(() => undefined) // whoever asked is told; the next in line starts clean
    return turn
  }
  return {
    file,
    writerStanding: () => writer.standing(),
    words: { text: 'text', bytes: 'blob' },
    isOwned: true,
    compiler: new SqliteQueryCompiler(),
    guideReads: async () =>
      inOurErrors(async () => {
        if (!(await transactInTurn(noteSelectivity))) return
        const known = reader
        reader = openConnection(path, true)
        known.database.close()
      }),
    examine: async () => inOurErrors(async () => refuseOddNotes(reader)),
    refuseIfMoved: () => refuseIfMoved(path, file),
    read: async (statement) => inOurErrors(async () => run(reader, statement).rows),
    transact: transactInTurn,
    readSchema: async () => inOurErrors(async () => readSchema(reader)),
    rehearse: async (make) => inOurErrors(async () => rehearse(make)),
    close: async () => {
      await line
      reader.database.close()
      await writer.close()
      owned.release()
    },
  }
}

/** Plays a script: each of its batches is one order, and the last one may be the commit as well. */
async function transact<T>(writer: Writer, script: Script<T>): Promise<T> {
  let step = script.next()
  for (let begins = true; !step.done; begins = false) {
    const { outcomes, isCommitted } = await writer.obey({ begins, statements: step.value, ends: null })
    if (isCommitted) return endScript(script, outcomes)
    try {
      step = script.next(outcomes)
    } catch (error) {
      await writer.obey(ROLLBACK)
      throw error
    }
    if (step.done) await writer.obey(COMMIT)
  }
  return step.value
}

const COMMIT: Order = { begins: false, statements: [], ends: 'commit' }
const ROLLBACK: Order = { begins: false, statements: [], ends: 'rollback' }

/** What is committed cannot be taken back: a script that wants to is not believed, and nobody is told that nothing was kept. */
function endScript<T>(script: Script<T>, outcomes: readonly Outcome[]): T {
  try {
    const step = script.next(outcomes)
    if (step.done) return step.value
  } catch (error) {
    throw toDoubt(error)
  }
  throw toDoubt(new Error('a script went on behind its end'))
}

/** What SQLite makes to note how the rows lie: that changes no answer, only the way to it. */
const NOTES: readonly (readonly [name: string, sql: string])[] = [
  ['sqlite_stat1', 'CREATE TABLE sqlite_stat1(tbl,idx,stat)'],
  ['sqlite_stat4', 'CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)'],
]

const READ_SCHEMA: Statement = {
  sql: `select type, name, tbl_name, sql from sqlite_schema where ${NOTES.map(() => '(name is not ? or sql is not ?)').join(' and ')}`,
  values: NOTES.flat(),
}

/** Such notes are written and read without being asked: where they are no plain table, that would do what somebody else has said. */
function refuseOddNotes(connection: Connection): void {
  const odd = readSchema(connection).find((part) =>
    Object.values<string>({ ...part }).some((said) => /sqlite_stat/i.test(said)),
  )
  if (odd !== undefined) throw sayOdd(odd)
}

function readSchema(connection: Connection): readonly SchemaPart[] {
  return run(connection, READ_SCHEMA).rows.map((row) => ({
    table: String(row['tbl_name']),
    name: `${String(row['type'])} ${String(row['name'])}`,
    text: String(row['sql']),
  }))
}

function rehearse(make: () => Script<void>): readonly SchemaPart[] {
  const memory = openConnection(':memory:', false)
  try {
    const script = make()
    for (let step = script.next(); !step.done; ) step = script.next(runBatch(memory, step.value))
    return readSchema(memory)
  } finally {
    memory.database.close()
  }
}
