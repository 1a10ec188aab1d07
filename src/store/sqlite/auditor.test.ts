import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createFact,
  createTestClock,
  openTestLog,
  putProof,
  testOrigin,
  testSigner,
} from '../../../test/record/open-test-log.ts'
import { open } from '../../../test/suites/backends.ts'
import { foldBeside, writeBeside } from '../../../test/write-beside.ts'
import { isError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { type Auditors, createRunningAudit, type RunningAudit } from '../../record/auditing/running-audit.ts'
import type { Log } from '../../record/log.ts'
import type { Store } from '../store.ts'
import { startAuditThread } from './auditor.ts'
import { fileAt } from './file-id.ts'

const place = { org: 'org_test', log: 'main' }
let home: string
let path: string
let store: Store
let log: Log
let threads: Worker[]
let ended: Error[]
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'remit-auditor-'))
  path = join(home, 'store.db')
  store = await open({ kind: 'sqlite', path }, place)
  ;[threads, ended] = [[], []]
  log = await openTestLog(store.record)
})
afterEach(async () => {
  await log.close()
  await store.close()
  rmSync(home, { recursive: true, force: true })
})

const auditors: Auditors = {
  start: (audited) => {
    const worker = store.startAuditor?.(audited)
    if (worker === undefined) throw new Error('the store has no threads')
    threads.push(worker)
    return worker
  },
  noteEnded: (why) => void ended.push(why),
}
const walk = (those: Auditors | null): RunningAudit => {
  const source = { store: store.record, org: 'org_test', origin: testOrigin, key: testSigner.key }
  return createRunningAudit(source, those, createTestClock())
}
const fill = async (count: number, name = 'f'): Promise<unknown> =>
  await Promise.all(
    Array.from({ length: count }, (_, at) => log.record(createFact(`${name}${at}`, [putProof(`${name}${at}`)]))),
  )

const WAYS: [string, Auditors | null][] = [
  ['in its thread', auditors],
  ['on the event loop', null],
]

describe.each(WAYS)('a log that is audited %s while it runs', (_, those) => {
  it('has no findings while it is written, folded and vacuumed meanwhile', async () => {
    const audit = walk(those)
    await fill(300)
    let isOver = false
    const write = async (): Promise<void> => {
      for (let at = 0; !isOver; at += 1) await fill(1 + ((at * 7) % 40), `during ${at}, `)
    }
    const writing = write()
    const sizes = new Set<number>()
    for (let step = 0; step < 60; step += 1) {
      if (step === 20) await writeBeside(path, 'vacuum')
      if (step === 40) await foldBeside(path)
      expect(await audit.step()).toEqual([])
      sizes.add(log.head().size)
    }
    isOver = true
    await writing
    expect(sizes.size, 'it was written meanwhile').toBeGreaterThan(10)
    expect(ended).toEqual([])
    await audit.close()
  })

  it.each([
    ['a row', "update seen_proofs set body = replace(body, 'f1', 'f2') where key = 'f1'", { what: 'row', index: 1 }],
    ['a column', "update seen_proofs set expires_ms = 1 where key = 'f1'", { what: 'row', index: 1 }],
    [
      'an entry',
      "update entries set bytes = cast(replace(bytes, 'because', 'BECAUSE') as blob) where idx = 7",
      { what: 'entry', index: 7 },
    ],
    ['the checkpoint', "update heads set note = replace(note, '300', '301')", { what: 'checkpoint' }],
  ])('is found out where %s was edited', async (_name, sql, what) => {
    const audit = walk(those)
    await fill(300)
    await writeBeside(path, sql)
    expect(await audit.step()).toMatchObject([what])
    expect(ended).toEqual([])
    await audit.close()
  })

  it('says the same of the same slices, in the same order', async () => {
    const [audit, here] = [walk(those), walk(null)]
    await fill(600)
    await writeBeside(path, "update seen_proofs set body = '{}' where entry % 90 = 3")
    await writeBeside(path, 'delete from entries where idx in (5, 300)')
    for (let step = 0; step < 5; step += 1) expect(await audit.step()).toEqual(await here.step())
    await audit.close()
  })
})

