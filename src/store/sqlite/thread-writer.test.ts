import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ask, type Engine, type Statement } from '../engine.ts'
import { openSqlite } from '../sqlite.ts'
import type { Order } from './order.ts'
import { startThreadWriter } from './thread-writer.ts'

let home: string
let path: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'remit-writer-'))
  path = join(home, 'store.db')
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(home, { recursive: true, force: true })
})

const order = (sql: string, ends: Order['ends']): Order => ({ begins: true, statements: [{ sql, values: [] }], ends })
const count = (): unknown => {
  const database = new DatabaseSync(path, { readOnly: true })
  const row = database.prepare('select count(*) as rows from t').get()
  database.close()
  return row?.['rows']
}

describe('the thread that writes', () => {
  it('does what it is told, and ends when it is told to', async () => {
    const writer = await startThreadWriter(path)
    await writer.obey(order('create table t (x)', 'commit'))
    const done = await writer.obey(order('insert into t values (1), (2)', 'commit'))
    expect(done).toMatchObject({ outcomes: [{ rows: [], count: 2, violated: false }], isCommitted: true })
    await writer.close()
    expect(count()).toBe(2)
  })

  it('that cannot open the file says what SQLite said', async () => {
    const missing = join(home, 'missing', 'store.db')
    await expect(startThreadWriter(missing)).rejects.toMatchObject({
      message: 'unable to open database file',
      errcode: 14,
    })
  })

  it('that ends by itself keeps nothing of what it was at, and whoever asks later hears of it', async () => {
    const writer = await startThreadWriter(path)
    await writer.obey(order('create table t (x)', 'commit'))
    await writer.obey(order('insert into t values (1)', null))
    const workers = vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker) {
      this.terminate().catch(() => undefined) // it hears nothing any more
    })
    const unsaid = writer.obey({ begins: false, statements: [], ends: 'commit' })
    await expect(unsaid).rejects.toMatchObject({ code: 'store_failed', facts: { outcome: 'unknown' } })
    workers.mockRestore()
    await expect(writer.obey(order('select 1', null))).rejects.toThrow('the thread that writes ended with 1')
    await expect(writer.obey(order('select 1', 'commit'))).rejects.toMatchObject({ facts: { outcome: 'unknown' } })
    await writer.close()
    expect(count()).toBe(0)
  })

  it('whose answer cannot be read is waited for no longer, and writes nothing any more', async () => {
    const writer = await startThreadWriter(path)
    await writer.obey(order('create table t (x)', 'commit'))
    const workers = vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker) {
      this.emit('messageerror', new Error('odd'))
    })
    const unread = writer.obey(order('insert into t values (1)', 'commit'))
    await expect(unread).rejects.toMatchObject({ code: 'store_failed', facts: { outcome: 'unknown' } })
    workers.mockRestore()
    const late = writer.obey(order('insert into t values (2)', null))
    await expect(late).rejects.toThrow('the thread that writes was not understood')
    await writer.close()
    expect(count()).toBe(0)
  })
})

describe('the thread that writes, told to end', () => {
  /** So much that to close the file takes a while. */
  const large = `with recursive n (x) as (select 1 union all select x + 1 from n where x < 300000) insert into t select x from n`
  it('in the middle of an order does it, and its process stays until the file is closed', async () => {
    const { href } = new URL('thread-writer.ts', import.meta.url)
    const program = `const { startThreadWriter } = await import(${JSON.stringify(href)})
      const writer = await startThreadWriter(${JSON.stringify(path)})
      const order = (sql) => ({ begins: true, statements: [{ sql, values: [] }], ends: 'commit' })
      await writer.obey(order('create table t (x)'))
      const underWay = writer.obey(order(${JSON.stringify(large)}))
      const closing = writer.close()
      console.log((await underWay).isCommitted)
      await closing
      console.log('closed')`
    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
    expect(said.split('\n')).toEqual(['true', 'closed', ''])
    expect(count()).toBe(300_000)
  })

  it('takes back what was begun, and refuses what comes later as what was never kept', async () => {
    const writer = await startThreadWriter(path)
    await writer.obey(order('create table t (x)', 'commit'))
    await writer.obey(order('insert into t values (1)', null))
    const closing = writer.close()
    const late = await writer.obey({ begins: false, statements: [], ends: 'commit' }).catch((error: unknown) => error)
    expect(late).toEqual(new Error('the thread that writes is told to end'))
    await closing
    await writer.close()
    expect(count()).toBe(0)
  })
})

describe('a script on it', () => {
  let engine: Engine
  beforeEach(async () => {
    engine = await openSqlite(path, 0)
    await engine.transact(() => ask('create table t (x integer primary key)'))
  })
  afterEach(() => engine.close())
  const put = { sql: 'insert into t values (1)', values: [], ends: 1 }

  it('may end with its last statement', async () => {
    const changed = await engine.transact(function* () {
      const [outcome] = yield [put]
      return outcome?.count
    })
    expect([changed, count()]).toEqual([1, 1])
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
    expect(count()).toBe(1)
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
    const post = vi.spyOn(Worker.prototype, 'postMessage')
    const asks: readonly (readonly Statement[])[] = []
    const done = await engine.transact(function* () {
      for (const batch of asks) yield batch
      return 'done'
    })
    expect(done).toBe('done')
    expect(post).not.toHaveBeenCalled()
  })
})
