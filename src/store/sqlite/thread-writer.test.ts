import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { writeBeside } from '../../../test/write-beside.ts'
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

const ignore = (): void => undefined
const order = (sql: string, ends: Order['ends']): Order => ({ begins: true, statements: [{ sql, values: [] }], ends })
const count = (): unknown => {
  const database = new DatabaseSync(path, { readOnly: true })
  const row = database.prepare('select count(*) as rows from t').get()
  database.close()
  return row?.['rows']
}

describe('the thread that writes', () => {
  it('does what it is told, and ends when it is told to', async () => {
    const writer = await startThreadWriter(path, ignore)
    await writer.obey(order('create table t (x)', 'commit'))
    const done = await writer.obey(order('insert into t values (1), (2)', 'commit'))
    expect(done).toMatchObject({ outcomes: [{ rows: [], count: 2, violated: false }], isCommitted: true })
    await writer.close()
    expect(count()).toBe(2)
  })

  it.each([
    ['keeps a write-ahead log', 'journal_mode', 'wal'],
    ['waits for the disk at every commit (FULL)', 'synchronous', 2],
    ['waits a second for a lock', 'busy_timeout', 1000],
  ])('%s', async (_, name, value) => {
    const writer = await startThreadWriter(path, ignore)
    const { outcomes } = await writer.obey(order(`pragma ${name}`, 'commit'))
    expect(Object.values(outcomes[0]?.rows[0] ?? {})).toEqual([value])
    await writer.close()
  })

  it('that cannot open the file says what SQLite said', async () => {
    const missing = join(home, 'missing', 'store.db')
    await expect(startThreadWriter(missing, ignore)).rejects.toMatchObject({
      message: 'unable to open database file',
      errcode: 14,
    })
  })

  it('that fails is gone before whoever waits for it hears of that, and holds no lock', async () => {
    const seen: string[] = []
    process.once('worker', (worker) => worker.once('exit', () => seen.push('gone')))
    const writer = await startThreadWriter(path, ignore)
    await writer.obey({ ...order('create table t (x)', null), begins: true })
    const post = Worker.prototype.postMessage
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementationOnce(function (this: Worker) {
      post.call(this, { letter: '{' })
    })
    await writer.obey({ begins: false, statements: [], ends: 'commit' }).catch(() => seen.push('heard'))
    expect(seen).toEqual(['gone', 'heard'])
  })

  it('that ends before it is heard that it has the file open is none', async () => {
    process.once('worker', (worker) => worker.once('message', () => worker.emit('exit', 1)))
    await expect(startThreadWriter(path, ignore)).rejects.toThrow('the thread that writes ended with 1')
  })

  it('that ends by itself keeps nothing of what it was at, and whoever asks later hears of it', async () => {
    const writer = await startThreadWriter(path, ignore)
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
    const writer = await startThreadWriter(path, ignore)
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

  it('that is no longer understood lets go of the lock of its transaction', async () => {
    const writer = await startThreadWriter(path, ignore)
    await writer.obey(order('create table t (x)', 'commit'))
    await writer.obey(order('insert into t values (1)', null))
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker) {
      this.emit('messageerror', new Error('odd'))
    })
    await expect(writer.fold()).rejects.toThrow('was not understood')
    vi.restoreAllMocks()
    await writeBeside(path, 'insert into t values (2)') // it tries until nobody holds the lock
    expect(count()).toBe(1)
    await writer.close()
  })

  it('that ends by itself says so once, and not where it was told to or could not begin', async () => {
    const ends: string[] = []
    const note = ({ message }: Error): void => void ends.push(message)
    const told = await startThreadWriter(path, note)
    await told.close()
    await startThreadWriter(join(home, 'missing', 'store.db'), note).catch(() => undefined)
    expect(ends).toEqual([])
    const writer = await startThreadWriter(path, note)
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker) {
      this.terminate().catch(() => undefined)
    })
    await expect(writer.fold()).rejects.toThrow('ended with 1')
    vi.restoreAllMocks()
    await writer.close()
    expect(ends).toEqual(['the thread that writes ended with 1'])
  })
})

describe('the thread that writes, told to end', () => {
  /** So much that to close the file takes a while. */
  const large = `with recursive n (x) as (select 1 union all select x + 1 from n where x < 300000) insert into t select x from n`
  it('in the middle of an order does it, and its process stays until the file is closed', async () => {
    const { href } = new URL('thread-writer.ts', import.meta.url)
    const program = `const { startThreadWriter } = await import(${JSON.stringify(href)})
      const writer = await startThreadWriter(${JSON.stringify(path)}, () => undefined)
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
    const writer = await startThreadWriter(path, ignore)
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