describe.each(WAYS)('a log in which somebody wrote what nobody can read, audited %s', (_, those) => {
  it.each([
    ['a row of a version too large', "update seen_proofs set version = 9223372036854775807 where key = 'f1'"],
    ['a column too large', "update seen_proofs set expires_ms = -9223372036854775807 where key = 'f1'"],
    ['an entry that is text', "update entries set bytes = 'f1' where idx = 7"],
    ['a hash that is text', "update entries set leaf = 'f1' where idx = 7"],
    ['a head too large', 'update heads set size = 9223372036854775807'],
  ])('is broken: an edit behind %s is not hidden by it', async (_name, sql) => {
    await log.close()
    const clock = createTestClock()
    log = await openTestLog(store.record, { clock, auditors: those })
    await fill(10)
    await writeBeside(path, sql)
    clock.turn()
    await expect.poll(() => log.condition().state).toBe('broken')
    expect((await log.audit()).findings).toMatchObject([{ detail: expect.stringContaining('it was edited') }])
    expect(ended).toEqual([])
  })

  it('is broken: nor is it hidden by a page of the file that was spoilt', async () => {
    await log.close()
    const clock = createTestClock()
    log = await openTestLog(store.record, { clock, auditors: those })
    await fill(300)
    await foldBeside(path)
    spoilPage(path, 'seen_proofs')
    clock.turn()
    await expect
      .poll(() => log.condition())
      .toMatchObject({ state: 'broken', detail: expect.stringContaining('damaged') })
    expect((await log.audit()).findings).toMatchObject([{ detail: expect.stringContaining('damaged') }])
  })
})

describe.each(WAYS)('a log whose file was put elsewhere, audited %s', (_, those) => {
  it.each(['a copy of it', 'nothing'])('is read no more, where %s lies in its place', async (what) => {
    await fill(300)
    const audit = walk(those)
    expect(await audit.step()).toEqual([])
    await writeBeside(path, `vacuum into '${join(home, 'copy.db')}'`)
    renameSync(path, join(home, 'other.db'))
    if (what !== 'nothing') renameSync(join(home, 'copy.db'), path)
    await expect(audit.step()).rejects.toMatchObject({
      code: 'store_edited',
      detail: expect.stringContaining('moved away'),
    })
    renameSync(join(home, 'other.db'), path)
    expect(await audit.step()).toEqual([])
    await audit.close()
  })
})

describe('the thread that audits', () => {
  it('breaks the log by what it finds, and has ended when the log is closed', async () => {
    await log.close()
    const clock = createTestClock()
    log = await openTestLog(store.record, { clock, auditors })
    await fill(10)
    await writeBeside(path, "update seen_proofs set body = '{}' where key = 'f7'")
    clock.turn()
    await expect.poll(() => log.condition().state).toBe('broken')
    await expect(log.record(createFact('late'))).rejects.toMatchObject({ code: 'log_broken' })
    clock.turn() // a slice is under way when it is closed
    await log.close()
    expect(threads.map(({ threadId }) => threadId)).toEqual([-1])
    expect(ended).toEqual([])
  })

  it('that cannot open the file is reported, and the log is audited without it', async () => {
    const audit = createRunningAudit(
      { store: store.record, org: 'org_test', origin: testOrigin, key: testSigner.key },
      { ...auditors, start: (audited) => auditors.start({ ...audited, vkey: 'none' }) },
      createTestClock(),
    )
    await fill(10)
    await writeBeside(path, "update seen_proofs set body = '{}' where key = 'f7'")
    expect(await audit.step()).toMatchObject([{ what: 'row', index: 7 }])
    expect(ended).toMatchObject([{ message: 'the thread that audits the log failed' }])
  })

  it('reads a state that was put in the place of the log is ended as soon as the log goes on', async () => {
    await fill(10)
    const copy = join(home, 'copy.db')
    await writeBeside(path, `vacuum into '${copy}'`)
    const start: Auditors['start'] = (audited) =>
      startAuditThread({ path: copy, file: fileAt(copy), place, ...audited })
    const audit = walk({ ...auditors, start })
    await writeBeside(path, "update seen_proofs set body = '{}' where key = 'f7'")
    expect(await audit.step(), 'nobody can tell them apart').toEqual([])
    await fill(1, 'later')
    expect(await audit.step()).toMatchObject([{ what: 'row', index: 7 }])
    const message = 'the thread that audits the log reads another file than is written'
    expect(ended).toMatchObject([{ message }])
    await audit.close()
  })

  it('is followed by another one, which goes on where it was', async () => {
    const clock = createTestClock()
    const source = { store: store.record, org: 'org_test', origin: testOrigin, key: testSigner.key }
    const audit = createRunningAudit(source, auditors, clock)
    await Promise.all(Array.from({ length: 600 }, (_, at) => log.record(createFact(`f${at}`))))
    await writeBeside(path, 'delete from entries where idx = 300')
    expect(await audit.step()).toEqual([])
    const terminated = threads[0]?.terminate()
    const found = await audit.step()
    expect(found).toContainEqual(expect.objectContaining({ what: 'tile', index: 256 }))
    await terminated
    clock.atMs += LIMITS.auditorPauseMs
    expect(await audit.step()).toEqual([])
    expect(threads).toHaveLength(2)
    expect(ended).toHaveLength(1)
    await audit.close()
  })

  it('holds the process while it audits, and no longer', async () => {
    await log.close()
    await store.close()
    const words = ['--input-type=module-typescript', '--disable-warning=ExperimentalWarning', '-e', stepOnce(path)]
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
    expect([status, stdout, stderr]).toEqual([0, '[]', ''])
    store = await open({ kind: 'sqlite', path }, place)
    log = await openTestLog(store.record)
  })
})

