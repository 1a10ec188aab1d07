import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFailingStore } from '../../test/record/failing-store.ts'
import { createMemoryStore } from '../../test/record/memory-store.ts'
import {
  createFact,
  createTestClock,
  openTestLog,
  putProof,
  testOrigin,
  testSigner,
} from '../../test/record/open-test-log.ts'
import { parseReceipt } from '../contract/log/checkpoint.ts'
import { hashLeaf, rootOf, verifyConsistency, verifyInclusion } from '../contract/log/merkle.ts'
import { decodeBundle } from '../contract/log/tile.ts'
import { sha256 } from '../ground/digest.ts'
import { LIMITS } from '../ground/limits.ts'
import { readCheckpoint } from './checkpoint.ts'
import type { Log } from './log.ts'
import { spend } from './recorded.ts'

async function openFilled(count: number): Promise<Log> {
  const log = await openTestLog(createMemoryStore())
  await Promise.all(Array.from({ length: count }, async (_, at) => await log.record(createFact(`f${at}`))))
  return log
}

async function readRoot(note: string): Promise<Uint8Array> {
  const checkpoint = await readCheckpoint(note, testOrigin, testSigner.key)
  return 'malformed' in checkpoint ? expect.unreachable(checkpoint.malformed) : checkpoint.root
}

