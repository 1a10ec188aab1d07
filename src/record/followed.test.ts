import { describe, expect, it } from 'vitest'
import { createFailingStore } from '../../test/record/failing-store.ts'
import { createMemoryStore } from '../../test/record/memory-store.ts'
import { createFact, openTestLog, putProof, testOrigin, testSigner } from '../../test/record/open-test-log.ts'
import type { Fact } from '../contract/change.ts'
import { auditLog } from './auditing/audit.ts'
import type { RecordStore } from './store.ts'

const source = (store: RecordStore) => ({ store, org: 'org_test', origin: testOrigin, key: testSigner.key })

describe('a fact that is followed by another', () => {
  it('is written with what follows it, right after it and by the place that it is given', async () => {
    const kept = createMemoryStore()
    const log = await openTestLog(kept)
    await log.record(createFact('taken', [putProof('taken')]))
    const followed = (id: string): Fact => ({
      ...createFact(id, [putProof(id)]),
      followedBy: (index) => createFact(`after ${id} at ${index}`, [putProof(`after ${id}`)]),
    })
    // the second conflicts, so that all behind it stand where nobody expected them
    const answers = await Promise.allSettled(['a', 'taken', 'b', 'c'].map((id) => log.record(followed(id))))
    expect(answers).toMatchObject([
      { value: { index: 1 } },
      { reason: { code: 'conflict' } },
      { value: { index: 3 } },
      { value: { index: 5 } },
    ])
    const subjects = await Promise.all([1, 2, 3, 4, 5, 6].map(async (index) => (await log.entry(index)).subject.id))
    expect(subjects).toEqual(['a', 'after a at 1', 'b', 'after b at 3', 'c', 'after c at 5'])
    expect(kept.head.size).toBe(7)
    expect(kept.rows.has('seen_proofs/after taken')).toBe(false)
    expect((await auditLog(source(kept))).findings).toEqual([])
    await log.close()
  })

  it('is refused, and it alone, where what follows it cannot be written', async () => {
    const kept = createMemoryStore()
    const log = await openTestLog(kept)
    const tooLong = { ...createFact('a'), followedBy: () => createFact('x'.repeat(70_000)) }
    const answers = await Promise.allSettled([log.record(tooLong), log.record(createFact('b'))])
    expect(answers).toMatchObject([{ reason: { code: 'entry_too_large' } }, { value: { index: 0 } }])
    await log.close()
  })

  it('is answered with its place, and not that of what follows it, by a commit that was kept although it failed', async () => {
    const kept = createMemoryStore()
    const store = createFailingStore(kept, { mode: 'after', first: Number.POSITIVE_INFINITY, calls: 1 })
    const log = await openTestLog(store)
    const opened = store.calls
    Object.assign(store, { ...createFailingStore(kept, { mode: 'after', first: 1, calls: 1 }), calls: opened })
    const pair = { ...createFact('a'), followedBy: () => createFact('after a') }
    const answers = await Promise.allSettled([log.record(pair), log.record(createFact('b'))])
    expect(answers).toMatchObject([{ value: { index: 0 } }, { value: { index: 2 } }])
    expect((await log.record(createFact('c'))).index).toBe(3)
    await log.close()
  })
})
