import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ask as askBeside, POSTGRES_START_MS, type Postgres, startPostgres } from '../../test/postgres.ts'
import type { TableName } from '../contract/change.ts'
import { systemClock } from '../ground/clock.ts'
import { LIMITS } from '../ground/limits.ts'
import { ask, type Engine } from './engine.ts'
import { ALONE } from './hold.ts'
import { migrate } from './migrate.ts'
import { openPostgres } from './postgres.ts'
import { createRecordStore } from './record.ts'
import { createRevokeStore } from './revoke.ts'
import { createRows, type Rows } from './rows.ts'

const org = 'acme'
const [ended, living, rules, servers] = [20_000, 20, 4_000, 200]
/** One identity has had most tasks there ever were, and has a few now; others have some each. Servers have some tools each. */
const CROWD = [
  `insert into tasks (org, key, body, salt, identity_id, state, ends_ms, version, entry)
    select '${org}', 'tsk_' || lpad(n::text, 9, '0'), '{"id":"tsk_' || lpad(n::text, 9, '0') || '"}', '', case when n % 2 = 0 then 'busy' else 'other-' || n % 3000 end,
      case when n > ${2 * ended} then 'active' else 'completed' end, n, 1, n from generate_series(1, ${2 * (ended + living)}) n`,
  `insert into tool_rules (org, key, body, salt, server, version, entry)
    select '${org}', 'server-' || n % ${servers} || '/' || n, '{}', '', 'server-' || n % ${servers}, 1, n from generate_series(1, ${rules}) n`,
]

let postgres: Postgres
let url: string
let engine: Engine
let rows: Rows
beforeAll(async () => {
  postgres = await startPostgres()
  url = await postgres.createDatabase()
  engine = openPostgres(url, systemClock)
  rows = createRows(engine, org)
  await migrate(engine, systemClock, 'test')
  // the server looks at no table by itself meanwhile
  for (const table of ['tasks', 'tool_rules', 'entries'])
    await askBeside(url, `alter table ${table} set (autovacuum_enabled = false)`)
  for (const sql of CROWD) await askBeside(url, sql)
  await engine.guideReads()
}, POSTGRES_START_MS)
afterAll(async () => {
  await engine.close()
  await postgres.stop()
})

/** How many rows of a table the two connections, that reads and that writes, have gone through so far. */
async function countRead(table: TableName | 'seen_reads'): Promise<number> {
  await engine.read({ sql: 'select pg_stat_force_next_flush()', values: [] })
  await engine.transact(() => ask('select pg_stat_force_next_flush()'))
  const sql = 'select idx_tup_fetch + seq_tup_read as read from pg_stat_user_tables where relname = ?'
  const [stats] = await engine.read({ sql, values: [table] })
  return Number(stats?.['read'])
}

describe('where tables hold much on PostgreSQL', () => {
  it('a start has tables looked at that hold rows and never were, as after a restore, and no others', async () => {
    const known = async (table: string): Promise<unknown> =>
      (await askBeside(url, `select reltuples from pg_class where relname = '${table}'`))[0]?.['reltuples']
    expect(await known('tasks')).toBe(2 * (ended + living))
    expect(await known('tool_rules')).toBe(rules)
    expect(await known('entries')).toBe(-1)
  })

  it('a start has them looked at also in a schema whose name is written with capitals', async () => {
    const own = new URL(await postgres.createDatabase())
    await askBeside(own.href, 'create schema "Remit"')
    own.searchParams.set('options', '-c search_path="Remit"')
    const there = openPostgres(own.href, systemClock)
    await migrate(there, systemClock, 'test')
    await askBeside(own.href, 'alter table tool_rules set (autovacuum_enabled = false)')
    for (const sql of CROWD) await askBeside(own.href, sql)
    await there.guideReads()
    await there.close()
    const sql = "select reltuples from pg_class where oid = 'tool_rules'::regclass"
    expect((await askBeside(own.href, sql))[0]?.['reltuples']).toBe(rules)
  })

  it('a table that cannot be looked at in time keeps no smaller one from it, and is told of', async () => {
    const own = await postgres.createDatabase()
    const before = openPostgres(own, systemClock)
    await migrate(before, systemClock, 'test')
    await before.close()
    await askBeside(own, 'alter table tool_rules set (autovacuum_enabled = false)')
    for (const sql of CROWD) await askBeside(own, sql)
    const holder = new Client({ connectionString: own })
    await holder.connect()
    await holder.query('begin')
    await holder.query('lock table tasks in share update exclusive mode')
    const there = openPostgres(own, systemClock, 3_000)
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    await there.guideReads()
    expect(told.mock.calls.map(([line]) => String(line))).toEqual([expect.stringContaining('"level":"error"')])
    told.mockRestore()
    await holder.end()
    await there.close()
    const sql = "select reltuples from pg_class where relname = 'tool_rules'"
    expect((await askBeside(own, sql))[0]?.['reltuples']).toBe(rules)
  })

  it.each<[what: string, found: number, table: TableName, search: () => Promise<readonly unknown[]>]>([
    [
      'living tasks of one that has had many',
      living,
      'tasks',
      () => createRevokeStore(rows).livingTasksOf('identity', 'busy')(1_000),
    ],
    [
      'tools of some servers',
      2 * (rules / servers),
      'tool_rules',
      () => rows.find('tool_rules', { server: ['server-1', 'server-2'] }),
    ],
  ])(
    '%s are found without going through others, however often they are looked for',
    async (_, found, table, search) => {
      for (let time = 0; time < 8; time++) expect(await search()).toHaveLength(found)
      const before = await countRead(table)
      await search()
      expect((await countRead(table)) - before).toBeLessThanOrEqual(4 * found)
    },
  )

  it('what has served is forgotten without going through what counts still, however often', async () => {
    const [all, due, few] = [30_000, 3_000, 10]
    const { forget } = createRecordStore(engine, { org, log: 'log' }, ALONE)
    const isOverMs = (number: number): number => LIMITS.clockSkewSeconds * 1000 + number + 1
    await askBeside(url, 'alter table seen_reads set (autovacuum_enabled = false)')
    await askBeside(
      url,
      `insert into seen_reads select '${org}', md5(n::text), '', 0, n from generate_series(1, ${all}) n`,
    )
    await engine.guideReads()
    const sweep = async (number: number): Promise<number> => await forget(isOverMs(number), 1_000)
    await askBeside(url, `delete from seen_reads where expires_ms <= ${due}`) // the server believes them to be there
    for (let time = 1; time <= 8; time++) expect(await sweep(due + time * few)).toBe(few)
    const before = await countRead('seen_reads')
    expect(await sweep(due + 9 * few)).toBe(few)
    expect((await countRead('seen_reads')) - before).toBeLessThanOrEqual(4 * few)
  })
})
