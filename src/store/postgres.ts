import { PostgresQueryCompiler } from 'kysely'
import { Client, type ClientConfig, Pool, type QueryResult, types } from 'pg'
import type { Clock } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { reportUnknown } from '../ground/report.ts'
import { toError } from '../ground/to-error.ts'
import type { Columns, Engine, Outcome, Script, Statement } from './engine.ts'
import { READ_SCHEMA, rehearseInside, toParts } from './postgres-schema.ts'
import { ReadLine } from './read-line.ts'
import { TABLE_NAMES } from './schema.ts'
import { inOurErrors, isRetried, isViolation, toDoubt } from './store-errors.ts'

const BYTEA = 17
const INT8 = 20
type Parser = (text: string) => unknown
const PARSERS: Readonly<Record<number, Parser>> = { [BYTEA]: parseBytes, [INT8]: Number }

/**
 * Opens the engine on a PostgreSQL 15 or newer, or on what speaks its protocol. A pool reads; one connection writes,
 * serializable, synchronously durable, each batch in one round trip. A lost connection is made anew at the next use,
 * and one that gives no answer for `answerMs` is lost: a server that stands still breaks nothing off by itself.
 */
export function openPostgres(url: string, clock: Clock, answerMs: number = LIMITS.storeAnswerMs): Engine {
  const settings: ClientConfig = {
    connectionString: url,
    connectionTimeoutMillis: Math.min(answerMs, LIMITS.storeConnectMs),
    statement_timeout: LIMITS.storeStatementMs,
    query_timeout: answerMs,
    // whoever falls asleep half-way, or is cut off, would keep the row of its hold from who takes over
    idle_in_transaction_session_timeout: Math.min(answerMs, LIMITS.storeStatementMs),
    keepAlive: true,
    application_name: 'remit',
    types: { getTypeParser: (oid, format) => PARSERS[oid] ?? (types.getTypeParser(oid, format as 'text') as Parser) },
  }
  const pool = new Pool({ ...settings, max: LIMITS.storeReadersMax })
  // an idle connection that breaks is dropped by the pool; whoever needs one next is told of a real outage
  pool.on('error', () => undefined)
  // half of what either of its waits may take tells a database that stands still from one that refuses at once
  const line = new ReadLine(LIMITS.storeReadersMax, Math.min(answerMs, LIMITS.storeConnectMs) / 2, clock)
  const writer = new Writer(settings, clock)
  return {
    words: { text: 'text collate "C"', bytes: 'bytea' },
    isOwned: false,
    compiler: new PostgresQueryCompiler(),
    guideReads: () => analyzeUnknown(pool).catch(reportUnknown), // without it reads are slow, and right all the same
    examine: async () => inOurErrors(async () => refuseEncoding(await pool.query('show server_encoding'))),
    refuseIfMoved: () => undefined, // a server finds its database by its name
    read: async (statement) =>
      inOurErrors(async () => toOutcome(await line.read(() => pool.query(toQuery(statement)))).rows),
    transact: async (play) => inOurErrors(async () => writer.transact(play)),
    readSchema: async () => inOurErrors(async () => toParts((await pool.query(toQuery(READ_SCHEMA))).rows)),
    rehearse: async (make) => inOurErrors(async () => writer.transact(() => rehearseInside(make))),
    close: async () => inOurErrors(async () => endWithin(clock, Promise.all([pool.end(), writer.close()]))),
  }
}

/** Any other encoding lacks characters that people and agents write: one of them would fail all that is written with it. */
function refuseEncoding({ rows }: QueryResult<{ server_encoding: string }>): void {
  const encoding = rows[0]?.server_encoding ?? 'none'
  if (encoding === 'UTF8') return
  throw new RemitError('store_failed', {
    detail: `The database has the encoding ${encoding}; make one with the encoding UTF8 and name it in store.url.`,
  })
}

/**
 * Has the server look at tables that hold rows and were never looked at, as all are in a database that was restored or brought to a
 * newer version of PostgreSQL. It does so by itself once they change much, and until then goes through all there is. The small
 * ones come first: one that takes too long to look at ends this, and keeps none of the others from it.
 */
async function analyzeUnknown(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(NEVER_ANALYZED)
  for (const { name } of rows.filter(({ name }) => OWN_TABLES.includes(name))) await pool.query(`analyze "${name}"`)
}

const NEVER_ANALYZED = `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = current_schema() and c.relkind = 'r' and c.reltuples < 0 and pg_relation_size(c.oid) > 0
  order by pg_relation_size(c.oid)`
