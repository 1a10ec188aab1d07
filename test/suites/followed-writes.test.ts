import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fact, insert, update } from '../../src/contract/change.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { auditLog } from '../../src/record/auditing/audit.ts'
import type { Store } from '../../src/store/store.ts'
import { POSTGRES_START_MS } from '../postgres.ts'
import { createFact, openTestLog, testOrigin, testSigner } from '../record/open-test-log.ts'
import { BACKENDS, type Backend, open } from './backends.ts'
import { purpose } from './writes.ts'

const place = { org: 'org_test', log: testOrigin }
const source = (store: Store) => ({
  store: store.record,
  org: place.org,
  origin: testOrigin,
  key: testSigner.key,
})

/** What is made, and marked right after it by the place at which it was made. */
const pair = (code: string): Fact => ({
  ...createFact(`make ${code}`, [insert('purposes', purpose(code))]),
  followedBy: (index) => ({
    ...createFact(`mark ${code}`, [
      update('purposes', { ...purpose(code), version: 1, entry: index }, purpose(code, `of ${index}`)),
    ]),
    entry: { ...createFact(`mark ${code}`).entry, answers: index },
  }),
})
const single = (code: string): Fact => createFact(`make ${code}`, [insert('purposes', purpose(code))])

const step = fc.record({
  facts: fc.array(fc.record({ code: fc.integer({ min: 0, max: 40 }), isPair: fc.boolean() }), {
    minLength: 1,
    maxLength: 24,
  }),
  fails: fc.constantFrom('no', 'no', 'before', 'after' as const),
})

describe.each(BACKENDS)('facts that are followed on $name', ({ start }) => {
  let backend: Backend
  beforeAll(async () => {
    backend = await start()
  }, POSTGRES_START_MS)
  afterAll(() => backend.stop())

  it('stand before what follows them, or neither does, whatever else is in their commits and whichever of these fail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        const store = await open(await backend.create(), place)
        let mode: string = 'no'
        const log = await openTestLog(
          {
            ...store.record,
            commit: async (...given) => {
              const now = mode
              mode = 'no'
              if (now === 'before') throw new Error('before')
              const written = await store.record.commit(...given)
              if (now === 'after') throw new Error('after')
              return written
            },
          },
          { clock: systemClock },
        )
        const taken = new Set<number>()
        for (const { facts, fails } of steps) {
          mode = fails
          const answers = await Promise.allSettled(
            facts.map(({ code, isPair }) => log.record((isPair ? pair : single)(String(code)))),
          )
          for (const [at, { code, isPair }] of facts.entries()) {
            const answer = answers[at]
            if (answer?.status === 'fulfilled') {
              expect(taken.has(code)).toBe(false)
              taken.add(code)
              const { index } = answer.value
              expect((await log.entry(index)).subject.id).toBe(`make ${code}`)
              if (isPair)
                expect(await log.entry(index + 1)).toMatchObject({ subject: { id: `mark ${code}` }, answers: index })
              const row = await store.rows.get('purposes', String(code))
              expect(row).toMatchObject(
                isPair ? { version: 2, entry: index + 1, title: `of ${index}` } : { version: 1, entry: index },
              )
            } else expect(['conflict', 'log_unavailable']).toContain(answer?.reason.code)
          }
          const isRefused = answers.some(
            ({ status, reason }: { status: string; reason?: { code: string } }) =>
              status === 'rejected' && reason?.code === 'log_unavailable',
          )
          if (fails !== 'after') expect(isRefused).toBe(fails === 'before') // where all conflict, nothing tells of it
          for (let code = 0; code <= 40; code++)
            expect((await store.rows.get('purposes', String(code))) !== undefined).toBe(taken.has(code))
        }
        expect((await auditLog(source(store))).findings).toEqual([])
        await log.close()
        await store.close()
      }),
      { seed: 11, numRuns: 8 },
    )
  }, 120_000)
})
