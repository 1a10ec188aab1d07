import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { StoreConfig } from '../../src/store/store.ts'
import { ask, POSTGRES_START_MS } from '../postgres.ts'
import { BACKENDS, type Backend, open } from './backends.ts'

type Words = { readonly [Kind in StoreConfig['kind']]?: readonly string[] }

const inSqlite = (...sql: readonly string[]): Words => ({ sqlite: sql })
const inPostgres = (...sql: readonly string[]): Words => ({ postgres: sql })
const inBoth = (...sql: readonly string[]): Words => ({ sqlite: sql, postgres: sql })
const rewrite = (table: string, from: string, to: string): Words =>
  inSqlite(
    'pragma writable_schema = on',
    `update sqlite_schema set sql = replace(sql, '${from}', '${to}') where name = '${table}'`,
    'pragma writable_schema = off',
  )

/** In the place of what SQLite notes of itself, and reads by itself. */
const inPlaceOfNotes = (type: 'table' | 'view', sql: string): Words =>
  inSqlite(
    'pragma writable_schema = on',
    `update sqlite_schema set type = '${type}', sql = '${sql}', rootpage = iif('${type}' = 'view', 0, rootpage) where name = 'sqlite_stat1'`,
    'pragma writable_schema = off',
  )

/** A change of what the store is made of, and the part that the refusal has to name. */
const EDITS: readonly { readonly name: string; readonly sql: Words; readonly part: string }[] = [
  {
    name: 'a trigger that undoes cutoffs',
    sql: inSqlite('create trigger planted after insert on cutoffs begin delete from cutoffs; end'),
    part: 'trigger planted',
  },
  {
    name: 'a trigger that undoes cutoffs',
    sql: inPostgres(
      'create function undo() returns trigger language plpgsql as $$ begin return null; end $$',
      'create trigger planted before insert on cutoffs for each row execute function undo()',
    ),
    part: 'trigger planted',
  },
  {
    name: 'a trigger on the entries',
    sql: inSqlite('create trigger planted before update on heads begin select 1; end'),
    part: 'trigger planted',
  },
  {
    name: 'a rule that inserts nothing',
    sql: inPostgres('create rule planted as on insert to cutoffs do instead nothing'),
    part: 'rule planted',
  },
  {
    name: 'a policy that hides rows',
    sql: inPostgres('create policy planted on cutoffs using (false)', 'alter table cutoffs force row level security'),
    part: 'the table',
  },
  {
    name: 'a table whose rows count as ours',
    sql: inPostgres('create table planted () inherits (cutoffs)'),
    part: 'the heir planted',
  },
  {
    name: 'a view in the place of a table',
    sql: inBoth('drop table cutoffs', 'create view cutoffs as select * from tasks where 1 = 0'),
    part: 'cutoffs',
  },
  { name: 'a view', sql: inSqlite('create view planted as select * from sessions'), part: 'view planted' },
  {
    name: 'a view without end in the place of notes',
    sql: inPlaceOfNotes(
      'view',
      'CREATE VIEW sqlite_stat1 AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS tbl, i AS idx, i AS stat FROM n',
    ),
    part: 'view sqlite_stat1',
  },
  {
    name: 'notes that check what is written',
    sql: inPlaceOfNotes('table', 'CREATE TABLE sqlite_stat1(tbl,idx,stat check (abs(stat) > 0))'),
    part: 'table sqlite_stat1',
  },
  {
    name: 'notes in another order',
    sql: inPlaceOfNotes('table', 'CREATE TABLE sqlite_stat1(stat,idx,tbl)'),
    part: 'table sqlite_stat1',
  },
  { name: 'no unique index', sql: inBoth('drop index bindings_one_live_proof'), part: 'index bindings_one_live_proof' },
  {
    name: 'an index that is not unique any more',
    sql: inBoth(
      'drop index bindings_one_live_proof',
      'create index bindings_one_live_proof on bindings (org, live_proof)',
    ),
    part: 'index bindings_one_live_proof',
  },
  {
    name: 'an index over something else',
    sql: inBoth('drop index sessions_by_person_id', 'create index sessions_by_person_id on sessions (org, "key")'),
    part: 'index sessions_by_person_id',
  },
  {
    name: 'a unique index that lets nobody in',
    sql: inBoth('create unique index planted on cutoffs (org)'),
    part: 'index planted',
  },
  {
    name: 'keys that do not tell cases apart',
    sql: rewrite('sessions', '"key" text', '"key" text collate nocase'),
    part: 'table sessions',
  },
  {
    name: 'keys that may be null',
    sql: rewrite('cutoffs', '"key" text not null', '"key" text'),
    part: 'table cutoffs',
  },
  {
    name: 'a column in another order',
    sql: inPostgres('alter table sessions alter column person_id type text collate "POSIX"'),
    part: 'column person_id',
  },
  {
    name: 'keys that may be empty',
    sql: inPostgres('alter table cutoffs drop constraint cutoffs_key_check'),
    part: 'constraint cutoffs_key_check',
  },
  {
    name: 'a check that passes over what is there',
    sql: inPostgres(
      'alter table cutoffs drop constraint cutoffs_key_check',
      `alter table cutoffs add constraint cutoffs_key_check check ("key" <> '') not valid`,
    ),
    part: 'constraint cutoffs_key_check',
  },
  { name: 'one more column', sql: inBoth('alter table cutoffs add column planted text'), part: 'cutoffs' },
  {
    name: 'a default',
    sql: inPostgres(`alter table entitlements alter column state set default 'granted'`),
    part: 'column state',
  },
  { name: 'no table', sql: inBoth('drop table payloads'), part: 'payloads' },
]

describe.each(BACKENDS)('what the store is made of, edited by somebody on $name', ({ name: engine, start }) => {
  const kind = engine === 'SQLite' ? 'sqlite' : 'postgres'
  let backend: Backend
  let config: StoreConfig
  beforeAll(async () => {
    backend = await start()
  }, POSTGRES_START_MS)
  afterAll(() => backend.stop())
  beforeEach(async () => {
    config = await backend.create()
    await (await open(config)).close()
  })

  it.each(EDITS.filter(({ sql }) => kind in sql))('$name: it is refused, and the part is said', async (made) => {
    const { sql, part } = made
    const store = await open(config)
    await store.check()
    await edit(config, sql[kind])
    const refusal = { code: 'store_edited', detail: expect.stringContaining(part) }
    await expect(store.check()).rejects.toMatchObject(refusal)
    await store.close()
    await expect(open(config)).rejects.toMatchObject(refusal)
  })

  it('one that was looked after, and has others’ things beside ours, is opened', async () => {
    const care: Words = {
      sqlite: ['analyze', 'reindex', 'vacuum'],
      postgres: [
        'analyze',
        'reindex table cutoffs',
        'create table theirs (id text)',
        'create view their_sessions as select org from sessions',
      ],
    }
    await edit(config, care[kind])
    const store = await open(config)
    await expect(store.check()).resolves.toBeUndefined()
    await store.close()
  })
})

async function edit(config: StoreConfig, statements: readonly string[] = []): Promise<void> {
  if (config.kind === 'postgres') return void (await ask(config.url, statements.join('; ')))
  const database = new DatabaseSync(config.path, { defensive: false, timeout: 5_000 })
  for (const sql of statements) database.exec(sql)
  database.close()
}
