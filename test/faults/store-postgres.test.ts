import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { insert, meter } from '../../src/contract/change.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { isError } from '../../src/ground/errors.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { ALONE } from '../../src/store/hold.ts'
import { migrate } from '../../src/store/migrate.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createRecordStore } from '../../src/store/record.ts'
import { ask, POSTGRES_START_MS, type Postgres, startPostgres } from '../postgres.ts'
import { open } from '../suites/backends.ts'
import { closing, commit, purpose, readLog, usage, writing } from '../suites/writes.ts'

describe('a PostgreSQL store in trouble', () => {
  let postgres: Postgres
  let url: string
  beforeAll(async () => {
    postgres = await startPostgres()
  }, POSTGRES_START_MS)
  afterAll(() => postgres.stop())
  beforeEach(async () => {
    url = await postgres.createDatabase()
  })
  const openHere = (log = 'log') => open({ kind: 'postgres', url }, { org: 'acme', log })

  it('a database that is away refuses to start, saying so', async () => {
    await expect(open({ kind: 'postgres', url: 'postgres://remit@127.0.0.1:1/none' })).rejects.toMatchObject({
      code: 'store_failed',
      detail: 'The database does not answer.',
    })
  })

  it('a database that does not exist refuses to start, and its name stays inside', async () => {
    const attempt = open({ kind: 'postgres', url: url.replace('test_', 'absent_') })
    await expect(attempt).rejects.toMatchObject({
      code: 'store_failed',
      detail: expect.not.stringContaining('absent_'),
    })
  })

  it('a database of another encoding than UTF8 refuses to start, saying what to make', async () => {
    await ask(url, "create database latin template template0 encoding 'LATIN1' locale 'C' locale_provider libc")
    const latin = url.replace(/test_\d+/, 'latin')
    await expect(open({ kind: 'postgres', url: latin })).rejects.toMatchObject({
      code: 'store_failed',
      detail: expect.stringMatching(/encoding LATIN1.*encoding UTF8/),
    })
  })

  it('connections that were cut are made anew: reads and commits go on', async () => {
    const store = await openHere()
    await commit(store.record, writing('before'))
    await cutConnections(url)
    await settle(() => store.rows.get('purposes', 'p'))
    await settle(() => commit(store.record, writing('maybe')))
    await commit(store.record, writing('after'))
    expect((await readLog(store.record)).entries.at(-1)).toMatch(/after$/)
    await store.close()
  })

  it('a connection cut in the middle of commits loses nothing acknowledged and leaves nothing half-done', async () => {
    const store = await openHere()
    const acknowledged: string[] = []
    for (let round = 0; round < 30; round++) {
      const code = `p${String(round).padStart(2, '0')}`
      const [done] = await Promise.allSettled([
        commit(store.record, writing(code, insert('purposes', purpose(code)))),
        round % 5 === 2 ? cutConnections(url) : undefined,
      ])
      if (done.status === 'fulfilled') acknowledged.push(code)
    }
    const entries = (await readLog(store.record)).entries.map((entry) => entry.split(' ')[1])
    const rows = (await store.rows.find('purposes', {})).map(({ code }) => code)
    expect(rows).toEqual(entries)
    expect(entries).toEqual(expect.arrayContaining(acknowledged))
    expect(acknowledged.length).toBeGreaterThan(15)
    await store.close()
  })

  it('a database that stands still is told from one that thinks: who waits hears no, and it goes on when it does', async () => {
    await (await openHere()).close()
    const engine = openPostgres(url, systemClock, 5_000)
    const record = createRecordStore(engine, { org: 'acme', log: 'log' }, ALONE)
    await commit(record, writing('before'))
    postgres.freeze()
    try {
      const heard = await Promise.allSettled([record.readHead(), record.commit(1, [writing('lost')], closing)])
      const refused = { status: 'rejected', reason: { code: 'store_failed', detail: 'The store does not answer.' } }
      expect(heard).toMatchObject([refused, refused])
    } finally {
      postgres.thaw()
    }
    await commit(record, writing('after'))
    expect((await readLog(record)).entries.at(-1)).toMatch(/after$/)
    await engine.close()
  })

  it('a server that falls asleep in the middle of a transaction keeps no row from the others', async () => {
    await (await openHere()).close()
    const engine = openPostgres(url, systemClock, 500)
    const touch = { sql: 'update heads set size = size', values: [] }
    const asleep = engine.transact(function* () {
      yield [touch]
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500) // nothing of this process goes on meanwhile
      yield [touch]
    })
    await expect(asleep).rejects.toMatchObject({ code: 'store_failed' })
    await engine.close()
  })

  it('however many wait to read, each is answered while the database answers: only one that stands still sends them away', async () => {
    const engine = openPostgres(url, systemClock, 10_000)
    const slow = { sql: 'select 7 as seven from (select pg_sleep(0.1)) as slowly', values: [] }
    const many = LIMITS.storeReadersMax * 30 // takes three seconds, and each of them a tenth of one
    const answers = await Promise.all(Array.from({ length: many }, () => engine.read(slow)))
    expect(new Set(answers.map(([row]) => row?.['seven']))).toEqual(new Set([7]))
    postgres.freeze()
    try {
      const heard = await Promise.allSettled(Array.from({ length: many }, () => engine.read(slow)))
      const refused = { status: 'rejected', reason: { code: 'store_failed' } }
      expect(heard).toMatchObject(heard.map(() => refused))
    } finally {
      postgres.thaw()
    }
    expect(await engine.read(slow)).toEqual([{ seven: 7 }])
    await engine.close()
  })

  it('a database that stands still does not hold up the end', async () => {
    const store = await openHere()
    postgres.freeze()
    try {
      await expect(store.close()).resolves.toBeUndefined()
    } finally {
      postgres.thaw()
    }
  })

  it('a database that became read-only refuses the commit, saying so, and still reads', async () => {
    const store = await openHere()
    await commit(store.record, writing('first'))
    await ask(url, `alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = on`)
    await cutConnections(url)
    await settle(() => commit(store.record, writing('lost')))
    await expect(commit(store.record, writing('x'))).rejects.toMatchObject({
      code: 'log_unavailable',
      detail: 'The store can be read only, so the answer is no.',
    })
    expect((await readLog(store.record)).entries).toEqual(['0 first'])
    await store.close()
    await expect(openHere()).rejects.toMatchObject({ code: 'log_unavailable' })
  })

  it('two nodes with logs of their own spend one counter together, and never past its bound', async () => {
    const [a, b] = await Promise.all([openHere('log-a'), openHere('log-b')])
    await commit(a.record, writing('make', insert('task_usage', usage('t'))))
    const call = () =>
      writing('call', meter('task_usage', 't', { add: { calls: 1 }, raise: {}, atMost: { calls: 30 } }))
    const spent = await Promise.all([a, b].map((node) => spend(node.record, call, 25)))
    expect(spent.reduce((sum, each) => sum + each, 0)).toBe(30)
    expect(await a.rows.get('task_usage', 't')).toMatchObject({ calls: 30, version: 31 })
    await Promise.all([a.close(), b.close()])
  })

  it('many processes that start on an empty database migrate it once', async () => {
    const stores = await Promise.all(Array.from({ length: 6 }, (_, at) => openHere(`log-${at}`)))
    const [row] = await ask(url, 'select count(*) as steps, count(distinct (number, step)) as once from migrations')
    expect(row?.['steps']).toBe(row?.['once'])
    await Promise.all(stores.map((store) => store.close()))
  })

  it('while another process migrates, a starting one waits, and gives up saying why', async () => {
    await ask(
      url,
      'create table migration_lock (id bigint primary key, holder text not null, expires_ms bigint not null)',
    )
    await ask(url, `insert into migration_lock values (1, 'other', ${systemClock.nowMs() + 3_600_000})`)
    const engine = openPostgres(url, systemClock)
    let waits = 0
    const sleep = async (): Promise<void> => {
      waits += 1
    }
    const impatient = { ...systemClock, sleep }
    await expect(migrate(engine, impatient, 'late')).rejects.toMatchObject({ code: 'store_locked' })
    expect(waits).toBe(LIMITS.migrationWaitsMax)
    await engine.close()
  })

  it('keys are ordered by code point, whatever the database’s own order is', async () => {
    const store = await openHere()
    const codes = ['a', 'B', 'b', 'A', 'ä', 'z', 'Z', '_', '1', '😀', '\uffee']
    await commit(store.record, ...codes.map((code) => writing(code, insert('purposes', purpose(code)))))
    expect((await store.rows.find('purposes', {})).map(({ code }) => code)).toEqual([
      '1',
      'A',
      'B',
      'Z',
      '_',
      'a',
      'b',
      'z',
      'ä',
      '\uffee',
      '😀',
    ])
    await store.close()
  })
})

async function spend(
  record: Parameters<typeof commit>[0],
  call: () => ReturnType<typeof writing>,
  times: number,
): Promise<number> {
  let spent = 0
  for (let at = 0; at < times; at++) {
    const [written] = await commit(record, call())
    if (written !== undefined && 'index' in written) spent += 1
  }
  return spent
}

async function cutConnections(url: string): Promise<void> {
  await ask(
    url,
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'remit' and datname = current_database()",
  )
}

/** Whether a request that met the cut passed or was refused is chance; that it was refused as ours is not. */
async function settle(action: () => Promise<unknown>): Promise<void> {
  const [{ status, ...rest }] = await Promise.allSettled([action()])
  const { reason } = rest as { reason?: unknown }
  expect(status === 'fulfilled' || isError(reason, 'store_failed') || isError(reason, 'log_unavailable')).toBe(true)
}
