import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Statement } from '../engine.ts'
import { type Connection, openConnection } from './connection.ts'
import { obey } from './obey.ts'
import type { Order } from './order.ts'

let connection: Connection
beforeEach(() => {
  connection = openConnection(':memory:', false)
  connection.database.exec('create table t (x integer primary key)')
})
afterEach(() => {
  vi.restoreAllMocks()
  connection.database.close()
})

const put = (x: number, ends?: number): Statement => ({
  sql: 'insert into t values (?)',
  values: [x],
  ...(ends === undefined ? {} : { ends }),
})
const drop = (x: number): Statement => ({ sql: 'delete from t where x = ?', values: [x] })
const find = (x: number): Statement => ({ sql: 'select x from t where x = ?', values: [x] })
const order = (statements: readonly Statement[], more: Partial<Order> = {}): Order => ({
  begins: true,
  statements,
  ends: null,
  ...more,
})
const rows = (): unknown[] =>
  connection.database
    .prepare('select x from t')
    .all()
    .map(({ x }) => x)
const isOpen = (): boolean => connection.database.isTransaction

describe('an order', () => {
  it('leaves the transaction open until one ends it', () => {
    expect(obey(connection, order([put(1)]))).toMatchObject({ outcomes: [{ count: 1 }], isCommitted: false })
    expect(isOpen()).toBe(true)
    expect(obey(connection, order([put(2)], { begins: false, ends: 'commit' }))).toMatchObject({ isCommitted: true })
    expect([isOpen(), rows()]).toEqual([false, [1, 2]])
  })

  it('takes back what it was told to', () => {
    obey(connection, order([put(1)]))
    expect(obey(connection, order([], { begins: false, ends: 'rollback' }))).toMatchObject({ isCommitted: false })
    expect([isOpen(), rows()]).toEqual([false, []])
  })

  it('commits with the statement that is to end it, where that did what it should', () => {
    expect(obey(connection, order([put(1), put(2, 1)]))).toMatchObject({ isCommitted: true })
    expect([isOpen(), rows()]).toEqual([false, [1, 2]])
  })

  it('goes on behind what did what it must', () => {
    const must = [put(1), { ...drop(1), must: 1 }, { ...find(1), must: 0 }, put(2), { ...find(2), must: 2 }, put(3, 1)]
    expect(obey(connection, order(must))).toMatchObject({ isCommitted: true })
    expect(rows()).toEqual([2, 3])
  })

  const unfinished: [string, readonly Statement[]][] = [
    ['changed another number of rows', [put(1), put(2, 2)]],
    ['is violated', [put(1), put(1, 0)]],
    ['was not reached, behind a violated one', [put(1), put(1), put(2, 1)]],
    ['is not the last', [put(1, 1), put(2)]],
    ['was not reached, behind a change that had to be made', [put(1), { ...drop(7), must: 1 }, put(2, 1)]],
    ['was not reached, behind what had to be read', [put(1), { ...find(1), must: 0 }, put(2, 1)]],
    ['was not reached, behind what had to be there', [put(1), { ...find(7), must: 7 }, put(2, 1)]],
  ]
  it.each(unfinished)('commits nothing by itself where the statement that is to end it %s', (_, statements) => {
    expect(obey(connection, order(statements))).toMatchObject({ isCommitted: false })
    expect(isOpen()).toBe(true)
  })

  it('that fails takes all of its transaction back, and says what SQLite said', () => {
    obey(connection, order([put(1)]))
    const reply = obey(connection, order([{ sql: 'insert into nowhere values (1)', values: [] }], { begins: false }))
    expect(reply).toEqual({ fault: { message: 'no such table: nowhere', errcode: 1 }, isDoubtful: false })
    expect([isOpen(), rows()]).toEqual([false, []])
  })

  it.each([
    ['told to', order([put(1)], { ends: 'commit' })],
    ['by its last statement', order([put(1, 1)])],
  ])('whose commit fails is in doubt: it was %s', (_, failing) => {
    const { exec } = DatabaseSync.prototype
    vi.spyOn(connection.database, 'exec').mockImplementation(function (this: DatabaseSync, sql: string) {
      if (sql === 'commit') throw Object.assign(new Error('disk I/O error'), { errcode: 10 })
      exec.call(this, sql)
    })
    expect(obey(connection, failing)).toEqual({ fault: { message: 'disk I/O error', errcode: 10 }, isDoubtful: true })
    expect(isOpen()).toBe(false)
  })

  it('prepares a text when it is first seen, and never again', () => {
    const prepare = vi.spyOn(connection.database, 'prepare')
    for (const x of [1, 2, 3]) obey(connection, order([put(x)], { ends: 'commit' }))
    expect(prepare).toHaveBeenCalledTimes(1)
  })
})
