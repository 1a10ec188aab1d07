import type { Clock } from '../ground/clock.ts'
import { digestOf } from '../ground/digest.ts'
import { isError, RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { ask, type Engine, type Script } from './engine.ts'
import { MIGRATIONS, type Migration } from './migrations.ts'

/** One step of the history: `hash` covers it and every step before it. */
interface Step {
  readonly number: number
  readonly step: number
  readonly sql: string
  readonly hash: string
}

interface Passed {
  readonly number: number
  readonly step: number
  readonly hash: string
}

/**
 * Brings the store to this program's version, one statement a step, only forward. Processes that start together wait
 * for the first. Throws `store_newer` where a newer version wrote the store, `store_edited` where its history is not
 * ours, `store_locked` where another process migrates for too long.
 */
export async function migrate(
  engine: Engine,
  clock: Clock,
  holder: string,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const steps = chainSteps(migrations)
  await prepareHistory(engine)
  if (findPending(steps, await readPassed(engine)).length === 0) return
  await takeLock(engine, clock, holder)
  try {
    for (const step of findPending(steps, await readPassed(engine))) {
      await engine.transact(() => takeStep(step, engine.words, holder, clock.nowMs()))
    }
  } finally {
    await engine.transact(() => releaseLock(holder))
  }
}

/** Gives every step in order, each hashed over all that went before. */
export function chainSteps(migrations: readonly Migration[]): readonly Step[] {
  let hash = ''
  return migrations.flatMap(({ number, name, steps }) =>
    steps.map((sql, step) => {
      hash = digestOf([hash, number, name, sql])
      return { number, step, sql, hash }
    }),
  )
}

/** Gives the steps still to take, and refuses a history that is not the beginning of ours. */
function findPending(steps: readonly Step[], passed: readonly Passed[]): readonly Step[] {
  const known = steps.at(-1)?.number ?? 0
  const found = passed.at(-1)?.number ?? 0
  if (found > known) {
    throw new RemitError('store_newer', {
      detail: `The store is of version ${found}; this program knows versions up to ${known}.`,
      facts: { found, known },
    })
  }
  const odd = passed.find((each, at) => each.hash !== steps[at]?.hash)
  if (odd !== undefined) {
    throw new RemitError('store_edited', {
      detail: `Step ${odd.step} of migration ${odd.number} in the store is not the one of this program.`,
      facts: { number: odd.number, step: odd.step },
    })
  }
  return steps.slice(passed.length)
}

async function readPassed(engine: Engine): Promise<readonly Passed[]> {
  const rows = await engine.read({ sql: 'select number, step, hash from migrations order by number, step', values: [] })
  return rows.map((row) => ({ number: Number(row['number']), step: Number(row['step']), hash: String(row['hash']) }))
}

/** Two processes that make the same table at once: PostgreSQL refuses the later one, which then finds it made. */
async function prepareHistory(engine: Engine): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await engine.transact(() => makeTables(engine.words))
    } catch (error) {
      if (!isError(error, 'conflict') || attempt >= LIMITS.storeRetriesMax) throw error
    }
  }
}

/** Makes in one go all that a store of this version is made of. */
export function* makeEverything(words: Engine['words']): Script<void> {
  yield* makeTables(words)
  for (const { sql } of chainSteps(MIGRATIONS)) yield* ask(inWords(sql, words))
}

function* makeTables(words: Engine['words']): Script<void> {
  yield* ask(
    inWords(
      'create table if not exists migrations (number bigint not null, step bigint not null, hash {text} not null, at_ms bigint not null, primary key (number, step))',
      words,
    ),
  )
  yield* ask(
    inWords(
      'create table if not exists migration_lock (id bigint not null primary key, holder {text} not null, expires_ms bigint not null)',
      words,
    ),
  )
}

/** The lock must still be ours, so that a process that slept through its expiry does not go on. */
function* takeStep(
  { number, step, sql, hash }: Step,
  words: Engine['words'],
  holder: string,
  nowMs: number,
): Script<void> {
  const held = yield* ask(
    'update migration_lock set expires_ms = ? where id = 1 and holder = ?',
    nowMs + LIMITS.migrationLockMs,
    holder,
  )
  if (held.count !== 1)
    throw new RemitError('store_locked', { detail: 'Another process has taken over the migration of the store.' })
  yield* ask(inWords(sql, words))
  yield* ask('insert into migrations (number, step, hash, at_ms) values (?, ?, ?, ?)', number, step, hash, nowMs)
}

/** A lock in a database that is ours alone was left by a process that died: nobody waits for it to expire. */
async function takeLock(engine: Engine, clock: Clock, holder: string): Promise<void> {
  if (engine.isOwned) await engine.transact(dropLock)
  for (let waits = 0; waits < LIMITS.migrationWaitsMax; waits++) {
    if (await engine.transact(() => tryLock(holder, clock.nowMs()))) return
    await clock.sleep(LIMITS.migrationWaitMs)
  }
  throw new RemitError('store_locked', {
    detail: 'Another process is migrating the store, and does not come to an end.',
  })
}

function* tryLock(holder: string, nowMs: number): Script<boolean> {
  const held = yield* ask('select id from migration_lock where id = 1 and expires_ms >= ?', nowMs)
  if (held.rows.length > 0) return false
  const until = nowMs + LIMITS.migrationLockMs
  const made = yield* ask(
    'insert into migration_lock (id, holder, expires_ms) values (1, ?, ?) on conflict do nothing',
    holder,
    until,
  )
  if (made.count === 1) return true
  const taken = yield* ask(
    'update migration_lock set holder = ?, expires_ms = ? where id = 1 and expires_ms < ?',
    holder,
    until,
    nowMs,
  )
  return taken.count === 1
}

function* dropLock(): Script<void> {
  yield* ask('delete from migration_lock')
}

function* releaseLock(holder: string): Script<void> {
  yield* ask('delete from migration_lock where id = 1 and holder = ?', holder)
}

function inWords(sql: string, words: Engine['words']): string {
  return sql.replaceAll('{text}', words.text).replaceAll('{bytes}', words.bytes)
}
