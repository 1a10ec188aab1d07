import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PLACE } from '../../test/suites/backends.ts'
import { commit, commitInSizes, purpose, readLog, writing } from '../../test/suites/writes.ts'
import { insert } from '../contract/change.ts'
import { systemClock } from '../ground/clock.ts'
import { ask, type Engine, type Script, type Statement, type Value } from './engine.ts'
import { ALONE } from './hold.ts'
import { migrate } from './migrate.ts'
import { createHead, createRecordStore } from './record.ts'
import { openSqlite } from './sqlite.ts'

let home: string
let path: string
let engine: Engine
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'remit-sqlite-'))
  path = join(home, 'store.db')
  engine = await openSqlite(path, 0)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await engine.close()
  rmSync(home, { recursive: true, force: true })
})

function* askOne(sql: string) {
  const { rows } = yield* ask(sql)
  return Object.values(rows[0] ?? {})[0]
}
/** What a setting is on the connection that writes on the event loop. */
const written = (name: string): Promise<Value | undefined> => engine.transact(() => askOne(`pragma ${name}`))
const read = async (sql: string): Promise<unknown> =>
  Object.values((await engine.read({ sql, values: [] }))[0] ?? {})[0]

describe('a commit', () => {
  /** How many orders it takes to commit purposes of these codes. */
  async function countOrders(...codes: readonly string[]): Promise<number> {
    let orders = 0
    function* count<T>(script: Script<T>): Script<T> {
      let step = script.next()
      for (; !step.done; orders += 1) step = script.next(yield step.value)
      return step.value
    }
    const counting: Engine = { ...engine, transact: (play) => engine.transact(() => count(play())) }
    const record = createRecordStore(counting, PLACE, ALONE)
    await commit(record, ...codes.map((code) => writing(code, insert('purposes', purpose(code)))))
    return orders
  }

  it('is one order where nothing conflicts, and some more where something does', async () => {
    await migrate(engine, systemClock, 'test')
    await engine.transact(() => createHead(PLACE))
    expect(await countOrders('a', 'b', 'c')).toBe(1)
    expect(await countOrders('d', 'a', 'e')).toBeGreaterThan(1)
    expect((await readLog(createRecordStore(engine, PLACE, ALONE))).head.size).toBe(5)
  })
})

describe('the connection that writes', () => {
  it.each([
    ['keeps a write-ahead log', 'journal_mode', 'wal'],
    ['waits for the disk at every commit (FULL)', 'synchronous', 2],
    ['has pages that hold a few entries each', 'page_size', 8192],
    ['never folds the log into the file at a commit on the event loop', 'wal_autocheckpoint', 0],
    ['gives room of the log back above 64 MiB', 'journal_size_limit', 64 * 1024 * 1024],
    ['does not run what a schema may call', 'trusted_schema', 0],
    ['keeps what is temporary in memory', 'temp_store', 2],
    ['waits for no lock on the event loop', 'busy_timeout', 0],
    ['holds foreign keys, where there are any', 'foreign_keys', 1],
  ])('%s', async (_, name, value) => {
    expect(await written(name)).toBe(value)
  })

  it('holds the write lock from the first moment of a transaction, before it has written anything (IMMEDIATE)', async () => {
    const other = new DatabaseSync(path, { timeout: 0 })
    const attempt = (): string => {
      try {
        other.exec('begin immediate; rollback')
        return 'taken'
      } catch (error) {
        return String(error)
      }
    }
    expect(attempt()).toBe('taken')
    const heard = await engine.transact(function* () {
      yield [{ sql: 'select 1', values: [] }]
      return attempt()
    })
    expect(heard).toContain('database is locked')
    expect(attempt()).toBe('taken')
    other.close()
  })

  it('that finds the file locked by another hand refuses, leaves nothing half-done, and goes on when it is free', async () => {
    await engine.transact(() => ask('create table t (x)'))
    const other = new DatabaseSync(path, { timeout: 0 })
    other.exec('begin immediate')
    await expect(engine.transact(() => ask('insert into t values (1)'))).rejects.toMatchObject({ code: 'store_failed' })
    other.exec('rollback')
    other.close()
    expect(await read('select count(*) from t')).toBe(0)
    await engine.transact(() => ask('insert into t values (2)'))
    expect(await read('select count(*) from t')).toBe(1)
  })
})