describe('a log that is audited wholly', () => {
  const enough = LIMITS.auditWholeHereMax + 1
  beforeEach(async () => {
    await log.close()
    log = await openTestLog(store.record, { auditors })
    await fill(enough)
  })

  it('is, in a thread that ends with it, to the last entry and row, while it is written', async () => {
    const [report] = await Promise.all([log.audit(), fill(300, 'during')])
    expect(report).toMatchObject({ isComplete: true, findings: [] })
    expect(report.rowsChecked).toBeGreaterThanOrEqual(enough)
    expect([threads.length, threads[0]?.threadId, ended]).toEqual([1, -1, []])
  })

  it('breaks by what that finds, where a row was edited or an entry deleted', async () => {
    await writeBeside(path, "update seen_proofs set body = '{}' where key = 'f7'")
    await writeBeside(path, 'delete from entries where idx = 300')
    const { findings } = await log.audit()
    expect(findings).toContainEqual(expect.objectContaining({ what: 'row', index: 7 }))
    expect(findings).toContainEqual(expect.objectContaining({ what: 'tile', index: 256 }))
    expect([log.condition().state, threads.length, ended]).toEqual(['broken', 1, []])
  })

  it('is closed while it is audited, and leaves no thread behind', async () => {
    const code = log.audit().then(
      () => 'made',
      (error: unknown) => (isError(error, 'stopping') ? error.code : String(error)),
    )
    await expect.poll(() => threads.length).toBe(1)
    await log.close()
    expect(await code).toBe('stopping')
    expect(threads[0]?.threadId).toBe(-1)
  })
})

/** Writes over the page on which a table begins. */
function spoilPage(file: string, table: string): void {
  const database = new DatabaseSync(file, { readOnly: true })
  const { page } = database.prepare('select rootpage as page from sqlite_schema where name = ?').get(table) ?? {}
  const { size } = database.prepare('select page_size as size from pragma_page_size').get() ?? {}
  database.close()
  const open = openSync(file, 'r+')
  writeSync(open, Buffer.alloc(Number(size), 0xff), 0, Number(size), (Number(page) - 1) * Number(size))
  closeSync(open)
}

const moduleAt = (path: string): string => new URL(path, import.meta.url).href

/** A program that has one slice audited in a thread, and closes nothing. */
const stepOnce = (file: string): string => `
import { open } from '${moduleAt('../../../test/suites/backends.ts')}'
import { testOrigin, testSigner, createTestClock } from '${moduleAt('../../../test/record/open-test-log.ts')}'
import { createRunningAudit } from '${moduleAt('../../record/auditing/running-audit.ts')}'
const store = await open({ kind: 'sqlite', path: '${file}' }, { org: 'org_test', log: 'main' })
const source = { store: store.record, org: 'org_test', origin: testOrigin, key: testSigner.key }
const noteEnded = (why) => { throw why }
const audit = createRunningAudit(source, { start: store.startAuditor, noteEnded }, createTestClock())
process.stdout.write(JSON.stringify(await audit.step()))
`
