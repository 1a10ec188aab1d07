import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMemoryStore, type MemoryStore } from '../../../test/record/memory-store.ts'
import {
  createFact,
  createTestClock,
  openTestLog,
  putProof,
  testOrigin,
  testSigner,
} from '../../../test/record/open-test-log.ts'
import type { Change } from '../../contract/change.ts'
import { hashLeaf, rootOf } from '../../contract/log/merkle.ts'
import { sha256 } from '../../ground/digest.ts'
import { LIMITS } from '../../ground/limits.ts'
import { signHead } from '../checkpoint.ts'
import { emptyFrontier, growFrontier } from '../frontier.ts'
import type { SealedRow } from '../store.ts'
import { auditAtStart, auditLog } from './audit.ts'

const source = (store: MemoryStore) => ({ store, org: 'org_test', origin: testOrigin, key: testSigner.key })

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'remit-audit-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A store with a log of this many entries, of which the first hundred put a row. */
async function fill(count: number, headFile?: string): Promise<MemoryStore> {
  const store = createMemoryStore()
  const log = await openTestLog(store, headFile === undefined ? {} : { headFile })
  const facts = Array.from({ length: count }, (_, at) => createFact(`f${at}`, at < 100 ? [putProof(`p${at}`)] : []))
  while (facts.length > 0) await Promise.all(facts.splice(0, 10_000).map(async (fact) => await log.record(fact)))
  await log.close()
  return store
}

function editText(bytes: Uint8Array, from: string, to: string): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString().replace(from, to))
}

function editEntry(store: MemoryStore, index: number): void {
  store.entries[index] = editText(store.entries[index] ?? new Uint8Array(), 'because', 'BECAUSE')
}

/** Edits an entry and makes its leaf hash fit again. */
function editEntryAndLeaf(store: MemoryStore, index: number): void {
  editEntry(store, index)
  const leaves = store.hashes[0] ?? []
  leaves[index] = hashLeaf(sha256, store.entries[index] ?? new Uint8Array())
}

/** Edits an entry and makes every hash that is kept fit again; only the signature does not. */
function editEntryAndTiles(store: MemoryStore, index: number): void {
  editEntryAndLeaf(store, index)
  const n = Math.floor(index / 256)
  const tiles = store.hashes[1] ?? []
  tiles[n] = rootOf(sha256, (store.hashes[0] ?? []).slice(n * 256, n * 256 + 256))
}

function truncate(store: MemoryStore, size: number): void {
  store.entries.length = size
  if (store.hashes[0] !== undefined) store.hashes[0].length = size
  if (store.hashes[1] !== undefined) store.hashes[1].length = Math.floor(size / 256)
}

/** The head as the log itself would have signed it at a size: what an attacker with the key, or a backup, has. */
function resign(store: MemoryStore, size: number): void {
  store.head = signHead(
    testSigner,
    testOrigin,
    growFrontier(sha256, emptyFrontier, (store.hashes[0] ?? []).slice(0, size)).frontier,
  )
}

const putRow = (store: MemoryStore, name: string, version: number, entry: number): unknown =>
  store.rows.set(name, { body: '{}', salt: '', counters: {}, ...store.rows.get(name), version, entry })

function editRow(store: MemoryStore, name: string, edited: Partial<SealedRow>): void {
  const row = store.rows.get(name)
  if (row !== undefined) store.rows.set(name, { ...row, ...edited })
}

interface Tampering {
  readonly name: string
  readonly tamper: (store: MemoryStore) => unknown
  readonly finding: object
}