const OWN_TABLES: readonly string[] = [...TABLE_NAMES, 'entries', 'tile_roots', 'seen_reads', 'entry_cards']

/** Waits for an end, but not for a server that does not answer a goodbye. */
async function endWithin(clock: Clock, ended: Promise<unknown>): Promise<void> {
  const patience = new AbortController()
  const tooLong = clock.sleep(LIMITS.storeCloseMs, patience.signal).catch(() => undefined)
  await Promise.race([ended, tooLong])
  patience.abort()
}

/** The one connection that writes, and the line of those who wait for it. */
class Writer {
  readonly #settings: ClientConfig
  readonly #clock: Clock
  #client: Client | undefined
  #line: Promise<unknown> = Promise.resolve()

  constructor(settings: ClientConfig, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
  }

  transact<T>(play: () => Script<T>): Promise<T> {
    const turn = this.#line.then(async () => this.#retry(play))
    this.#line = turn.catch(() => undefined) // whoever asked is told; the next in line starts clean
    return turn
  }

  async close(): Promise<void> {
    await this.#line
    await this.#client?.end()
  }

  async #retry<T>(play: () => Script<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const client = this.#client ?? (await this.#connect())
      try {
        return await playScript(client, play())
      } catch (error) {
        await this.#rollBack(client)
        if (!isRetried(error) || attempt >= LIMITS.storeRetriesMax) throw error
      }
      await this.#clock.sleep(2 ** attempt)
    }
  }

  async #connect(): Promise<Client> {
    const client = new Client({ ...this.#settings, pipeline: true })
    client.on('error', () => this.#forget(client))
    await client.connect()
    await client.query('set synchronous_commit = on')
    this.#client = client
    return client
  }

  async #rollBack(client: Client): Promise<void> {
    try {
      await client.query('rollback')
    } catch {
      this.#forget(client) // it broke; the script's own error says why
    }
  }

  #forget(client: Client): void {
    if (this.#client === client) this.#client = undefined
  }
}

async function playScript<T>(client: Client, script: Script<T>): Promise<T> {
  let opening: readonly Statement[] = [{ sql: 'begin isolation level serializable', values: [] }]
  let step = script.next()
  while (!step.done) {
    const outcomes = await runBatch(client, [...opening, ...step.value])
    step = script.next(outcomes.slice(opening.length))
    opening = []
  }
  if (opening.length > 0) return step.value
  const { command } = await commit(client)
  // a transaction that failed half-way answers a commit by rolling back, without an error
  if (command !== 'COMMIT')
    throw new RemitError('store_failed', { cause: new Error(`the commit was answered by ${command}`) })
  return step.value
}

/** What is lost between us and the server may have been committed, or still be. */
async function commit(client: Client): Promise<QueryResult> {
  try {
    return await client.query('commit')
  } catch (error) {
    throw isRetried(error) ? toError(error) : toDoubt(error)
  }
}

/** Sends the whole batch at once. What follows a violated unique key was not run and is left out. */
async function runBatch(client: Client, batch: readonly Statement[]): Promise<readonly Outcome[]> {
  const settled = await Promise.allSettled(batch.map(async (statement) => client.query(toQuery(statement))))
  const outcomes: Outcome[] = []
  for (const each of settled) {
    if (each.status === 'fulfilled') outcomes.push(toOutcome(each.value))
    else if (isViolation(each.reason)) return [...outcomes, { rows: [], count: 0, violated: true }]
    else throw toError(each.reason)
  }
  return outcomes
}

function toOutcome(result: QueryResult): Outcome {
  return { rows: result.rows as Columns[], count: result.rowCount ?? 0, violated: false } // by the parsers above
}

const numbered = new Map<string, { readonly name: string; readonly text: string }>()

/**
 * Numbers the placeholders and names the statement, once for each text, so that it is parsed once a connection. What reads a part
 * has no name, and is planned each time: after five times a server keeps the plan of a named one, made for values that it does not
 * know, and goes through all that an identity has ever had for the few that it looks for.
 */
function toQuery({ sql, values, isPart = false }: Statement): { name?: string; text: string; values: unknown[] } {
  if (values.length === 0) return { text: sql, values: [] }
  let known = numbered.get(sql)
  if (known === undefined) {
    let place = 0
    known = { name: `remit_${numbered.size}`, text: sql.replaceAll('?', () => `$${++place}`) }
    numbered.set(sql, known)
  }
  return {
    ...(isPart ? { text: known.text } : known),
    values: values.map((value) =>
      value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.length) : value,
    ),
  }
}

function parseBytes(hex: string): Uint8Array {
  const bytes = Buffer.from(hex.slice(2), 'hex')
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
