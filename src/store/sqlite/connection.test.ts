import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Connection, foldGrown, openConnection, openWriting, run } from './connection.ts'

let home: string
let writing: Connection
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'remit-connection-'))
  writing = openWriting(join(home, 'store.db'))
  writing.database.exec('create table t (x)')
})
afterEach(() => {
  writing.database.close()
  rmSync(home, { recursive: true, force: true })
})

/** Writes so many pages of 8 KiB. */
const write = (pages: number): void => {
  run(writing, { sql: 'insert into t values (zeroblob(?))', values: [pages * 8192] })
}
/** Pages of the log that are not in the file. */
const unfolded = (): number => {
  const [log] = run(writing, { sql: 'pragma wal_checkpoint(noop)', values: [] }).rows
  return Number(log?.['log']) - Number(log?.['checkpointed'])
}

describe('the write-ahead log', () => {
  it('is folded once it has grown, and written over from its start', () => {
    write(20)
    foldGrown(writing)
    expect(unfolded()).toBeGreaterThan(20)
    write(300)
    foldGrown(writing)
    expect(unfolded()).toBe(0)
    write(1)
    expect(unfolded()).toBeLessThan(10)
  })

  it('is left as it is while a transaction is open', () => {
    writing.database.exec('begin immediate')
    write(300)
    foldGrown(writing)
    writing.database.exec('commit')
    expect(unfolded()).toBeGreaterThan(300)
  })

  it('that cannot be folded is kept, and the next look folds it', () => {
    const reading = openConnection(join(home, 'store.db'), true)
    write(300)
    foldGrown(reading)
    expect(unfolded()).toBeGreaterThan(300)
    reading.database.close()
    foldGrown(writing)
    expect(unfolded()).toBe(0)
  })

  it('that grew by one transaction is folded by SQLite at its commit', () => {
    write(600)
    expect(unfolded()).toBe(0)
  })
})
