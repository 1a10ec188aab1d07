import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from '../../src/ground/clock.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { ask, type Engine } from '../../src/store/engine.ts'
import { chainSteps, migrate } from '../../src/store/migrate.ts'
import { MIGRATIONS, type Migration } from '../../src/store/migrations.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { COLUMNS } from '../../src/store/schema.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { StoreConfig } from '../../src/store/store.ts'
import { POSTGRES_START_MS } from '../postgres.ts'
import { BACKENDS, type Backend, open } from '../suites/backends.ts'

const newest = MIGRATIONS.length

const NEXT: Migration = {
  number: newest + 1,
  name: 'next',
  steps: [
    'create table if not exists novelties (id {text} not null primary key, body {bytes})',
    'create index if not exists novelties_by_body on novelties (body)',
  ],
}

describe.each(BACKENDS)('migrations on $name', ({ start }) => {
  let backend: Backend
  let config: StoreConfig
  beforeAll(async () => {
    backend = await start()
  }, POSTGRES_START_MS)
  afterAll(() => backend.stop())
  beforeEach(async () => {
    config = await backend.create()
  })

  it('a store is brought to this version once, and opening it again changes nothing', async () => {
    await (await open(config)).close()
    const before = await readHistory(config)
    await (await open(config)).close()
    expect(await readHistory(config)).toEqual(before)
    expect(before.map(({ hash }) => hash)).toEqual(chainSteps(MIGRATIONS).map(({ hash }) => hash))
  })

  it('a store of the version before is brought forward, and keeps what it had', async () => {
    await (await open(config)).close()
    await withEngine(config, async (engine) => {
      await migrate(engine, systemClock, 'test', [...MIGRATIONS, NEXT])
      await engine.transact(() => run("insert into novelties (id) values ('x')"))
    })
    expect((await readHistory(config)).slice(-2).map(({ number }) => number)).toEqual([newest + 1, newest + 1])
  })

  it('a migration that stopped half-way goes on where it stopped', async () => {
    await withEngine(config, async (engine) => {
      const broken: Migration = { ...NEXT, steps: [...NEXT.steps, 'create nonsense'] }
      await expect(migrate(engine, systemClock, 'test', [...MIGRATIONS, broken])).rejects.toMatchObject({
        code: 'store_failed',
      })
      await migrate(engine, systemClock, 'test', [...MIGRATIONS, NEXT])
    })
    expect((await readHistory(config)).filter(({ number }) => number === newest + 1)).toHaveLength(2)
  })

  it('a store from a newer version is refused, and both versions are said', async () => {
    await withEngine(config, (engine) => migrate(engine, systemClock, 'test', [...MIGRATIONS, NEXT]))
    await expect(open(config)).rejects.toMatchObject({
      code: 'store_newer',
      detail: `The store is of version ${newest + 1}; this program knows versions up to ${newest}.`,
    })
  })

  it('a store whose migration history was edited is refused, and the step is said', async () => {
    await (await open(config)).close()
    await withEngine(config, (engine) =>
      engine.transact(() => run("update migrations set hash = 'edited' where number = 1 and step = 3")),
    )
    await expect(open(config)).rejects.toMatchObject({
      code: 'store_edited',
      detail: 'Step 3 of migration 1 in the store is not the one of this program.',
    })
  })

  it('a store that lacks a step of its history is refused', async () => {
    await (await open(config)).close()
    await withEngine(config, (engine) =>
      engine.transact(() => run('delete from migrations where number = 1 and step = 3')),
    )
    await expect(open(config)).rejects.toMatchObject({ code: 'store_edited' })
  })

  it('the lock of a process that died is taken over once it has expired', async () => {
    await withEngine(config, async (engine) => {
      await holdLock(engine, systemClock.nowMs() - 1)
      await migrate(engine, impatient, 'heir')
    })
    expect(await readHistory(config)).toHaveLength(chainSteps(MIGRATIONS).length)
  })

  it('the tables have exactly the columns that the table of tables names', async () => {
    await (await open(config)).close()
    await withEngine(config, async (engine) => {
      for (const [table, columns] of Object.entries(COLUMNS)) {
        const names = ['org', 'key', 'body', 'salt', ...Object.keys(columns), 'version', 'entry']
        const sql =
          config.kind === 'sqlite'
            ? `select name from pragma_table_info('${table}')`
            : `select column_name as name from information_schema.columns where table_name = '${table}' order by ordinal_position`
        const found = (await engine.read({ sql, values: [] })).map(({ name }) => String(name))
        expect(found.sort()).toEqual(names.sort()) // what came with a later migration stands behind
      }
    })
  })
})

describe('the history of migrations', () => {
  it('is as it was released: a changed step has another hash', () => {
    expect(chainSteps(MIGRATIONS.slice(0, 1)).at(-1)?.hash).toBe(
      '1ba7c43afb178e1ee075fd4a81845d61f799f81fd7c241d5d4dbd1141bef4953',
    )
  })

  it('is numbered without gaps', () => {
    expect(MIGRATIONS.map(({ number }) => number)).toEqual(MIGRATIONS.map((_, at) => at + 1))
  })
})

const impatient: Clock = { ...systemClock, sleep: async () => undefined }

async function withEngine(config: StoreConfig, action: (engine: Engine) => Promise<void>): Promise<void> {
  const engine = config.kind === 'sqlite' ? await openSqlite(config.path, 0) : openPostgres(config.url, systemClock)
  try {
    await action(engine)
  } finally {
    await engine.close()
  }
}

async function readHistory(config: StoreConfig): Promise<{ number: number; hash: string }[]> {
  let rows: readonly unknown[] = []
  await withEngine(config, async (engine) => {
    rows = await engine.read({ sql: 'select number, hash, at_ms from migrations order by number, step', values: [] })
  })
  return rows as { number: number; hash: string }[]
}

async function holdLock(engine: Engine, untilMs: number): Promise<void> {
  await engine.transact(() =>
    run(
      'create table migration_lock (id bigint not null primary key, holder text not null, expires_ms bigint not null)',
    ),
  )
  await engine.transact(() =>
    run(`insert into migration_lock (id, holder, expires_ms) values (1, 'other', ${untilMs})`),
  )
}

function* run(sql: string) {
  yield* ask(sql)
}
