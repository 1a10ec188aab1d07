import { describe, expect, it } from 'vitest'
import { createFailingStore, type FailureMode } from '../../test/record/failing-store.ts'
import { createMemoryStore } from '../../test/record/memory-store.ts'
import {
  createFact,
  createTestClock,
  openTestLog,
  putProof,
  type TestClock,
  testIds,
  testOrigin,
  testSigner,
} from '../../test/record/open-test-log.ts'
import type { Fact } from '../contract/change.ts'
import type { EntryKind } from '../contract/log-entry.ts'
import { isError, RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { auditLog } from './auditing/audit.ts'
import { Flush } from './flush.ts'
import { emptyFrontier } from './frontier.ts'
import type { Recorded } from './recorded.ts'
import type { RecordStore } from './store.ts'

const source = (store: RecordStore) => ({ store, org: 'org_test', origin: testOrigin, key: testSigner.key })

/** Records ten facts in twos, of which two conflict, on a store that fails; gives each answer. */
async function playWithFailure(mode: FailureMode, first: number, calls: number) {
  const kept = createMemoryStore()
  const store = createFailingStore(kept, { mode, first: Number.POSITIVE_INFINITY, calls })
  const log = await openTestLog(store)
  const opened = store.calls
  const failing = createFailingStore(kept, { mode, first, calls })
  Object.assign(store, { ...failing, calls: opened })
  const answers: PromiseSettledResult<Recorded>[] = []
  for (const pair of [
    ['a', 'b'],
    ['c', 'a'],
    ['d', 'e'],
    ['f', 'f'],
    ['g', 'h'],
  ]) {
    answers.push(
      ...(await Promise.allSettled(pair.map(async (id) => await log.record(createFact(id, [putProof(id)]))))),
    )
  }
  await log.close()
  return { kept, answers, log }
}

/** Lets the log look after itself once. */
async function turn(clock: TestClock): Promise<void> {
  clock.turn()
  for (let turns = 0; turns < 10; turns += 1) await new Promise((resolve) => setImmediate(resolve))
}

const NUMBERS = Array.from({ length: 12 }, (_, at) => at + 1)
const CASES = (['before', 'after'] as const).flatMap((mode) =>
  [1, 2, 4, LIMITS.headReadsMax + 4].flatMap((calls) => NUMBERS.map((first) => ({ mode, first, calls }))),
)

describe('a store that fails', () => {
  it.each(CASES)(
    '$calls calls from call $first, $mode keeping: what is acknowledged is kept, and the log verifies',
    async ({ mode, first, calls }) => {
      const { kept, answers } = await playWithFailure(mode, first, calls)
      for (const answer of answers) {
        if (answer.status === 'fulfilled') {
          const { index, fact } = answer.value
          expect(Buffer.from(kept.entries[index] ?? []).toString()).toContain(`"${fact.entry.subject.id}"`)
        } else {
          expect(['conflict', 'log_unavailable']).toContain(answer.reason.code)
        }
      }
      const indexes = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.index] : []))
      expect(new Set(indexes).size).toBe(indexes.length)
      expect((await auditLog(source(kept))).findings).toEqual([])
    },
  )

  it.each(CASES)(
    '$calls calls from call $first, $mode keeping: a restart goes on where the store ends',
    async ({ mode, first, calls }) => {
      const { kept } = await playWithFailure(mode, first, calls)
      const log = await openTestLog(kept)
      expect((await log.record(createFact('after', [putProof('after')]))).index).toBe(kept.entries.length - 1)
      expect((await log.audit()).findings).toEqual([])
    },
  )

  it('a commit that failed without being kept refuses its facts, and the log goes on', async () => {
    const { answers, kept } = await playWithFailure('before', 1, 1)
    expect(answers.slice(0, 2).map((answer) => answer.status === 'rejected' && answer.reason.code)).toEqual([
      'log_unavailable',
      'log_unavailable',
    ])
    expect(answers.slice(2).filter(({ status }) => status === 'fulfilled')).toHaveLength(7)
    expect(kept.entries).toHaveLength(7)
  })

  it('a commit that was kept although it failed is answered as recorded: not knowing is not failing', async () => {
    const { answers } = await playWithFailure('after', 1, 1)
    expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.index : answer.reason.code))).toEqual([
      0,
      1,
      2,
      'conflict',
      3,
      4,
      5,
      'conflict',
      6,
      7,
    ])
  })

  it('a conflict in a batch that was kept although it failed is still a conflict', async () => {
    const { answers } = await playWithFailure('after', 2, 1)
    expect(answers[3]).toMatchObject({ status: 'rejected', reason: { code: 'conflict' } })
  })

  it('a store that stays silent has its facts refused as unknown, and the log refuses until it has read a head', async () => {
    const kept = createMemoryStore()
    let isSilent = false
    const silence = async (): Promise<never> => {
      throw new Error('no answer')
    }
    const log = await openTestLog({
      ...kept,
      commit: async (...given) => {
        const written = await kept.commit(...given)
        return isSilent ? await silence() : written
      },
      readHead: async () => (isSilent ? await silence() : kept.head),
    })
    isSilent = true
    await expect(log.record(createFact('a'))).rejects.toMatchObject({
      code: 'log_unavailable',
      facts: { outcome: 'unknown' },
    })
    expect(log.condition().state).toBe('doubtful')
    await expect(log.record(createFact('b'))).rejects.toMatchObject({ code: 'log_unavailable' })
    isSilent = false
    await expect.poll(() => log.condition().state).toBe('open')
    expect((await log.record(createFact('c'))).index).toBe(1)
    expect((await log.audit()).findings).toEqual([])
  })

  it('a commit that lands late, after its facts were refused, is taken over and not fought', async () => {
    const kept = createMemoryStore()
    let late: (() => Promise<unknown>) | null = null
    let isLate = true
    const log = await openTestLog({
      ...kept,
      readHead: async () => kept.head,
      commit: async (...given) => {
        if (isLate) {
          isLate = false
          late = async () => await kept.commit(...given)
          throw new Error('the connection was lost')
        }
        await late?.()
        late = null
        return await kept.commit(...given)
      },
    })
    await expect(log.record(createFact('a'))).rejects.toMatchObject({ code: 'log_unavailable' })
    expect((await log.record(createFact('b'))).index).toBe(1)
    expect((await log.audit()).findings).toEqual([])
  })

  it('a commit that was not kept is told of until one is kept, and facts are tried meanwhile', async () => {
    const kept = createMemoryStore()
    let isFull = true
    const log = await openTestLog({
      ...kept,
      readHead: async () => kept.head,
      commit: async (...given) => {
        if (isFull) throw new RemitError('log_unavailable', { detail: 'The disk is full.' })
        return await kept.commit(...given)
      },
    })
    for (const id of ['a', 'b']) {
      await expect(log.record(createFact(id))).rejects.toMatchObject({ code: 'log_unavailable' })
      expect(log.condition()).toMatchObject({ state: 'failing', detail: 'The disk is full.' })
    }
    isFull = false
    await log.record(createFact('c'))
    expect(log.condition()).toMatchObject({ state: 'open', detail: '' })
  })

  it('a commit of which the store does not know whether it was kept is told as unknown', async () => {
    const kept = createMemoryStore()
    const log = await openTestLog({
      ...kept,
      commit: async () => {
        throw new RemitError('log_unavailable', { facts: { outcome: 'unknown' } })
      },
    })
    await expect(log.record(createFact('a'))).rejects.toMatchObject({
      code: 'log_unavailable',
      facts: { outcome: 'unknown' },
    })
  })

  it('a store that can be written again is noticed although nobody records', async () => {
    const kept = createMemoryStore()
    const clock = createTestClock()
    const fail = async (): Promise<never> => {
      throw new RemitError('log_unavailable')
    }
    let touch: () => Promise<void> = fail
    const log = await openTestLog(
      { ...kept, readHead: async () => kept.head, commit: fail, touchHead: () => touch() },
      { clock },
    )
    await expect(log.record(createFact('a'))).rejects.toMatchObject({ code: 'log_unavailable' })
    await turn(clock)
    expect(log.condition().state).toBe('failing')
    touch = kept.touchHead
    await turn(clock)
    expect(log.condition().state, 'what was refused just now may be refused again').toBe('failing')
    clock.atMs += LIMITS.probeAfterMs
    await turn(clock)
    expect(log.condition().state).toBe('open')
  })

  it('a commit that takes too long is told of while it lasts', async () => {
    const kept = createMemoryStore()
    const clock = createTestClock()
    const [begun, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const commit: RecordStore['commit'] = async (...given) => {
      begun.resolve()
      await done.promise
      return await kept.commit(...given)
    }
    const log = await openTestLog({ ...kept, readHead: async () => kept.head, commit }, { clock })
    const recorded = log.record(createFact('a'))
    await begun.promise
    clock.atMs += LIMITS.commitSlowMs
    expect(log.condition().state).toBe('open')
    clock.atMs += 1
    expect(log.condition()).toMatchObject({ state: 'failing', detail: expect.stringContaining('too long') })
    done.resolve()
    expect((await recorded).index).toBe(0)
    expect(log.condition().state).toBe('open')
  })

  it('a store that never says where it stands keeps nobody waiting', async () => {
    const kept = createMemoryStore()
    let isSilent = false
    const log = await openTestLog({
      ...kept,
      readHead: async () => (isSilent ? await new Promise<never>(() => undefined) : kept.head),
      commit: async () => {
        throw new RemitError('store_failed')
      },
    })
    isSilent = true
    const refused = { code: 'log_unavailable', facts: { outcome: 'unknown' } }
    await expect(log.record(createFact('a'))).rejects.toMatchObject(refused)
    await log.close()
  })

  it('while the clock is behind the last entry, what gives something is refused, and what takes away is written', async () => {
    const clock = createTestClock()
    const log = await openTestLog(createMemoryStore(), { clock })
    const { atMs } = await log.record(createFact('ahead'))
    clock.atMs -= LIMITS.clockBehindMsMax + 1
    expect(log.condition()).toMatchObject({ state: 'late', facts: { behindMs: LIMITS.clockBehindMsMax + 1 } })
    expect(log.lastMs()).toBe(atMs)
    const ofKind = (kind: EntryKind): Fact => {
      const { entry, changes } = createFact(kind)
      return { entry: { ...entry, kind }, changes }
    }
    for (const kind of ['decision.permit', 'credential.issued', 'task.activated', 'approval.voted'] as const) {
      await expect(log.record(ofKind(kind))).rejects.toMatchObject({ code: 'clock_behind' })
    }
    for (const kind of ['decision.denial', 'cutoff.made', 'task.ended', 'call.finished'] as const) {
      const { index } = await log.record(ofKind(kind))
      expect(await log.entry(index)).toMatchObject({ atMs, data: { clockMs: clock.atMs } })
    }
    clock.atMs += 1
    expect(log.condition().state).toBe('open')
    const { index } = await log.record(ofKind('decision.permit'))
    expect((await log.entry(index)).data).not.toHaveProperty('clockMs')
  })

  it('a head that another process has written breaks the log', async () => {
    const kept = createMemoryStore()
    const broken: string[] = []
    const noteBroken = (detail: string): void => void broken.push(detail)
    const [one, other] = [await openTestLog(kept), await openTestLog(kept, { noteBroken })]
    await one.record(createFact('a'))
    await expect(other.record(createFact('b'))).rejects.toMatchObject({ code: 'log_broken' })
    await expect(other.record(createFact('c'))).rejects.toMatchObject({ code: 'log_broken' })
    expect(broken).toEqual([expect.stringContaining('is not one that this log wrote')])
    expect((await one.record(createFact('d'))).index).toBe(1)
  })

  it.each(['wrong indexes', 'too few answers'])('a store that answers with %s breaks the log', async (fault) => {
    const kept = createMemoryStore()
    const log = await openTestLog({
      ...kept,
      commit: async (...given) => {
        await kept.commit(...given)
        return fault === 'wrong indexes' ? [{ index: 7 }] : []
      },
    })
    const error: unknown = await log.record(createFact('a')).catch((reason: unknown) => reason)
    expect(isError(error, 'log_broken')).toBe(true)
  })

  it('a store that begins at another place than the log ends is refused before it keeps anything', async () => {
    const kept = createMemoryStore()
    const log = await openTestLog({
      ...kept,
      commit: async (size, writes, close) =>
        await kept.commit(size, writes, (first, leaves) => close(first + 1, leaves)),
    })
    await expect(log.record(createFact('a'))).rejects.toMatchObject({ code: 'log_unavailable' })
    expect(kept.entries).toEqual([])
  })

  it('a failed commit after which other bytes are read than were written is never acknowledged', async () => {
    const kept = createMemoryStore()
    const log = await openTestLog({
      ...kept,
      readHead: async () => kept.head,
      readEntries: async () => [Buffer.from('something else')],
      commit: async (...given) => {
        await kept.commit(...given)
        throw new Error('the connection was lost')
      },
    })
    await expect(log.record(createFact('a'))).rejects.toMatchObject({ code: 'log_broken' })
  })

  it('a log that waits for a silent store can be closed', async () => {
    const kept = createMemoryStore()
    let isSilent = false
    const log = await openTestLog({
      ...kept,
      readHead: async () => {
        if (isSilent) throw new Error('no answer')
        return kept.head
      },
      commit: async () => {
        throw new Error('no answer')
      },
    })
    isSilent = true
    const refused = Promise.allSettled([log.record(createFact('a'))])
    await log.close()
    expect(await refused).toMatchObject([{ reason: { code: 'log_unavailable' } }])
    await expect(log.record(createFact('b'))).rejects.toMatchObject({ code: 'log_unavailable' })
  })

  it('a head file that cannot be written does not make an entry undone, and the log tells of it', async () => {
    const store = createMemoryStore()
    let isFull = true
    const headFile = {
      note: '',
      close: () => undefined,
      write: () => {
        if (isFull) throw new Error('no space left on device')
      },
    }
    const parts = {
      store,
      signer: testSigner,
      clock: createTestClock(),
      ids: testIds,
      org: 'org_test',
      origin: testOrigin,
      headFile,
    }
    const flush = new Flush(parts, { frontier: emptyFrontier, head: store.head }, 0)
    expect((await flush.record(createFact('a'))).index).toBe(0)
    expect(flush.condition).toMatchObject({ state: 'open', detail: expect.stringContaining('log.head') })
    isFull = false
    await flush.record(createFact('b'))
    expect(flush.condition).toMatchObject({ state: 'open', detail: '' })
  })
})
