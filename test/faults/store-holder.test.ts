import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../src/ground/clock.ts'
import { createIds } from '../../src/ground/ids.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { ask, POSTGRES_START_MS, type Postgres, startPostgres } from '../postgres.ts'
import { createFact, createTestClock, openTestLog, type TestClock } from '../record/open-test-log.ts'
import { closing, commit, readLog, writing } from '../suites/writes.ts'

const ids = createIds(systemClock.nowMs)

describe('the holder of a log on PostgreSQL', () => {
  let postgres: Postgres
  let url: string
  beforeAll(async () => {
    postgres = await startPostgres()
  }, POSTGRES_START_MS)
  afterAll(() => postgres.stop())
  beforeEach(async () => {
    url = await postgres.createDatabase()
  })
  const open = (clock: Clock, log = 'log'): Promise<Store> =>
    openStore({ kind: 'postgres', url }, { org: 'org_test', log }, clock, ids)

  /** A clock whose waits are over at once; `whileWaiting` happens at each. */
  const createHasty = (whileWaiting: () => Promise<unknown>): TestClock => {
    const clock = createTestClock()
    return {
      ...clock,
      nowMs: () => clock.atMs,
      monotonicMs: () => clock.atMs,
      sleep: async (ms) => {
        clock.atMs += ms
        await whileWaiting()
      },
    }
  }
  const nothing = async (): Promise<void> => undefined
  const readRenewed = async (): Promise<number> =>
    Number((await ask(url, 'select renewed from holders'))[0]?.['renewed'])
  /** Lets the holder renew its hold, and waits until the database has it. */
  const renew = async (clock: TestClock): Promise<void> => {
    const before = await readRenewed()
    clock.turn()
    await expect.poll(readRenewed).toBe(before + 1)
  }

  it('a second process is refused while the first one lives, and told who that is', async () => {
    const clock = createTestClock()
    const first = await open(clock)
    await expect(open(createHasty(() => renew(clock)))).rejects.toMatchObject({
      code: 'store_locked',
      detail: expect.stringMatching(new RegExp(`process ${process.pid} on .+ since \\d{4}-`)),
    })
    expect(await commit(first.record, writing('goes on'))).toEqual([{ index: 0 }])
    await first.close()
  })

  it('one that has ended leaves the log to the next at once', async () => {
    await (await open(createTestClock())).close()
    const impatient = createHasty(() => Promise.reject(new Error('it waits')))
    await expect((await open(impatient)).close()).resolves.toBeUndefined()
    expect(await ask(url, 'select * from holders')).toEqual([])
  })

  it('one that died is taken over after as long as a hold lasts, and not before', async () => {
    await open(createTestClock()) // it never renews, and is never closed
    let waitedMs = 0
    const heir = createHasty(async () => {
      waitedMs += LIMITS.holdLookMs
    })
    const store = await open(heir)
    expect(waitedMs).toBeGreaterThan(LIMITS.holdMs)
    expect(await commit(store.record, writing('goes on'))).toEqual([{ index: 0 }])
    await store.close()
  })

  it('one that died long ago, as the database knows, is taken over at once', async () => {
    await open(createTestClock())
    await ask(url, `update holders set expires_ms = expires_ms - ${2 * LIMITS.holdMs + LIMITS.clockSkewSeconds * 1000}`)
    const impatient = createHasty(() => Promise.reject(new Error('it waits')))
    await expect((await open(impatient)).close()).resolves.toBeUndefined()
  })

  it('one that lives is not taken over by a server whose clock is a year ahead', async () => {
    const clock = createTestClock()
    await open(clock)
    const ahead = createHasty(() => renew(clock))
    await ahead.sleep(365 * 24 * 3600_000)
    await expect(open(ahead)).rejects.toMatchObject({ code: 'store_locked' })
  })

  it('two that start at once are not both let in', async () => {
    await (await open(createTestClock())).close() // makes the tables, so that they meet at the hold
    const impatient = () => createHasty(() => Promise.reject(new Error('it waits')))
    const opened = await Promise.allSettled([open(impatient()), open(impatient())])
    expect(opened.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('one that slept too long and was taken over writes nothing, and knows that nobody edited the log', async () => {
    const sleeperClock = createTestClock()
    const sleeper = await open(sleeperClock)
    const old = await openTestLog(sleeper.record, { clock: sleeperClock })
    await old.record(createFact('before'))
    const heir = await open(createHasty(nothing))
    const log = await openTestLog(heir.record)
    await log.record(createFact('of the heir'))
    await expect(old.record(createFact('late'))).rejects.toMatchObject({ code: 'store_locked' })
    await expect(sleeper.record.commit(2, [writing('late')], closing)).rejects.toMatchObject({ code: 'store_locked' })
    await expect(sleeper.record.forget(0, 1)).rejects.toMatchObject({ code: 'store_locked' })
    expect(old.condition()).toMatchObject({ state: 'taken', detail: expect.stringContaining('taken this log over') })
    await log.record(createFact('goes on'))
    expect((await readLog(heir.record)).head.size).toBe(3)
    expect((await log.audit()).findings).toEqual([])
    await sleeper.close()
    await log.record(createFact('is held still'))
  })

  it('one that was taken over notices it by itself', async () => {
    const clock = createTestClock()
    const sleeper = await open(clock)
    const old = await openTestLog(sleeper.record, { clock })
    await open(createHasty(nothing))
    await expect
      .poll(() => {
        clock.turn()
        return old.condition().state
      })
      .toBe('taken')
  })

  it('logs of their own in one database do not hinder each other', async () => {
    const stores = [await open(createTestClock(), 'log-a'), await open(createTestClock(), 'log-b')]
    for (const store of stores) expect(await commit(store.record, writing('mine'))).toEqual([{ index: 0 }])
    await Promise.all(stores.map((store) => store.close()))
  })
})
