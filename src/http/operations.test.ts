import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../test/record/memory-store.ts'
import { createFact, createTestClock, openTestLog } from '../../test/record/open-test-log.ts'
import { RemitError } from '../ground/errors.ts'
import type { Log } from '../record/log.ts'
import { readReadiness } from './operations.ts'
import type { Context } from './route.ts'

const ask = (log: Log): Promise<object> => readReadiness({ house: { log } } as unknown as Context<null, null>)

describe('whether it is ready', () => {
  it('is yes while the log takes entries', async () => {
    const log = await openTestLog(createMemoryStore())
    await log.record(createFact('a'))
    expect(await ask(log)).toEqual({ ok: true, entries: 1 })
  })

  it('is no once a commit was not kept, and why is said in public words', async () => {
    const store = createMemoryStore()
    const commit = async (): Promise<never> => {
      throw new RemitError('log_unavailable', { detail: 'The disk of the store is full.', cause: new Error('secret') })
    }
    const log = await openTestLog({ ...store, commit })
    await expect(log.record(createFact('a'))).rejects.toMatchObject({ code: 'log_unavailable' })
    await expect(ask(log)).rejects.toMatchObject({
      code: 'log_unavailable',
      detail: 'The disk of the store is full.',
    })
  })

  it('is no while the store cannot be read, and each look that failed is counted', async () => {
    const store = createMemoryStore()
    const clock = createTestClock()
    const unread: string[] = []
    let isAway = false
    const readRows: typeof store.readRows = async (...given) => {
      if (isAway) throw new RemitError('store_failed', { detail: 'The database does not answer.' })
      return await store.readRows(...given)
    }
    const log = await openTestLog({ ...store, readRows }, { clock, noteUnread: ({ code }) => unread.push(code) })
    isAway = true
    clock.turn()
    await expect.poll(() => unread).toEqual(['store_failed'])
    await expect(ask(log)).rejects.toMatchObject({ detail: 'The database does not answer.' })
    isAway = false
    clock.turn()
    await expect.poll(() => log.condition().state).toBe('open')
  })

  it('says that the head file cannot be written, and is still yes', async () => {
    const log = await openTestLog(createMemoryStore())
    await log.record(createFact('a'))
    const caution = 'The newest checkpoint cannot be written.'
    const cautious: Log = { ...log, condition: () => ({ ...log.condition(), detail: caution }) }
    expect(await ask(cautious)).toEqual({ ok: true, entries: 1, caution })
  })

  it('is no for good once the log is broken, and where is not said', async () => {
    const store = createMemoryStore()
    const log = await openTestLog(store)
    await log.record(createFact('a'))
    store.entries[0] = Buffer.from('something else')
    await log.audit()
    await expect(ask(log)).rejects.toMatchObject({
      code: 'log_broken',
      detail: 'The log does not verify, so the answer is no.',
    })
  })
})
