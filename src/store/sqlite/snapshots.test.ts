import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Connection, openWriting, run } from './connection.ts'
import { fileAt } from './file-id.ts'
import { openSnapshots, type Snapshots } from './snapshots.ts'

let home: string
let path: string
let writing: Connection
let snapshots: Snapshots
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'remit-snapshots-'))
  path = join(home, 'store.db')
  writing = openWriting(path)
  write('create table t (x)')
  snapshots = openSnapshots(path, fileAt(path))
})
afterEach(() => {
  snapshots.close()
  writing.database.close()
  rmSync(home, { recursive: true, force: true })
})

const write = (sql: string): unknown => run(writing, { sql, values: [] })
const count = async (): Promise<unknown> =>
  (await snapshots.read({ sql: 'select count(*) as rows from t', values: [] }))[0]?.['rows']

describe('a file that others write', () => {
  it('is read as it was at one moment, whatever is committed meanwhile, and then as it is', async () => {
    await snapshots.during(async () => {
      expect(await count()).toBe(0)
      write('insert into t values (1)')
      write('pragma wal_checkpoint(passive)')
      expect(await count()).toBe(0)
    })
    expect(await count()).toBe(1)
    await snapshots.during(async () => expect(await count()).toBe(1))
  })

  it('is read at another moment after one that failed', async () => {
    const failing = snapshots.during(async () => {
      expect(await count()).toBe(0)
      await snapshots.read({ sql: 'select * from missing', values: [] })
    })
    await expect(failing).rejects.toMatchObject({ code: 'store_failed' })
    write('insert into t values (1)')
    expect(await snapshots.during(count)).toBe(1)
    write('pragma wal_checkpoint(truncate)') // nobody holds on to an older moment
  })

  it('is not written', async () => {
    const sql = 'insert into t values (1)'
    await expect(snapshots.read({ sql, values: [] })).rejects.toMatchObject({ code: 'log_unavailable' })
    expect(await count()).toBe(0)
  })

  it('is not read where another one was put in its place', () => {
    const file = fileAt(path)
    renameSync(path, join(home, 'other.db'))
    openWriting(path).database.close()
    expect(() => openSnapshots(path, file)).toThrow(expect.objectContaining({ code: 'store_failed' }))
    expect(() => openSnapshots(join(home, 'other.db'), file).close()).not.toThrow()
  })

  it('that is not there is no store', () => {
    expect(() => openSnapshots(join(home, 'missing.db'), fileAt(path))).toThrow(
      expect.objectContaining({ code: 'store_failed' }),
    )
  })
})