describe('the connection that reads', () => {
  it('sees nothing that is not committed, and writes nothing', async () => {
    await engine.transact(() => ask('create table t (x)'))
    const seen = await engine.transact(function* () {
      yield [{ sql: 'insert into t values (1)', values: [] }]
      return read('select count(*) from t')
    })
    expect(await seen).toBe(0)
    expect(await read('select count(*) from t')).toBe(1)
    await expect(read('delete from t')).rejects.toMatchObject({ code: 'log_unavailable' })
    expect(await read('select count(*) from t')).toBe(1)
  })
})

describe('statements', () => {
  it('are prepared once: what was done before in any number is done again without preparing anything', async () => {
    await migrate(engine, systemClock, 'test')
    await engine.transact(() => createHead(PLACE))
    const record = createRecordStore(engine, PLACE, ALONE)
    let made = 0
    const work = async (): Promise<void> => {
      made = await commitInSizes(record, made)
      await record.readRows(null, 10)
      await record.readHashes(1, 0, 10)
    }
    const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare') // passes through: it counts what SQLite is asked for
    for (let time = 0; time < 6; time += 1) await work()
    const texts = prepare.mock.calls.map(([sql]) => sql)
    const asked = texts.map((sql, at) => ({ sql, by: prepare.mock.contexts[at] }))
    expect(texts.length).toBeGreaterThan(5)
    // which connection makes a commit is told by how quick the disk is: each prepares for itself
    for (const by of new Set(prepare.mock.contexts)) {
      const own = asked.filter((each) => each.by === by).map(({ sql }) => sql)
      expect(own).toHaveLength(new Set(own).size)
    }
    prepare.mockRestore()
    expect((await record.readHead()).size).toBe(made)
  })
})

describe('a script', () => {
  beforeEach(async () => {
    await engine.transact(() => ask('create table t (x integer primary key)'))
  })
  const put = { sql: 'insert into t values (1)', values: [], ends: 1 }
  const count = (): Promise<unknown> => read('select count(*) from t')

  it('may end with its last statement', async () => {
    const changed = await engine.transact(function* () {
      const [outcome] = yield [put]
      return outcome?.count
    })
    expect([changed, await count()]).toEqual([1, 1])
  })

  it.each([
    [
      'throws',
      function* () {
        yield [put]
        throw new Error('too late')
      },
    ],
    [
      'goes on',
      function* () {
        yield [put]
        yield [{ sql: 'delete from t', values: [] }]
      },
    ],
  ])('that %s behind its end is told that it may have been kept', async (_, script) => {
    await expect(engine.transact<void>(script)).rejects.toMatchObject({ facts: { outcome: 'unknown' } })
    expect(await count()).toBe(1)
  })

  it('that throws before is taken back, and the next one finds the store as it was', async () => {
    const failing = engine.transact(function* () {
      yield [{ sql: 'insert into t values (1)', values: [] }]
      throw new Error('not like this')
    })
    const next = engine.transact(() => ask('insert into t values (1)'))
    await expect(failing).rejects.toMatchObject({ code: 'store_failed' })
    expect(await next).toMatchObject({ count: 1 })
  })

  it('that asks for nothing costs no transaction', async () => {
    const spies = [vi.spyOn(DatabaseSync.prototype, 'exec'), vi.spyOn(Worker.prototype, 'postMessage')] // they pass through
    const asks: readonly (readonly Statement[])[] = []
    const done = await engine.transact(function* () {
      for (const batch of asks) yield batch
      return 'done'
    })
    expect(done).toBe('done')
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
  })
})
