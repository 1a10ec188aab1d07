import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, POSTGRES_START_MS, type Postgres, startPostgres } from '../../test/postgres.ts'
import type { TableName } from '../contract/change.ts'
import { systemClock } from '../ground/clock.ts'
import type { Engine } from './engine.ts'
import { migrate } from './migrate.ts'
import { openPostgres } from './postgres.ts'
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
    await ask(url, `alter table ${table} set (autovacuum_enabled = false)`)
  for (const sql of CROWD) await ask(url, sql)
  await engine.guideReads()
}, POSTGRES_START_MS)
afterAll(async () => {
  await engine.close()
  await postgres.stop()
})

/** How many rows of a table the one connection that reads here has gone through so far. */
async function countRead(table: TableName): Promise<number> {
  await engine.read({ sql: 'select pg_stat_force_next_flush()', values: [] })
  const sql = 'select idx_tup_fetch + seq_tup_read as read from pg_stat_user_tables where relname = ?'
  const [stats] = await engine.read({ sql, values: [table] })
  return Number(stats?.['read'])
}

describe('where tables hold much on PostgreSQL', () => {
  it('a start has tables looked at that hold rows and never were, as after a restore, and no others', async () => {
    const known = async (table: string): Promise<unknown> =>
      (await ask(url, `select reltuples from pg_class where relname = '${table}'`))[0]?.['reltuples']
    expect(await known('tasks')).toBe(2 * (ended + living))
    expect(await known('tool_rules')).toBe(rules)
    expect(await known('entries')).toBe(-1)
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
})
