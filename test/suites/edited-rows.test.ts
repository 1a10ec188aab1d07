import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { insert, type Kept, meter, type Tables, update } from '../../src/contract/change.ts'
import type { Log } from '../../src/record/log.ts'
import type { Store, StoreConfig } from '../../src/store/store.ts'
import { auditLog } from '../audit-log.ts'
import { ask, POSTGRES_START_MS } from '../postgres.ts'
import { createFact, createTestClock, openTestLog, type TestClock } from '../record/open-test-log.ts'
import { BACKENDS, type Backend, open } from './backends.ts'
import { identity, person, purpose, task, usage } from './writes.ts'

const ODD_TEXT = 'quote " \' ? $1 \\ \0 \u2028 \ud83d\ude00 é'
const owned: Tables['identities'] = { ...identity('idn_1'), owner: 'psn_1' }

/** An edit beside the log, the row that the audit has to name, and what it says of it. */
interface Edit {
  readonly name: string
  /** What takes a check of the table away first, in the words of each engine. */
  readonly unbind?: { readonly [Kind in StoreConfig['kind']]: string }
  readonly sql: readonly string[]
  readonly row: string
  readonly said: RegExp
  /** True where it takes the whole audit: nothing in the row itself is wrong. */
  readonly unseenWhileRunning?: true
}

const EDITS: readonly Edit[] = [
  {
    name: 'a person with more roles',
    sql: [`update persons set body = replace(body, '["owner"]', '["admin"]') where "key" = 'psn_1'`],
    row: 'persons/psn_1',
    said: /not what entry 0 made of it/,
  },
  {
    name: 'a role that is said twice',
    sql: [`update persons set body = replace(body, '"roles"', '"roles":["admin"],"roles"') where "key" = 'psn_1'`],
    row: 'persons/psn_1',
    said: /not what entry 0 made of it/,
  },
  {
    name: 'an identity of a lower tier, after a rightful change',
    sql: [`update identities set body = replace(body, '"T1"', '"T0"') where "key" = 'idn_1'`],
    row: 'identities/idn_1',
    said: /not what entry 1 made of it/,
  },
  {
    name: 'a task of a wider scope',
    sql: [`update tasks set body = replace(body, '"scope":[]', '"scope":[{"action":"*","resource":"*"}]')`],
    row: 'tasks/tsk_1',
    said: /not what entry 0 made of it/,
  },
  {
    name: 'a row whose text is no JSON',
    sql: [`update purposes set body = '{' where "key" = 'help'`],
    row: 'purposes/help',
    said: /not what entry 0 made of it/,
  },
  {
    name: 'another salt',
    sql: [`update persons set salt = 'AAAAAAAAAAAAAAAAAAAAAA' where "key" = 'psn_2'`],
    row: 'persons/psn_2',
    said: /not what entry 0 made of it/,
  },
  {
    name: 'an identity that is found under another owner',
    sql: [`update identities set owner = 'psn_2' where "key" = 'idn_1'`],
    row: 'identities/idn_1',
    said: /column owner/,
  },
  {
    name: 'a task that is not found among the living',
    sql: [`update tasks set state = 'completed'`],
    row: 'tasks/tsk_1',
    said: /column state/,
  },
  {
    name: 'a task that is never overdue',
    sql: ['update tasks set ends_ms = null'],
    row: 'tasks/tsk_1',
    said: /column ends_ms/,
  },
  {
    name: 'two rows of one entry that changed their places',
    sql: [
      `update persons set "key" = 'x' where "key" = 'psn_1'`,
      `update persons set "key" = 'psn_1' where "key" = 'psn_2'`,
      `update persons set "key" = 'psn_2' where "key" = 'x'`,
    ],
    row: 'persons/psn_2',
    said: /not what entry 0 made of it/,
  },
  {
    name: 'an identity with the content of another',
    sql: [
      `update identities set (body, salt, version, entry) = (select body, salt, 2, 1 from identities where "key" = 'idn_2') where "key" = 'idn_1'`,
    ],
    row: 'identities/idn_1',
    said: /not what entry 1 made of it/,
  },
  {
    name: 'a row that was put in',
    sql: [`insert into purposes select org, 'intruder', body, salt, version, entry from purposes where "key" = 'help'`],
    row: 'purposes/intruder',
    said: /entry 0, which did not make it/,
  },
  {
    name: 'a row with an empty key, before all others',
    unbind: {
      sqlite: 'pragma ignore_check_constraints = on',
      postgres: 'alter table purposes drop constraint purposes_key_check',
    },
    sql: [`insert into purposes select org, '', body, salt, version, entry from purposes where "key" = 'help'`],
    row: 'purposes/',
    said: /entry 0, which did not make it/,
  },
  {
    name: 'a row that was taken out',
    sql: [`delete from purposes where "key" = 'help'`],
    row: 'purposes/help',
    said: /is gone; entry 0 made it/,
    unseenWhileRunning: true,
  },
  {
    name: 'a counter that was lowered before it counted',
    sql: [`update task_usage set calls = -5 where "key" = 'idle'`],
    row: 'task_usage/idle',
    said: /column calls/,
  },
  {
    name: 'a counter that is below what it began with',
    sql: [`update task_usage set calls = 2 where "key" = 'tsk_1'`],
    row: 'task_usage/tsk_1',
    said: /column calls/,
  },
  {
    name: 'counters that are found under another identity',
    sql: [`update task_usage set identity_id = 'idn_2' where "key" = 'tsk_1'`],
    row: 'task_usage/tsk_1',
    said: /column identity_id/,
  },
  {
    name: 'counters in a version that was before',
    sql: [`update task_usage set version = 2 where "key" = 'tsk_1'`],
    row: 'task_usage/tsk_1',
    said: /entry 2 made version 3/,
    unseenWhileRunning: true,
  },
  {
    name: 'counters of another task',
    sql: [`update task_usage set body = replace(body, 'tsk_1', 'tsk_2') where "key" = 'tsk_1'`],
    row: 'task_usage/tsk_1',
    said: /not what entry 2 made of it/,
    unseenWhileRunning: true,
  },
]

