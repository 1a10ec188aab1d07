import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ask as askBeside, POSTGRES_START_MS, type Postgres, startPostgres } from '../../test/postgres.ts'
import { PLACE } from '../../test/suites/backends.ts'
import { commitInSizes } from '../../test/suites/writes.ts'
import { systemClock } from '../ground/clock.ts'
import { LIMITS } from '../ground/limits.ts'
import { ask, type Engine, type Value } from './engine.ts'
import { ALONE } from './hold.ts'
import { migrate } from './migrate.ts'
import { openPostgres } from './postgres.ts'
import { createHead, createRecordStore } from './record.ts'

let postgres: Postgres
let url: string
let engine: Engine
beforeAll(async () => {
  postgres = await startPostgres()
}, POSTGRES_START_MS)
afterAll(() => postgres.stop())
beforeEach(async () => {
  url = await postgres.createDatabase()
  const name = new URL(url).pathname.slice(1)
  // whatever the database is set to, the writer has to know better
  await askBeside(url, `alter database ${name} set synchronous_commit = off`)
  await askBeside(url, `alter database ${name} set default_transaction_isolation = 'read committed'`)
  engine = openPostgres(url, systemClock)
})
afterEach(() => engine.close())

function* askOne(sql: string) {
  const { rows } = yield* ask(sql)
  return Object.values(rows[0] ?? {})[0]
}
/** What something is on the very connection that writes. */
const written = (sql: string): Promise<Value | undefined> => engine.transact(() => askOne(sql))

describe('the connection that writes', () => {
  it.each([
    ['waits for the disk at every commit', 'synchronous_commit', 'on'],
    ['plays every transaction as if it were alone', 'transaction_isolation', 'serializable'],
    ['gives a statement up in time', 'statement_timeout', `${LIMITS.storeStatementMs / 1000}s`],
    ['says whose it is', 'application_name', 'remit'],
  ])('%s, whatever the database is set to', async (_, name, value) => {
    expect(await written(`show ${name}`)).toBe(value)
  })

  it('does so after it was lost and made anew', async () => {
    const before = await written('select pg_backend_pid()')
    await askBeside(url, `select pg_terminate_backend(${Number(before)})`)
    let after: Value | undefined
    while (after === undefined)
      after = await written('select pg_backend_pid()').catch(async () => systemClock.sleep(10).then(() => undefined))
    expect(after).not.toBe(before)
    expect(await written('show synchronous_commit')).toBe('on')
  })

  it('has its statements parsed once: what was done before in any number is done again without another', async () => {
    await migrate(engine, systemClock, 'test')
    await engine.transact(() => createHead(PLACE))
    const record = createRecordStore(engine, PLACE, ALONE)
    let made = 0
    const work = async (): Promise<void> => {
      made = await commitInSizes(record, made)
    }
    const parsed = (): Promise<Value | undefined> => written('select count(*) from pg_prepared_statements')
    await work()
    const count = await parsed()
    expect(count).toBeGreaterThan(3)
    for (let time = 0; time < 5; time += 1) await work()
    expect(await parsed()).toBe(count)
    expect((await record.readHead()).size).toBe(made)
  })
})
