import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, POSTGRES_START_MS, type Postgres, startPostgres } from '../../test/postgres.ts'
import { systemClock } from '../ground/clock.ts'
import type { Engine } from './engine.ts'
import { migrate } from './migrate.ts'
import { openPostgres } from './postgres.ts'

const org = 'acme'
const [ended, living, rules, servers] = [20_000, 20, 4_000, 200]
/** One identity has had most tasks there ever were, and has a few now; others have some each. Servers have some tools each. */
const CROWD = [
  `insert into tasks (org, key, body, salt, identity_id, state, ends_ms, version, entry)
    select '${org}', 'tsk_' || lpad(n::text, 9, '0'), '{}', '', case when n % 2 = 0 then 'busy' else 'other-' || n % 3000 end,
      case when n > ${2 * ended} then 'active' else 'completed' end, n, 1, n from generate_series(1, ${2 * (ended + living)}) n`,
  `insert into tool_rules (org, key, body, salt, server, version, entry)
    select '${org}', 'server-' || n % ${servers} || '/' || n, '{}', '', 'server-' || n % ${servers}, 1, n from generate_series(1, ${rules}) n`,
]

let postgres: Postgres
let url: string
let engine: Engine
beforeAll(async () => {
  postgres = await startPostgres()
  url = await postgres.createDatabase()
  engine = openPostgres(url, systemClock)
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

describe('where tables hold much on PostgreSQL', () => {
  it('a start has tables looked at that hold rows and never were, as after a restore, and no others', async () => {
    const known = async (table: string): Promise<unknown> =>
      (await ask(url, `select reltuples from pg_class where relname = '${table}'`))[0]?.['reltuples']
    expect(await known('tasks')).toBe(2 * (ended + living))
    expect(await known('tool_rules')).toBe(rules)
    expect(await known('entries')).toBe(-1)
  })
})
