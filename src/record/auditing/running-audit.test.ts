import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../../test/record/memory-store.ts'
import {
  createFact,
  createTestClock,
  openTestLog,
  putProof,
  testOrigin,
  testSigner,
} from '../../../test/record/open-test-log.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { nextTurn } from '../../ground/next-turn.ts'
import type { AuditFinding } from '../finding.ts'
import type { RecordReads } from '../store.ts'
import { type AuditedLog, createRunningAudit } from './running-audit.ts'

const workers: Worker[] = []
afterEach(async () => void (await Promise.all(workers.splice(0).map((worker) => worker.terminate()))))

/** A thread that answers each place with what `told` makes of it. */
const thread = (told: string): Worker =>
  new Worker(
    `const { parentPort } = require('node:worker_threads')
parentPort.on('message', (place) => {
  if (place === null) return parentPort.close()
  parentPort.postMessage(${told})
})`,
    { eval: true },
  )
const finding = (detail: string): string =>
  `{ slice: { findings: [{ what: 'row', detail: ${detail} }], next: { n: place.n + 1, after: null } } }`
const details = (findings: readonly AuditFinding[]): string[] => findings.map(({ detail }) => detail)

/** A walk whose threads are started one after the other by these, with what was told of them. */
function walk(store: RecordReads, ...starts: readonly (() => Worker)[]) {
  const [logs, ended, clock] = [[] as AuditedLog[], [] as Error[], createTestClock()]
  const start = (log: AuditedLog): Worker => {
    const worker = starts[logs.push(log) - 1]?.()
    if (worker === undefined) throw new Error('no more of them')
    workers.push(worker)
    return worker
  }
  const source = { store, org: 'org_test', origin: testOrigin, key: testSigner.key }
  const audit = createRunningAudit(source, { start, noteEnded: (why) => void ended.push(why) }, clock)
  const whys = (): string[] => ended.map(({ message }) => message)
  return { audit, clock, logs, whys }
}

/** A store of three bundles, of which an entry of the first and one of the last were edited. */
async function fillEdited(): Promise<RecordReads> {
  const store = createMemoryStore()
  const log = await openTestLog(store)
  await Promise.all(Array.from({ length: 600 }, (_, at) => log.record(createFact(`f${at}`, [putProof(`p${at}`)]))))
  await log.close()
  for (const index of [0, 550])
    store.entries[index] = Buffer.from(
      Buffer.from(store.entries[index] ?? [])
        .toString()
        .replace('because', 'BECAUSE'),
    )
  return store
}

describe('a running audit with a thread', () => {
  it('has it audit one slice after the other, and knows no more than whose log it is and its public key', async () => {
    const { audit, logs, whys } = walk(createMemoryStore(), () => thread(finding('String(place.n)')))
    const found = [await audit.step(), await audit.step(), await audit.step()]
    expect(found.map(details)).toEqual([['0'], ['1'], ['2']])
    expect(logs).toEqual([{ org: 'org_test', origin: testOrigin, vkey: testSigner.vkey }])
    await audit.close()
    expect(whys(), 'that it was ended is no news').toEqual([])
  })

  it('throws what its thread threw, as it would have been thrown here, and goes on in it', async () => {
    const told = [
      `{ refused: { code: 'store_failed', detail: 'The store does not answer.' } }`,
      `{ fault: new TypeError('odd') }`,
      finding("'found'"),
    ]
    const { audit, whys } = walk(createMemoryStore(), () =>
      thread(`[${told.join()}][globalThis.at = (globalThis.at ?? -1) + 1]`),
    )
    const refused = audit.step()
    await expect(refused).rejects.toBeInstanceOf(RemitError)
    await expect(refused).rejects.toMatchObject({ code: 'store_failed', detail: 'The store does not answer.' })
    await expect(audit.step()).rejects.toThrow(new TypeError('odd'))
    expect(details(await audit.step())).toEqual(['found'])
    expect(whys()).toEqual([])
  })

  it('ends it when it is closed, and waits for that', async () => {
    const { audit } = walk(createMemoryStore(), () => thread(finding("'found'")))
    await audit.step()
    const ended = new Promise((resolve) => workers[0]?.once('exit', resolve))
    await audit.close()
    expect(workers[0]?.threadId, 'it is no thread any more').toBe(-1)
    expect(await ended).toBe(0)
  })

  it('that was never asked for anything has none to end', async () => {
    const { audit, logs } = walk(createMemoryStore())
    await audit.close()
    expect(logs).toEqual([])
  })
})

describe('a running audit whose thread', () => {
  const edited = (index: number): string[] => [`Entry ${index} is not what was hashed: it was edited.`]
  const cases: [string, () => Worker, string][] = [
    ['ends at once', () => new Worker('process.exit(3)', { eval: true }), 'ended with 3'],
    ['throws at the first slice', () => thread('odd.odd'), 'failed'],
    ['does not start', () => expect.unreachable(), 'does not start'],
    ['throws before it hears anything', () => new Worker('throw 1', { eval: true }), 'failed'],
  ]
  it.each(cases)(
    '%s finds here what is wrong, tells of it once, and starts another one later',
    async (_, start, how) => {
      const { audit, clock, logs, whys } = walk(await fillEdited(), start, () => thread(finding("'in the next'")))
      expect(details(await audit.step())).toEqual(edited(0))
      expect(await audit.step(), 'the next bundle').toEqual([])
      expect([logs.length, whys()]).toEqual([1, [`the thread that audits the log ${how}`]])
      const lastEndMs = clock.atMs
      expect(audit.standing()).toEqual({ hasThread: false, ends: 1, lastEndMs })
      clock.atMs += LIMITS.auditorPauseMs - 1
      expect(details(await audit.step())).toEqual(edited(550))
      clock.atMs += 1
      expect(details(await audit.step())).toEqual(['in the next'])
      expect([logs.length, whys()]).toEqual([2, [`the thread that audits the log ${how}`]])
      expect(audit.standing()).toEqual({ hasThread: true, ends: 1, lastEndMs })
    },
  )

  it('does not answer is not waited for without end', async () => {
    const silent = (): Worker =>
      new Worker("require('node:worker_threads').parentPort.on('message', () => 0)", { eval: true })
    const { audit, clock, whys } = walk(await fillEdited(), silent)
    const found = audit.step()
    await nextTurn() // it is asked
    clock.turn() // the time is over
    expect(details(await found)).toEqual(edited(0))
    expect(whys()).toEqual(['the thread that audits the log has not answered for 30000 ms'])
    await audit.close()
    await expect.poll(() => workers[0]?.threadId).toBe(-1)
  })

  it('ends between two slices goes on here from the place where it was', async () => {
    const asked: string[] = []
    const store = await fillEdited()
    const readEntries: typeof store.readEntries = async (from, to) => {
      asked.push(`${from} to ${to}`)
      return await store.readEntries(from, to)
    }
    const next = '{ slice: { findings: [], next: { n: place.n + 1, after: null } } }'
    const { audit, whys } = walk({ ...store, readEntries }, () => thread(next))
    await audit.step()
    await audit.step()
    await workers[0]?.terminate()
    expect(details(await audit.step())).toEqual(edited(550))
    expect(asked).toEqual(['511 to 600'])
    expect(whys()).toEqual(['the thread that audits the log ended with 1'])
    await audit.close()
  })
})
