import { spawn, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { insert } from '../../src/contract/change.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { createIds } from '../../src/ground/ids.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { ask } from '../../src/store/engine.ts'
import { ALONE } from '../../src/store/hold.ts'
import { migrate } from '../../src/store/migrate.ts'
import { MIGRATIONS } from '../../src/store/migrations.ts'
import { createHead, createRecordStore } from '../../src/store/record.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { openStore } from '../../src/store/store.ts'
import { createFact, createTestClock, openTestLog } from '../record/open-test-log.ts'
import { open, PLACE } from '../suites/backends.ts'
import { commit, purpose, readLog, writing } from '../suites/writes.ts'
import { makeReadOnly } from './read-only.ts'

const PROGRAM = join(dirname(import.meta.filename), 'store-process.ts')

describe('a SQLite store in trouble', () => {
  let home: string
  let path: string
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'remit-fault-'))
    path = join(home, 'store.db')
  })
  afterEach(() => {
    vi.restoreAllMocks()
    rmSync(home, { recursive: true, force: true })
  })
  const openHere = () => open({ kind: 'sqlite', path })

  it('a store that this process has open already is refused, saying who has it', async () => {
    const store = await openHere()
    await expect(openHere()).rejects.toMatchObject({
      code: 'store_locked',
      detail: expect.stringMatching(new RegExp(`process ${process.pid} on .+ since \\d{4}-`)),
    })
    expect(await commit(store.record, writing('goes on'))).toEqual([{ index: 0 }])
    await store.close()
  })

  it('nothing beside it may be read or locked by others, whatever the umask says', async () => {
    writeFileSync(`${path}.lock`, '', { mode: 0o644 })
    const before = process.umask(0)
    try {
      const store = await openHere()
      for (const name of ['.lock', '.owner']) expect(statSync(`${path}${name}`).mode & 0o777).toBe(0o600)
      await store.close()
    } finally {
      process.umask(before)
    }
  })

  it('a store that another process has open is refused, saying who has it', async () => {
    const { child, firstLine } = await startProgram(path)
    await expect(openHere()).rejects.toMatchObject({
      code: 'store_locked',
      detail: expect.stringContaining(`process ${child.pid} on`),
    })
    expect(firstLine).toMatch(/^\d+$/)
    await kill(child)
  })

  it('a store whose owner cannot say who it is, as on a full disk, is held by nobody afterwards', async () => {
    mkdirSync(`${path}.owner`)
    await expect(openHere()).rejects.toMatchObject({ code: 'store_failed' })
    rmdirSync(`${path}.owner`)
    await (await openHere()).close()
  })

  it('a store whose owner was killed opens again at once', async () => {
    const { child } = await startProgram(path)
    await kill(child)
    const store = await openHere()
    expect((await store.record.readHead()).size).toBeGreaterThan(0)
    await store.close()
  })

  it('killed at any moment, it has every acknowledged entry, and no row without its entry', async () => {
    for (let round = 0; round < 8; round++) {
      const { child, lines } = await startProgram(path, 1 + round * 15)
      await kill(child)
      const store = await openHere()
      const { head, entries } = await readLog(store.record)
      const acknowledged = Number(lines().at(-1))
      const rows = await store.rows.find('purposes', {})
      expect(acknowledged).toBeGreaterThan(round * 15)
      expect(head.size).toBeGreaterThan(acknowledged)
      expect(entries).toHaveLength(head.size)
      expect(rows.map(({ entry }) => entry).sort((x, y) => x - y)).toEqual(entries.map((_, index) => index))
      await store.close()
    }
  })

  it('a process killed while migrating leaves a lock that the next start does not wait for', async () => {
    const engine = await openSqlite(path, 0)
    const [first] = MIGRATIONS
    const half = first === undefined ? [] : [{ ...first, steps: first.steps.slice(0, 5) }]
    await migrate(engine, systemClock, 'killed', half)
    const untilMs = systemClock.nowMs() + LIMITS.migrationLockMs
    await engine.transact(() => ask("insert into migration_lock values (1, 'killed', ?)", untilMs))
    await engine.close()
    const sleepless = { ...systemClock, sleep: () => Promise.reject(new Error('it waits')) }
    const store = await openStore({ kind: 'sqlite', path }, PLACE, sleepless, createIds(systemClock.nowMs))
    expect(await commit(store.record, writing('x', insert('purposes', purpose('p'))))).toEqual([{ index: 0 }])
    await store.close()
  })

  it('one of before is refused where what SQLite notes of itself is a view, before anything in it is run or changed', async () => {
    const engine = await openSqlite(path, 0)
    await migrate(engine, systemClock, 'before', MIGRATIONS.slice(0, 17))
    await engine.close()
    const edited = new DatabaseSync(path, { defensive: false })
    edited.exec('pragma writable_schema = on')
    const view = `'CREATE VIEW sqlite_stat1 AS SELECT name AS tbl, name AS idx, 1 AS stat FROM sqlite_schema'`
    edited.exec(`insert into sqlite_schema values ('view', 'sqlite_stat1', 'sqlite_stat1', 0, ${view})`)
    edited.close()
    await expect(openHere()).rejects.toMatchObject({
      code: 'store_edited',
      detail: expect.stringContaining('view sqlite_stat1'),
    })
  })

  it.each(MIGRATIONS.at(-1)?.steps.map((_, at) => at) ?? [])(
    'one that ended behind step %i of the last migration goes on from there, and the next start writes nothing',
    async (at) => {
      const engine = await openSqlite(path, 0)
      const begun = MIGRATIONS.map((each, nth) =>
        nth < MIGRATIONS.length - 1 ? each : { ...each, steps: each.steps.slice(0, at) },
      )
      await migrate(engine, systemClock, 'killed', begun)
      await engine.transact(() => createHead(PLACE))
      const record = createRecordStore(engine, PLACE, ALONE)
      await commit(record, writing('x', insert('purposes', purpose('p'))))
      await engine.close()
      const store = await openHere()
      expect(await store.rows.get('purposes', 'p')).toMatchObject({ code: 'p' })
      await store.close()
      const before = readFileSync(path)
      await (await openHere()).close()
      expect(readFileSync(path).equals(before)).toBe(true)
    },
  )

  it('a full disk refuses the commit whole, and room made lets it go on', async () => {
    vi.spyOn(systemClock, 'monotonicMs').mockReturnValue(0) // no commit is slow: all is done by the connection that is limited
    await (await openHere()).close()
    fillPages(path)
    const engine = await openSqlite(path, 0)
    const record = createRecordStore(engine, PLACE, ALONE)
    await commit(record, writing('first', insert('purposes', purpose('first'))))
    await engine.transact(() => limitPages(1))
    const big = insert('purposes', purpose('big', 'x'.repeat(20_000)))
    await expect(
      commit(record, writing('small', insert('purposes', purpose('small'))), writing('big', big)),
    ).rejects.toMatchObject({ code: 'log_unavailable', detail: 'The disk of the store is full, so the answer is no.' })
    expect(await readLog(record)).toEqual({ head: { size: 1, note: 'note of 1' }, entries: ['0 first'] })
    expect(await record.readRows(null, 10)).toHaveLength(1)
    await engine.transact(() => limitPages(1_000_000))
    expect(await commit(record, writing('big', big))).toEqual([{ index: 1 }])
    await engine.close()
  })

  it('a disk that takes no more bytes refuses the commit, and what was acknowledged stays', async () => {
    const { stdout } = spawnSync('prlimit', ['--fsize=8000000', process.execPath, PROGRAM, path, 'until-refused'], {
      encoding: 'utf8',
    })
    const lines = stdout.trim().split('\n')
    expect(lines.at(-1)).toBe('log_unavailable: The disk of the store fails, so the answer is no.')
    const store = await openHere()
    expect((await store.record.readHead()).size).toBeGreaterThan(Number(lines.at(-2)))
    await store.close()
  })

  it.each([
    ['is gone', () => undefined],
    ['has another in its place', (path: string) => copyFileSync(`${path}.away`, path)],
  ])('a store whose file %s takes nothing more, before the audit comes by', async (_, replace) => {
    const store = await openHere()
    const log = await openTestLog(store.record, { clock: createTestClock() }) // on which no audit comes
    await log.record(createFact('before'))
    renameSync(path, `${path}.away`)
    replace(path)
    const two = [log.record(createFact('after')), log.record(createFact('after it'))]
    expect(await Promise.allSettled(two)).toMatchObject([
      { status: 'rejected', reason: { code: 'log_broken' } },
      { status: 'rejected', reason: { code: 'log_broken' } },
    ])
    expect(log.condition()).toMatchObject({ state: 'broken', detail: expect.stringContaining('was moved away from') })
    await store.close()
    renameSync(`${path}.away`, path)
    const again = await openHere()
    expect((await readLog(again.record)).head.size).toBe(1)
    await again.close()
  })

  it('a store in a folder that is not there is refused', async () => {
    await expect(open({ kind: 'sqlite', path: join(home, 'missing', 'store.db') })).rejects.toMatchObject({
      code: 'store_failed',
      detail: expect.stringContaining('cannot be opened'),
    })
  })

  it('a store whose file became read-only refuses to start, and says so', async () => {
    await (await openHere()).close()
    makeReadOnly(path)
    await expect(openHere()).rejects.toMatchObject({
      code: 'log_unavailable',
      detail: 'The store can be read only, so the answer is no.',
    })
    expect(existsSync(`${path}.owner`)).toBe(false)
  })

  it('a file that is no store is refused and left as it was', async () => {
    writeFileSync(path, 'a letter to my aunt, long enough to be taken for a database header by nobody')
    await expect(openHere()).rejects.toMatchObject({
      code: 'store_damaged',
      detail: expect.stringContaining('is not a store'),
    })
  })

  it.each(['{', 'null', '7', '[]'])(
    'a row that somebody else’s hand broke, to %s, is an error, not an answer',
    async (body) => {
      const store = await openHere()
      await commit(store.record, writing('x', insert('purposes', purpose('p'))))
      const other = new DatabaseSync(path, { timeout: 5_000 })
      other.exec(`update purposes set body = '${body}'`)
      other.close()
      await expect(store.rows.get('purposes', 'p')).rejects.toMatchObject({
        code: 'store_damaged',
        detail: 'A row of purposes in the store cannot be read.',
      })
      await store.close()
    },
  )
})

/** Leaves no page free in the file: a migration that drops an index leaves some, which a full disk lets anybody write. */
function fillPages(path: string): void {
  const database = new DatabaseSync(path)
  database.exec('vacuum')
  database.close()
}

function* limitPages(pages: number) {
  yield* ask(`pragma max_page_count = ${pages}`)
}

/** Starts a process that commits one entry after another, and waits for its first acknowledgements. */
async function startProgram(path: string, acknowledgements = 1) {
  const child = spawn(process.execPath, [PROGRAM, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const lines = () => said.split('\n').slice(0, -1)
  while (lines().length < acknowledgements && child.exitCode === null) await systemClock.sleep(5)
  return { child, lines, firstLine: lines()[0] }
}

async function kill(child: ReturnType<typeof spawn>): Promise<void> {
  const gone = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGKILL')
  await gone
}