describe('recording', () => {
  it('5,000 facts recorded at once get distinct consecutive indexes in the order in which they came', async () => {
    const store = createMemoryStore()
    const log = await openTestLog(store)
    const facts = Array.from({ length: 5_000 }, (_, at) => createFact(`f${at}`, [putProof(`p${at}`)]))
    const recorded = await Promise.all(facts.map(async (fact) => await log.record(fact)))
    expect(recorded.map(({ index }) => index)).toEqual(facts.map((_, at) => at))
    expect(store.entries).toHaveLength(5_000)
    expect((await log.audit()).findings).toEqual([])
  })

  it('facts that arrive together share a commit, and no commit takes more than its limit', async () => {
    const store = createFailingStore(createMemoryStore(), { mode: 'before', first: 0, calls: 0 })
    const log = await openTestLog(store)
    const callsBefore = store.calls
    await Promise.all(Array.from({ length: 2_500 }, async (_, at) => await log.record(createFact(`f${at}`))))
    expect(store.calls - callsBefore).toBe(Math.ceil(2_500 / LIMITS.flushFactsMax))
  })

  it.each([
    ['as many as are being written go next, before those are answered', 2, [2, 2, 1]],
    ['fewer than are being written wait for what comes of the answers', 1, [2, 2]],
  ])('while a commit is under way, %s', async (_, waiting, sizes) => {
    const kept = createMemoryStore()
    const held = Promise.withResolvers<void>()
    const taken: number[] = []
    const commit: typeof kept.commit = async (...given) => {
      taken.push(given[1].length)
      await held.promise
      return await kept.commit(...given)
    }
    const log = await openTestLog({ ...kept, commit })
    const first = [log.record(createFact('a')), log.record(createFact('b'))]
    const next = first[0]?.then(async () => {
      for (let hands = 0; hands < 8; hands += 1) await Promise.resolve() // as an answer goes through, and no turn passes
      return await log.record(createFact('next'))
    })
    while (taken.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const second = Array.from({ length: waiting }, async (_each, at) => await log.record(createFact(`c${at}`)))
    held.resolve()
    await Promise.all([...first, next, ...second])
    expect(taken).toEqual(sizes)
    expect((await log.audit()).findings).toEqual([])
  })

  it('a recorded fact says where it stands, and is spent once', async () => {
    const log = await openFilled(3)
    const fact = createFact('mine')
    const recorded = await log.record(fact)
    expect(recorded.index).toBe(3)
    expect(spend(recorded)).toBe(fact)
    expect(() => spend(recorded)).toThrow('permit_spent')
    expect(() => spend({ ...recorded })).toThrow('permit_spent')
  })

  it('the entry says who, what, when and which rows it touched', async () => {
    const log = await openTestLog(createMemoryStore())
    const { entry } = createFact('x')
    const { index, atMs } = await log.record({
      entry: { ...entry, policy: 'abc' },
      changes: [putProof('p'), { op: 'require', table: 'tasks', key: 'none', version: 0 }],
    })
    expect(await log.entry(index)).toEqual({
      v: 1,
      org: 'org_test',
      atMs,
      ...entry,
      policy: 'abc',
      touched: [expect.stringMatching(/^seen_proofs\/p@1#[0-9a-f]{32}$/)],
    })
  })

  it('time in the log never goes back, even where the clock does, and over a restart', async () => {
    const store = createMemoryStore()
    const clock = createTestClock()
    const log = await openTestLog(store, { clock })
    const first = await log.record(createFact('a'))
    clock.atMs -= LIMITS.clockBehindMsMax
    expect((await log.record(createFact('b'))).atMs).toBe(first.atMs)
    await log.close()
    const again = await openTestLog(store, { clock })
    expect((await again.record(createFact('c'))).atMs).toBe(first.atMs)
  })

  it('a conflict refuses that fact alone, says which change, and leaves no entry', async () => {
    const log = await openTestLog(createMemoryStore())
    const answers = await Promise.allSettled(
      ['a', 'b', 'a', 'c'].map(async (id) => await log.record(createFact(id, [putProof(id)]))),
    )
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    expect(answers[2]).toMatchObject({
      reason: { code: 'conflict', facts: { table: 'seen_proofs', key: 'a', op: 'insert' } },
    })
    expect(log.head().size).toBe(3)
    expect((await log.audit()).findings).toEqual([])
  })

  it('a batch of conflicts only moves nothing', async () => {
    const log = await openTestLog(createMemoryStore())
    await log.record(createFact('a', [putProof('a')]))
    const note = log.checkpoint()
    await expect(log.record(createFact('a', [putProof('a')]))).rejects.toMatchObject({ code: 'conflict' })
    expect(log.checkpoint()).toBe(note)
    expect((await log.record(createFact('b'))).index).toBe(1)
  })

  const refused: [string, string, object][] = [
    ['an entry above 65,535 bytes', 'entry_too_large', { data: { text: 'x'.repeat(65_536) } }],
    ['a number that JSON cannot carry', 'request_invalid', { data: { n: Number.NaN } }],
    ['half a character', 'request_invalid', { data: { text: '\ud800' } }],
    ['a function', 'request_invalid', { data: { run: () => 0 } }],
  ]
  it.each(refused)('%s is refused alone, with %s', async (_, code, fault) => {
    const log = await openTestLog(createMemoryStore())
    const fact = createFact('bad')
    const bad = log.record({ ...fact, entry: { ...fact.entry, ...fault } as typeof fact.entry })
    const good = log.record(createFact('good'))
    await expect(bad).rejects.toMatchObject({ code })
    expect((await good).index).toBe(0)
  })

  it('a fact that touches too many rows is refused', async () => {
    const log = await openTestLog(createMemoryStore())
    const changes = Array.from({ length: LIMITS.touchedMax + 1 }, (_, at) => putProof(`${at}`))
    await expect(log.record(createFact('wide', changes))).rejects.toMatchObject({ code: 'entry_too_large' })
  })

  it('a full queue refuses at once what would not fit', async () => {
    const log = await openTestLog(createMemoryStore())
    const waiting = Array.from({ length: LIMITS.queueFactsMax }, async () => await log.record(createFact('f')))
    await expect(log.record(createFact('late'))).rejects.toMatchObject({ code: 'log_unavailable' })
    expect((await Promise.all(waiting)).at(-1)?.index).toBe(LIMITS.queueFactsMax - 1)
  })

  it('closing writes what was accepted and refuses what comes after', async () => {
    const store = createMemoryStore()
    const log = await openTestLog(store)
    const accepted = Array.from({ length: 1_500 }, async () => await log.record(createFact('f')))
    const closed = log.close()
    await expect(log.record(createFact('late'))).rejects.toMatchObject({ code: 'stopping' })
    await closed
    expect((await Promise.all(accepted)).length).toBe(1_500)
    expect(store.head.size).toBe(1_500)
  })
})

describe('auditing', () => {
  const count = async (sides: number): Promise<number> => {
    const store = createFailingStore(createMemoryStore(), { mode: 'before', first: 0, calls: 0 })
    const log = await openTestLog(store)
    await Promise.all(Array.from({ length: 600 }, async (_, at) => await log.record(createFact(`f${at}`))))
    const callsBefore = store.calls
    const reports = await Promise.all(Array.from({ length: sides }, async () => await log.audit()))
    expect(reports).toHaveLength(sides)
    for (const report of reports) expect(report).toMatchObject({ entriesChecked: 600, isComplete: true, findings: [] })
    const calls = store.calls - callsBefore
    await log.audit()
    expect(store.calls - callsBefore, 'the next one audits anew').toBeGreaterThan(calls)
    return calls
  }

  it('walks the log once for all who ask at the same time, and anew for who asks after that', async () => {
    expect(await count(20)).toBe(await count(1))
  })
})

describe('reading', () => {
  it('an empty log has a signed checkpoint of size 0 and no tiles', async () => {
    const log = await openFilled(0)
    expect(Buffer.from(await readRoot(log.checkpoint()))).toEqual(sha256(new Uint8Array()))
    await expect(log.tile(0, 0)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('every receipt verifies against its own checkpoint', async () => {
    const log = await openFilled(700)
    for (const index of [0, 1, 255, 256, 511, 512, 698, 699]) {
      const receipt = parseReceipt(await log.receipt(index))
      if ('malformed' in receipt) expect.unreachable(receipt.malformed)
      const leaf = hashLeaf(sha256, await log.entryBytes(index))
      const root = await readRoot(receipt.note)
      expect(verifyInclusion(sha256, { index, size: 700, leaf, root, proof: receipt.proof })).toBe(true)
    }
  })

  it('every checkpoint of a growing log begins the next', async () => {
    const log = await openTestLog(createMemoryStore())
    const heads = []
    for (const count of [1, 3, 250, 2, 1, 300]) {
      await Promise.all(Array.from({ length: count }, async () => await log.record(createFact('f'))))
      heads.push(log.head())
    }
    for (const [at, older] of heads.entries()) {
      for (const newer of heads.slice(at)) {
        const proof = await log.consistencyProof(older.size, newer.size)
        const [fromRoot, toRoot] = [await readRoot(older.note), await readRoot(newer.note)]
        expect(verifyConsistency(sha256, { from: older.size, to: newer.size, fromRoot, toRoot, proof })).toBe(true)
      }
    }
  })

  it('bundles hold the entries, in any width that the tree has', async () => {
    const log = await openFilled(300)
    const entries = decodeBundle(await log.entries(1), 44) ?? []
    expect(entries).toHaveLength(44)
    expect(decodeBundle(await log.entries(1, 3), 3)).toEqual(entries.slice(0, 3))
    expect(entries[0]).toEqual(new Uint8Array(await log.entryBytes(256)))
    expect((await log.tile(0, 0)).length).toBe(8192)
    expect((await log.tile(1, 0)).length).toBe(32)
  })

  it('a run of entries costs one reading, ends where the log does, and holds each as it was hashed', async () => {
    const store = createFailingStore(createMemoryStore(), { mode: 'before', first: 0, calls: 0 })
    const log = await openTestLog(store)
    await Promise.all(Array.from({ length: 300 }, async (_, at) => await log.record(createFact(`f${at}`))))
    const callsBefore = store.calls
    const run = await log.entriesBetween(250, 450)
    expect(store.calls - callsBefore).toBe(1)
    expect(run.map(({ index }) => index)).toEqual(Array.from({ length: 50 }, (_, at) => 250 + at))
    for (const { index, entry, raw } of run.slice(0, 3)) {
      expect(entry).toEqual(await log.entry(index))
      expect(Buffer.from(raw)).toEqual(Buffer.from(await log.entryBytes(index)))
    }
    expect(await log.entriesBetween(300, 400)).toEqual([])
  })

  const absent: [string, (log: Log) => Promise<unknown>][] = [
    ['an entry beyond the end', (log) => log.entry(300)],
    ['an entry before the start', (log) => log.entry(-1)],
    ['an entry between two', (log) => log.entry(0.5)],
    ['a tile beyond the end', (log) => log.tile(0, 2)],
    ['a level that is not there', (log) => log.tile(2, 0)],
    ['a level that is none', (log) => log.tile(-1, 0)],
    ['a level above all', (log) => log.tile(64, 0)],
    ['a wider tile than there is', (log) => log.tile(0, 1, 45)],
    ['a tile of no width', (log) => log.tile(0, 1, 0)],
    ['a wider bundle than there is', (log) => log.entries(1, 45)],
    ['a proof of what is not there', (log) => log.inclusionProof(300)],
    ['a proof in a longer tree', (log) => log.inclusionProof(0, 301)],
    ['a proof from nothing', (log) => log.consistencyProof(0)],
    ['a proof to a longer tree', (log) => log.consistencyProof(1, 301)],
    ['a receipt of what is not there', (log) => log.receipt(300)],
  ]
  it.each(absent)('%s is not found', async (_, read) => {
    await expect(read(await openFilled(300))).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('batches of any size', () => {
  // frontier.test.ts holds the tree itself to the same law, in 10,000 cases
  const batch = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 20 }) }, fc.integer({ min: 1, max: 300 }))

  it('give the same tree as one leaf at a time, in 100 logs, as each is written and audited whole', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 6 }), async (batches) => {
        const log = await openTestLog(createMemoryStore())
        for (const count of batches) {
          await Promise.all(Array.from({ length: count }, async () => await log.record(createFact('f'))))
        }
        expect((await log.audit()).findings).toEqual([])
        const size = batches.reduce((sum, count) => sum + count, 0)
        const entries = await Promise.all(Array.from({ length: size }, (_, index) => log.entryBytes(index)))
        const leaves = entries.map((bytes) => hashLeaf(sha256, bytes))
        expect(Buffer.from(await readRoot(log.checkpoint()))).toEqual(Buffer.from(rootOf(sha256, leaves)))
      }),
      { numRuns: 100 },
    )
  })
})
