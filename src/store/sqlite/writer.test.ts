import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../ground/clock.ts'
import type { Statement } from '../engine.ts'
import type { Order } from './order.ts'
import { openWriter, type Writer } from './writer.ts'

let home: string
let path: string
let writer: Writer
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'remit-writer-'))
  path = join(home, 'store.db')
  writer = await openWriter(path)
  takeMs(0)
  await writer.obey(order([{ sql: 'create table t (x, y)', values: [] }]))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await writer.close()
  rmSync(home, { recursive: true, force: true })
})

const put = (x: number, y = ''): Statement => ({ sql: 'insert into t values (?, ?)', values: [x, y] })
const order = (statements: readonly Statement[], more: Partial<Order> = {}): Order => ({
  begins: true,
  statements,
  ends: 'commit',
  ...more,
})
const rows = (): unknown[] => {
  const database = new DatabaseSync(path, { readOnly: true })
  const found = database.prepare('select x from t order by rowid').all()
  database.close()
  return found.map(({ x }) => x)
}

/** Tells how often the thread was told something while this was done. */
async function toldThread(action: () => Promise<void>): Promise<number> {
  const post = vi.spyOn(Worker.prototype, 'postMessage') // passes through
  await action()
  const { length } = post.mock.calls
  post.mockRestore()
  return length
}

/** From now on each commit on the event loop takes so long, whatever the machine does. */
function takeMs(ms: number): void {
  let nowMs = 0
  vi.spyOn(systemClock, 'monotonicMs').mockImplementation(() => (nowMs += ms))
}

/** Commits that change nothing, as many as have to be quick in a row. */
async function calmDown(): Promise<void> {
  for (let commits = 0; commits < 8; commits++) await writer.obey(order([]))
}

/** Writes on the event loop until the write-ahead log is to be folded, and no longer than that can take. */
function growUntil(isFolding: () => boolean): void {
  for (let at = 0; at < 400 && !isFolding(); at++)
    expect(writer.obey(order([put(at, 'x'.repeat(20_000))]))).toMatchObject({ isCommitted: true })
  expect(isFolding(), 'it is folded').toBe(true)
}