/** Each way to lie, and what the audit must say of it, in a log of 600 entries. */
const TAMPERINGS: readonly Tampering[] = [
  { name: 'an edited entry', tamper: (store) => editEntry(store, 300), finding: { what: 'entry', index: 300 } },
  { name: 'an edited first entry', tamper: (store) => editEntry(store, 0), finding: { what: 'entry', index: 0 } },
  { name: 'an edited last entry', tamper: (store) => editEntry(store, 599), finding: { what: 'entry', index: 599 } },
  {
    name: 'an edited entry with its hash, in a full tile',
    tamper: (store) => editEntryAndLeaf(store, 300),
    finding: { what: 'tile', index: 256, to: 512 },
  },
  {
    name: 'an edited entry with its hash and its tile',
    tamper: (store) => editEntryAndTiles(store, 300),
    finding: { what: 'root', index: 0, to: 600 },
  },
  {
    name: 'an edited entry with its hash, at the open edge',
    tamper: (store) => editEntryAndLeaf(store, 550),
    finding: { what: 'root' },
  },
  {
    name: 'two entries changed about',
    tamper: (store) => {
      const [x, y] = [store.entries[7], store.entries[8]]
      if (x !== undefined && y !== undefined) [store.entries[7], store.entries[8]] = [y, x]
    },
    finding: { what: 'entry', index: 7 },
  },
  { name: 'a truncated log', tamper: (store) => truncate(store, 520), finding: { what: 'entry', index: 520 } },
  {
    name: 'a tile root that is gone',
    tamper: (store) => store.hashes[1]?.pop(),
    finding: { what: 'tile', index: 256, to: 512 },
  },
  {
    name: 'an entry beyond the head',
    tamper: (store) => store.hashes[0]?.push(Buffer.alloc(32)),
    finding: { what: 'entry', index: 600, detail: expect.stringContaining('beyond the head') },
  },
  {
    name: 'a tile root beyond the head',
    tamper: (store) => store.hashes[1]?.push(Buffer.alloc(32)),
    finding: { what: 'tile', index: 512, detail: expect.stringContaining('beyond the head') },
  },
  {
    name: 'a head whose size was edited',
    tamper: (store) => Object.assign(store, { head: { ...store.head, size: 599 } }),
    finding: { what: 'head' },
  },
  {
    name: 'a checkpoint that was edited',
    tamper: (store) =>
      Object.assign(store, { head: { size: 599, note: store.head.note.replace('\n600\n', '\n599\n') } }),
    finding: { what: 'checkpoint' },
  },
  {
    name: 'a head without checkpoint',
    tamper: (store) => Object.assign(store, { head: { size: 600, note: '' } }),
    finding: { what: 'checkpoint' },
  },
  {
    name: 'a state row without an entry',
    tamper: (store) => putRow(store, 'identities/intruder', 1, 600),
    finding: { what: 'row', row: 'identities/intruder', index: 600 },
  },
  {
    name: 'a state row on an entry that did not make it',
    tamper: (store) => putRow(store, 'identities/intruder', 1, 300),
    finding: { what: 'row', row: 'identities/intruder', index: 300 },
  },
  {
    name: 'a state row in a version that no entry made',
    tamper: (store) => putRow(store, 'seen_proofs/p7', 2, 7),
    finding: { what: 'row', row: 'seen_proofs/p7', index: 7 },
  },
  {
    name: 'a state row with another content',
    tamper: (store) => editRow(store, 'seen_proofs/p7', { body: '{"expiresMs":9,"id":"p7"}' }),
    finding: { what: 'row', row: 'seen_proofs/p7', index: 7 },
  },
  {
    name: 'a state row with another salt',
    tamper: (store) => editRow(store, 'seen_proofs/p7', { salt: 'AAAAAAAAAAAAAAAAAAAAAA' }),
    finding: { what: 'row', row: 'seen_proofs/p7', index: 7 },
  },
  {
    name: 'a state row on a negative entry',
    tamper: (store) => putRow(store, 'seen_proofs/p7', 1, -1),
    finding: { what: 'row', row: 'seen_proofs/p7' },
  },
]

