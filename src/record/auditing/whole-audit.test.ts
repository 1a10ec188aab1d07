import { Worker } from 'node:worker_threads'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createMemoryStore, type MemoryStore } from '../../../test/record/memory-store.ts'
import { createFact, createTestClock, openTestLog, testOrigin, testSigner } from '../../../test/record/open-test-log.ts'
import { isError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { nextTurn } from '../../ground/next-turn.ts'
import type { RecordReads } from '../store.ts'
import { createWholeAudit } from './whole-audit.ts'

const workers: Worker[] = []
afterEach(async () => void (await Promise.all(workers.splice(0).map((worker) => worker.terminate()))))

const size = LIMITS.auditWholeHereMax + 1
let store: MemoryStore
beforeAll(async () => {
  store = createMemoryStore()
  const log = await openTestLog(store)
  await Promise.all(Array.from({ length: size }, (_, at) => log.record(createFact(`f${at}`))))
  await log.close()
})

/** A thread that answers with these, one after the other. */
const thread = (...told: string[]): Worker =>
  new Worker(
    `const { parentPort } = require('node:worker_threads')
parentPort.on('message', ({ whole }) => [${told.join()}].forEach((each) => parentPort.postMessage(each)))`,
    { eval: true },
  )
const report = '{ report: { size: whole.size, entriesChecked: 0, rowsChecked: 0, isComplete: true, findings: [] } }'

/** A whole audit with this thread: `reads` counts what is read of the log here, `whys` is what was told of ends. */
function audit(start: () => Worker, on: RecordReads = store) {
  const reads = { entries: 0 }
  const whys: string[] = []
  const readEntries: RecordReads['readEntries'] = async (from, to) => {
    reads.entries += to - from
    return await on.readEntries(from, to)
  }
  const source = { store: { ...on, readEntries }, org: 'org_test', origin: testOrigin, key: testSigner.key }
  const clock = createTestClock()
  const begin = (): Worker => {
    const worker = start()
    workers.push(worker)
    return worker
  }
  const whole = createWholeAudit(source, { start: begin, noteEnded: ({ message }) => void whys.push(message) }, clock)
  return { ...whole, reads, whys, clock }
}

describe('a whole audit', () => {
  it('is made by a thread of its own, which ends with it, and reads no entry here', async () => {
    const { run, reads, whys } = audit(() => thread('{ goesOn: true }', report))
    expect(await run()).toMatchObject({ size, isComplete: true, findings: [] })
    expect([reads.entries, whys, workers.map(({ threadId }) => threadId)]).toEqual([0, [], [-1]])
  })

  it('of a short log is made here, without one', async () => {
    const short = createMemoryStore()
    const log = await openTestLog(short)
    await log.record(createFact('one'))
    await log.close()
    const { run } = audit(() => expect.unreachable(), short)
    expect(await run()).toMatchObject({ size: 1, entriesChecked: 1, isComplete: true, findings: [] })
  })

  it('throws what its thread threw, as it would have been thrown here', async () => {
    const { run, whys } = audit(() => thread(`{ refused: { code: 'store_edited', detail: 'It was edited.' } }`))
    await expect(run()).rejects.toMatchObject({ code: 'store_edited', detail: 'It was edited.' })
    expect(whys).toEqual([])
  })

  const cases: readonly (readonly [string, () => Worker, RegExp])[] = [
    ['ends at once', () => new Worker('process.exit(3)', { eval: true }), /ended with 3$/],
    ['throws', () => new Worker('throw 1', { eval: true }), /failed$/],
    ['does not start', () => expect.unreachable(), /does not start/],
    ['reads another file', () => thread('{ report: null }'), /reads another file than is written$/],
  ]
  it.each(cases)('whose thread %s is made here, and that is told once', async (_, start, why) => {
    const { run, reads, whys } = audit(start)
    expect(await run()).toMatchObject({ size, entriesChecked: size, isComplete: true, findings: [] })
    expect(reads.entries).toBeGreaterThanOrEqual(size)
    expect(whys).toEqual([expect.stringMatching(why)])
  })

  it('whose thread says nothing is not waited for without end', async () => {
    const { run, whys, clock } = audit(() => thread())
    const made = run()
    while (workers.length === 0) await nextTurn()
    clock.turn() // the time is over
    expect(await made).toMatchObject({ entriesChecked: size })
    expect(whys).toEqual(['the thread that audits the whole log has not answered for 30000 ms'])
  })

  it('ends where it is closed meanwhile, with its thread', async () => {
    const { run, close, reads } = audit(() => thread())
    const code = run().then(
      () => 'made',
      (error: unknown) => (isError(error, 'stopping') ? error.code : String(error)),
    )
    while (workers.length === 0) await nextTurn()
    await close()
    expect(await code).toBe('stopping')
    expect([reads.entries, workers[0]?.threadId]).toEqual([0, -1])
    await expect(run()).rejects.toMatchObject({ code: 'stopping' })
  })
})
