import { describe, expect, it } from 'vitest'
import { createFailingStore } from '../../test/record/failing-store.ts'
import { createMemoryStore } from '../../test/record/memory-store.ts'
import { createFact, openTestLog, testOrigin, testSigner } from '../../test/record/open-test-log.ts'
import type { Fact } from '../contract/change.ts'
import { LIMITS } from '../ground/limits.ts'
import { auditLog } from './auditing/audit.ts'
import type { RecordStore } from './store.ts'

describe('what comes in one turn of the event loop', () => {
  /** A log whose commits are made from `until` on, and how many facts each was of. */
  async function openCounted(until: Promise<void> = Promise.resolve()) {
    const kept = createMemoryStore()
    const sizes: number[] = []
    const commit: RecordStore['commit'] = async (...given) => {
      sizes.push(given[1].length)
      await until
      return await kept.commit(...given)
    }
    return { log: await openTestLog({ ...kept, readHead: async () => kept.head, commit }), sizes }
  }
  const factsOf = (count: number): readonly Fact[] => Array.from({ length: count }, (_, at) => createFact(`a${at}`))
  const doSteps = async (): Promise<void> => {
    for (let steps = 0; steps < 10; steps += 1) await Promise.resolve()
  }

  it('is written together, where it is little', async () => {
    const { log, sizes } = await openCounted()
    const few = factsOf(LIMITS.flushAheadFacts - 1).map((fact) => log.record(fact))
    await doSteps()
    expect(sizes).toEqual([])
    await Promise.all(few)
    expect(sizes).toEqual([LIMITS.flushAheadFacts - 1])
  })

  it('is on its way before the turn ends, where it is much', async () => {
    const { log, sizes } = await openCounted()
    const first = factsOf(LIMITS.flushAheadFacts).map((fact) => log.record(fact))
    await doSteps()
    expect(sizes).toEqual([LIMITS.flushAheadFacts])
    const later = ['b', 'c'].map((id) => log.record(createFact(id)))
    const places = (await Promise.all([...first, ...later])).map(({ index }) => index)
    expect(places).toEqual([...places.keys()])
    expect(sizes).toEqual([LIMITS.flushAheadFacts, 2])
  })

  it.each([
    ['at once, where that is much', LIMITS.flushAheadFacts, [LIMITS.flushAheadFacts + 1, LIMITS.flushAheadFacts]],
    ['in the next turn, where it is little', LIMITS.flushAheadFacts - 1, [LIMITS.flushAheadFacts + 1]],
  ])('and has waited for a commit is on its way behind it %s', async (_, count, sizesOfTurn) => {
    const held = Promise.withResolvers<void>()
    const { log, sizes } = await openCounted(held.promise)
    const first = factsOf(LIMITS.flushAheadFacts + 1).map((fact) => log.record(fact))
    await doSteps()
    const later = Array.from({ length: count }, (_each, at) => log.record(createFact(`b${at}`)))
    held.resolve()
    await Promise.all(first)
    await doSteps()
    expect(sizes).toEqual(sizesOfTurn)
    await Promise.all(later)
    expect(sizes).toEqual([LIMITS.flushAheadFacts + 1, count])
  })

  const BURSTS = (['before', 'after'] as const).flatMap((mode) =>
    [15, 16, 17, 33, 1_000].flatMap((count) => [1, 2].map((first) => ({ mode, count, first }))),
  )
  it.each(BURSTS)(
    'and is $count facts, where call $first fails $mode keeping, is answered whole, each fact once and in order',
    async ({ mode, count, first }) => {
      const kept = createMemoryStore()
      const store = { ...kept, readHead: async () => kept.head }
      const log = await openTestLog(store)
      Object.assign(store, createFailingStore({ ...store }, { mode, first, calls: 1 }))
      const answers: Promise<number | null>[] = []
      for (const fact of factsOf(count)) {
        answers.push(
          log
            .record(fact)
            .then(({ index }) => index)
            .catch(() => null),
        )
        await Promise.resolve() // so that some are on their way when the next ones come
      }
      const indexes = await Promise.all(answers)
      await log.close()
      const recorded = indexes.flatMap((index, at) => (index === null ? [] : [{ index, id: `a${at}` }]))
      expect(recorded.map(({ index }) => index)).toEqual([...kept.entries.keys()])
      const ids = kept.entries.map((bytes) => JSON.parse(Buffer.from(bytes).toString()).subject.id)
      expect(ids).toEqual(recorded.map(({ id }) => id))
      expect(
        (await auditLog({ store: kept, org: 'org_test', origin: testOrigin, key: testSigner.key })).findings,
      ).toEqual([])
    },
  )
})