describe('auditing', () => {
  it('a log that nobody touched has no findings, and all of it was looked at', async () => {
    const report = await auditLog(source(await fill(600)))
    expect(report).toEqual({ size: 600, entriesChecked: 600, rowsChecked: 100, isComplete: true, findings: [] })
  })

  it('an empty log has no findings', async () => {
    expect((await auditLog(source(createMemoryStore()))).findings).toEqual([])
  })

  it.each(TAMPERINGS)('$name is found, and named', async ({ tamper, finding }) => {
    const store = await fill(600)
    tamper(store)
    expect((await auditLog(source(store))).findings).toEqual(expect.arrayContaining([expect.objectContaining(finding)]))
  })

  it.each(TAMPERINGS)('a store with $name is not opened', async ({ tamper }) => {
    const store = await fill(600)
    tamper(store)
    await expect(openTestLog(store)).rejects.toMatchObject({
      code: 'log_broken',
      detail: expect.stringMatching(/\d|checkpoint/),
    })
  })

  it.each(TAMPERINGS)('$name is found while the log runs, and then the answer is no', async ({ tamper }) => {
    const store = await fill(600)
    const clock = createTestClock()
    const log = await openTestLog(store, { clock })
    tamper(store)
    const turn = (): string => {
      clock.turn() // a turn that comes while a slice is still looked at is passed over
      return log.condition().state
    }
    await expect.poll(turn, { interval: 1 }).toBe('broken')
    await expect(log.record(createFact('late'))).rejects.toMatchObject({ code: 'log_broken' })
  })

  it('a row that was rolled back to an older version, with its older entry, is found', async () => {
    const store = createMemoryStore()
    const log = await openTestLog(store)
    await log.record(createFact('a', [putProof('p')]))
    const older = store.rows.get('seen_proofs/p')
    await log.record(
      createFact('b', [{ op: 'update', table: 'seen_proofs', row: { id: 'p', expiresMs: 1 }, ifVersion: 1 }]),
    )
    if (older !== undefined) store.rows.set('seen_proofs/p', older)
    expect((await log.audit()).findings).toMatchObject([{ what: 'row', row: 'seen_proofs/p', index: 1 }])
    await expect(log.record(createFact('c'))).rejects.toMatchObject({ code: 'log_broken' })
  })

  it('a row that was deleted is found, unless it is of a kind that is cleared away', async () => {
    const store = createMemoryStore()
    const log = await openTestLog(store)
    await log.record(createFact('a', [putProof('p'), { op: 'insert', table: 'purposes', row: PURPOSE }]))
    store.rows.clear()
    expect((await auditLog(source(store))).findings).toMatchObject([{ what: 'row', row: 'purposes/docs', index: 0 }])
  })

  it('a row that was deleted is found however many were made that are cleared away', async () => {
    const store = createMemoryStore()
    const log = await openTestLog(store)
    await log.record(
      createFact(
        'many',
        Array.from({ length: 20 }, (_, at) => putProof(`p${at}`)),
      ),
    )
    await log.record(createFact('a', [{ op: 'insert', table: 'purposes', row: PURPOSE }]))
    store.rows.clear()
    const report = await auditLog(source(store), 10)
    expect(report).toMatchObject({ isComplete: true, findings: [{ row: 'purposes/docs', index: 1 }] })
  })

  it('an audit that could not hold every row against the log says that it is not complete', async () => {
    const store = createMemoryStore()
    const log = await openTestLog(store)
    const rows = ['a', 'b', 'c'].map((code) => ({ ...PURPOSE, code }))
    await log.record(
      createFact(
        'made',
        rows.map((row): Change => ({ op: 'insert', table: 'purposes', row })),
      ),
    )
    expect(await auditLog(source(store), 3)).toMatchObject({ isComplete: true, findings: [] })
    expect(await auditLog(source(store), 2)).toMatchObject({ isComplete: false, findings: [] })
  })

  it('a row of a kind that is cleared away may come again, and its last version counts', async () => {
    const store = createMemoryStore()
    const log = await openTestLog(store)
    const change = (fact: string, changed: Change) => log.record(createFact(fact, [changed]))
    await change('made', putProof('p'))
    await change('changed', { op: 'update', table: 'seen_proofs', row: { id: 'p', expiresMs: 1 }, ifVersion: 1 })
    store.rows.clear()
    await change('made again', putProof('p'))
    expect((await auditLog(source(store))).findings).toEqual([])
  })

  it('counters that many entries touched are explained by the last', async () => {
    const store = createMemoryStore()
    const log = await openTestLog(store)
    const usage = { taskId: 't', calls: 0, writes: 0, bytes: 0, pivots: 0, confidentiality: 0, integrity: 0 } as never
    await log.record(createFact('a', [{ op: 'insert', table: 'task_usage', row: usage }]))
    for (let at = 0; at < 3; at += 1) {
      await log.record(
        createFact('b', [
          { op: 'meter', table: 'task_usage', key: 't', add: { calls: 1 }, raise: {}, atMost: { calls: 9 } },
        ]),
      )
    }
    expect(await auditLog(source(store))).toMatchObject({ rowsChecked: 1, findings: [] })
    putRow(store, 'task_usage/t', 3, 2)
    expect((await auditLog(source(store))).findings).toMatchObject([{ what: 'row', row: 'task_usage/t', index: 3 }])
  })

  it('an entry of another organisation, or older than the one before, is found even under a good signature', async () => {
    const store = await fill(3)
    const edits = [
      editText(store.entries[1] ?? new Uint8Array(), 'org_test', 'org_else'),
      editText(store.entries[2] ?? new Uint8Array(), '"atMs":1', '"atMs":-1'),
    ]
    for (const [at, bytes] of edits.entries()) {
      store.entries[at + 1] = bytes
      if (store.hashes[0] !== undefined) store.hashes[0][at + 1] = hashLeaf(sha256, bytes)
    }
    resign(store, 3)
    expect((await auditLog(source(store))).findings).toMatchObject([
      { what: 'entry', index: 1 },
      { what: 'time', index: 2 },
    ])
  })

  it('a report of a log that is broken throughout stays short', async () => {
    const store = await fill(600)
    for (let index = 0; index < 600; index += 1) editEntry(store, index)
    expect((await auditLog(source(store))).findings).toHaveLength(LIMITS.auditFindingsMax)
  })
})