describe('what writes the file', () => {
  it('does a small order on the event loop, and the thread hears nothing of it', async () => {
    const told = await toldThread(async () => {
      expect(await writer.obey(order([put(1)]))).toMatchObject({ outcomes: [{ count: 1 }], isCommitted: true })
    })
    expect([told, rows()]).toEqual([0, [1]])
  })

  it.each([
    ['has many statements', Array.from({ length: 21 }, () => put(1))],
    ['carries much', [put(1, 'x'.repeat(40_000))]],
  ])('leaves an order to the thread that %s, with all of its transaction', async (_, statements) => {
    const told = await toldThread(async () => {
      await writer.obey(order(statements, { ends: null }))
      await writer.obey(order([put(2)], { begins: false }))
    })
    expect(told).toBe(2)
    expect(rows().at(-1)).toBe(2)
  })

  it('keeps a transaction on the event loop that was begun there, however large it gets', async () => {
    const told = await toldThread(async () => {
      await writer.obey(order([put(1)], { ends: null }))
      await writer.obey(order([put(2, 'x'.repeat(40_000))], { begins: false, ends: null }))
      await writer.obey(order([], { begins: false, ends: 'rollback' }))
    })
    expect([told, rows()]).toEqual([0, []])
  })

  it('goes to the thread once a commit was slow, and comes back when they are quick again', async () => {
    takeMs(50)
    await writer.obey(order([put(1)]))
    takeMs(0)
    expect(await toldThread(async () => void (await writer.obey(order([put(2)]))))).toBe(1)
    await vi.waitFor(async () => {
      await calmDown() // in the thread it is the clock of the machine that says how long it took
      expect(await toldThread(async () => void (await writer.obey(order([]))))).toBe(0)
    }, 60_000)
    expect(rows()).toEqual([1, 2])
  })

  it('waits in the thread for a lock that another hand holds, and the event loop goes on', async () => {
    const other = new DatabaseSync(path)
    other.exec('begin immediate')
    const waiting = writer.obey(order([put(1)]))
    expect(waiting).toBeInstanceOf(Promise)
    other.exec('rollback') // this turn of the loop goes on, or nobody could
    other.close()
    expect(await waiting).toMatchObject({ isCommitted: true })
    expect(rows()).toEqual([1])
  })

  it('has the thread fold what many commits have written, and goes on where that has ended', async () => {
    const grow = async (): Promise<void> => {
      for (let at = 0; at < 200; at++) await writer.obey(order([put(at, 'x'.repeat(20_000))]))
    }
    expect(await toldThread(grow)).toBeGreaterThan(0)
    const post = vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker) {
      this.terminate().catch(() => undefined)
    })
    await grow()
    expect(post).toHaveBeenCalled()
    expect(rows()).toHaveLength(400)
  })

  it('has the thread fold what somebody who read has held back, however much that is', async () => {
    const reading = new DatabaseSync(path, { readOnly: true })
    reading.exec('begin; select * from t')
    for (let at = 0; at < 400; at++) await writer.obey(order([put(at, 'x'.repeat(20_000))]))
    reading.close()
    for (let orders = 0; orders < 8; orders++) await writer.obey(order([put(orders)])) // behind one of them all is folded
    const log = statSync(`${path}-wal`).size
    for (let at = 0; at < 200; at++) await writer.obey(order([put(at, 'x'.repeat(20_000))]))
    expect(statSync(`${path}-wal`).size, 'it is written over from its start').toBe(log)
  })

  it('says that an order is done before the log is folded behind it, and the next one waits for that', async () => {
    const held: (() => void)[] = []
    const post = vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, told: unknown) {
      held.push(() => this.postMessage(told))
    })
    growUntil(() => held.length > 0)
    post.mockRestore()
    const next = writer.obey(order([put(-1)]))
    expect(next).toBeInstanceOf(Promise)
    expect(rows()).not.toContain(-1)
    for (const tell of held) tell()
    expect(await next).toMatchObject({ isCommitted: true })
    expect(rows()).toContain(-1)
  })

  it('is let go behind a fold that is under way', async () => {
    const post = vi.spyOn(Worker.prototype, 'postMessage') // passes through
    growUntil(() => post.mock.calls.length > 0)
    const closing = writer.close()
    const late = async () => writer.obey(order([put(-1)]))
    await expect(late()).rejects.toThrow('not open')
    await closing
    expect(rows()).not.toContain(-1)
  })

  it('folds by itself where the thread has ended, and the log does not grow without end', async () => {
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker) {
      this.terminate().catch(() => undefined)
    })
    for (let at = 0; at < 600; at++) await writer.obey(order([put(at, 'x'.repeat(20_000))]))
    expect(statSync(`${path}-wal`).size).toBeLessThan(600 * 8192)
  })

  describe('where the thread has ended', () => {
    let unsaid: unknown
    let startAnother: () => void
    /** The thread ends while it has done so much of a transaction that it was left. */
    beforeEach(async () => {
      takeMs(50)
      await writer.obey(order([put(1)]))
      await writer.obey(order([put(2)], { ends: null }))
      vi.spyOn(systemClock, 'after').mockImplementation((_ms, run) => {
        startAnother = run
        return () => undefined
      })
      vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker) {
        this.terminate().catch(() => undefined)
      })
      unsaid = await (async () => writer.obey(order([], { begins: false })))().catch((error: unknown) => error)
    })

    it('says of the commit that it was told of last that nobody knows', () => {
      expect(unsaid).toMatchObject({ code: 'store_failed', facts: { outcome: 'unknown' } })
    })

    it('does on the event loop what is slow, and what is large', async () => {
      for (const x of [3, 4]) expect(await writer.obey(order([put(x)]))).toMatchObject({ isCommitted: true })
      await writer.obey(order([put(5, 'x'.repeat(600_000))]))
      expect(rows()).toEqual([1, 3, 4, 5])
    })

    it('goes on in another one once that is started', async () => {
      await writer.obey(order([put(3)]))
      expect(writer.standing()).toMatchObject({ hasThread: false, ends: 1 })
      vi.restoreAllMocks()
      startAnother()
      await expect.poll(() => writer.standing().hasThread).toBe(true)
      expect(await toldThread(async () => void (await writer.obey(order([put(4)]))))).toBe(1)
      expect(rows()).toEqual([1, 3, 4])
    })

    it('refuses what belongs to the transaction that was open in it', async () => {
      const late = async () => writer.obey(order([put(3)], { begins: false, ends: null }))
      await expect(late()).rejects.toThrow('no transaction is open')
      expect(rows()).toEqual([1])
    })

    it('says of a lock of another hand that nothing was kept', async () => {
      const other = new DatabaseSync(path)
      other.exec('begin immediate')
      const locked = async () => writer.obey(order([put(3)]))
      await expect(locked()).rejects.toEqual(Object.assign(new Error('database is locked'), { errcode: 5 }))
      other.exec('rollback')
      other.close()
      await writer.obey(order([put(4)]))
      expect(rows()).toEqual([1, 4])
    })
  })

  it('throws what SQLite threw, takes all back, and does the next order', async () => {
    const failing = async () => writer.obey(order([put(1), { sql: 'insert into nowhere values (1)', values: [] }]))
    await expect(failing()).rejects.toMatchObject({ message: 'no such table: nowhere', errcode: 1 })
    await writer.obey(order([put(2)]))
    expect(rows()).toEqual([2])
  })

  it('takes back at its end what was begun', async () => {
    await writer.obey(order([put(1)], { ends: null }))
    await writer.close()
    expect(rows()).toEqual([])
  })
})