describe.each(BACKENDS)('rows that somebody edits on $name', ({ start }) => {
  let backend: Backend
  let config: StoreConfig
  let store: Store
  let clock: TestClock
  let log: Log
  beforeAll(async () => {
    backend = await start()
  }, POSTGRES_START_MS)
  afterAll(() => backend.stop())
  beforeEach(async () => {
    config = await backend.create()
    store = await open(config, { org: 'org_test', log: 'main' })
    clock = createTestClock()
    log = await openTestLog(store.record, { clock })
    await furnish(log)
  })
  afterEach(async () => {
    await log.close()
    await store.close()
  })
  const auditAsStranger = () => auditLog({ store: store.record, vkey: log.vkey, origin: log.origin })

  it('where nobody does, nothing is found, whatever the rows say', async () => {
    expect(await log.audit()).toMatchObject({ rowsChecked: 8, findings: [] })
    expect(await auditAsStranger()).toMatchObject({ rows: 8 })
    await openTestLog(store.record)
  })

  it('a row without a key is not taken, neither from us nor from others', async () => {
    const nameless = insert('purposes', purpose(''))
    await expect(log.record(createFact('nameless', [nameless]))).rejects.toMatchObject({ code: 'conflict' })
    const sql = `insert into purposes select org, '', body, salt, version, entry from purposes where "key" = 'help'`
    await expect(edit(config, { sql: [sql] })).rejects.toThrow(/check constraint/i)
    expect((await log.audit()).findings).toEqual([])
  })

  it.each(EDITS)('$name: the audit names the row, and the answer is no', async ({ row, said, ...made }) => {
    await edit(config, made)
    await expect(auditAsStranger()).rejects.toThrow(`row ${row} `)
    const { findings } = await log.audit()
    expect(findings).toContainEqual(expect.objectContaining({ what: 'row', row, detail: expect.stringMatching(said) }))
    await expect(log.record(createFact('late'))).rejects.toMatchObject({ code: 'log_broken' })
    await expect(openTestLog(store.record)).rejects.toMatchObject({ code: 'log_broken' })
  })

  it.each(EDITS.filter((each) => each.unseenWhileRunning !== true))(
    '$name: noticed while the log runs',
    async (made) => {
      await edit(config, made)
      clock.turn()
      await expect.poll(() => log.condition().state).toBe('broken')
    },
  )
})

/** Records rows of several sorts, one that is changed, and counters that count. */
async function furnish(log: Log): Promise<void> {
  const counted = { ...usage('tsk_1'), calls: 3 }
  await log.record(
    createFact('all', [
      insert('persons', person('psn_1', 'ann@acme.test')),
      insert('persons', { ...person('psn_2', 'bob@acme.test'), name: ODD_TEXT }),
      insert('identities', identity('idn_1')),
      insert('purposes', purpose('help', ODD_TEXT)),
      insert('tasks', task('tsk_1')),
      insert('task_usage', counted),
      insert('task_usage', usage('idle')),
    ]),
  )
  const first: Kept<Tables['identities']> = { ...identity('idn_1'), version: 1, entry: 0 }
  const count = { add: { calls: 1 }, raise: { integrity: 1 }, atMost: {} }
  await log.record(
    createFact('change', [
      update('identities', first, owned),
      insert('identities', identity('idn_2')),
      meter('task_usage', 'tsk_1', count),
    ]),
  )
  await log.record(createFact('count', [meter('task_usage', 'tsk_1', count)]))
}

/** Runs SQL on the database beside the store, as somebody with its password or its file can. */
async function edit(config: StoreConfig, { unbind, sql }: Pick<Edit, 'unbind' | 'sql'>): Promise<void> {
  const statements = [...(unbind === undefined ? [] : [unbind[config.kind]]), ...sql]
  if (config.kind === 'postgres') return void (await ask(config.url, statements.join('; ')))
  const database = new DatabaseSync(config.path, { timeout: 5_000 })
  try {
    for (const statement of statements) database.exec(statement)
  } finally {
    database.close()
  }
}