const PURPOSE = { code: 'docs', title: 'Documents', classes: ['read'], ceiling: 'internal' } as const

describe('a long log', () => {
  it('is opened after a part of it was audited, tail and head always', async () => {
    const store = await fill(66_000)
    const report = await auditAtStart(source(store))
    expect(report).toMatchObject({ size: 66_000, isComplete: false, findings: [] })
    expect(report.entriesChecked).toBeLessThan(LIMITS.auditEntriesAtStartMax)
    editEntry(store, 65_990)
    expect((await auditAtStart(source(store))).findings).toMatchObject([{ what: 'entry', index: 65_990 }])
    expect((await auditLog(source(store))).findings).toMatchObject([{ what: 'entry', index: 65_990 }])
  })
})

describe('the head file', () => {
  const open = async (store: MemoryStore, name: string) => await openTestLog(store, { headFile: join(folder, name) })

  it('holds the newest checkpoint after each commit', async () => {
    const store = createMemoryStore()
    const log = await open(store, 'newest')
    for (const id of ['a', 'b', 'c']) {
      await log.record(createFact(id))
      expect(readFileSync(join(folder, 'newest'), 'utf8')).toBe(store.head.note)
    }
  })

  it('a store that goes on from where the file is, is opened', async () => {
    const store = await fill(300, join(folder, 'behind'))
    const log = await openTestLog(store)
    await log.record(createFact('unseen by the file'))
    expect((await (await open(store, 'behind')).record(createFact('next'))).index).toBe(301)
  })

  it('a store that was truncated, with a head that was once signed, is not opened: it says where', async () => {
    const store = await fill(300, join(folder, 'truncated'))
    truncate(store, 200)
    resign(store, 200)
    await expect(open(store, 'truncated')).rejects.toMatchObject({
      code: 'log_broken',
      detail: 'The store ends at 200 entries, and 300 were signed: it was truncated or replaced.',
      facts: { index: 200, to: 300 },
    })
  })

  it('another store of the same log and the same key is not opened', async () => {
    await fill(300, join(folder, 'replaced'))
    const other = createMemoryStore()
    const log = await openTestLog(other)
    await Promise.all(Array.from({ length: 400 }, async () => await log.record(createFact('other story'))))
    await expect(open(other, 'replaced')).rejects.toMatchObject({
      code: 'log_broken',
      facts: { what: 'root', to: 300 },
    })
  })

  it('an emptied store is not opened', async () => {
    await fill(3, join(folder, 'emptied'))
    await expect(open(createMemoryStore(), 'emptied')).rejects.toMatchObject({ code: 'log_broken', facts: { to: 3 } })
  })

  it('a file that is not a checkpoint of this log is refused, and left as it is', async () => {
    writeFileSync(join(folder, 'foreign'), 'not a checkpoint\n')
    await expect(open(await fill(3), 'foreign')).rejects.toMatchObject({ code: 'log_broken' })
    expect(readFileSync(join(folder, 'foreign'), 'utf8')).toBe('not a checkpoint\n')
  })

  it('a file that cannot be opened is refused', async () => {
    await expect(open(await fill(3), 'no/such/folder')).rejects.toMatchObject({ code: 'log_unavailable' })
  })
})
