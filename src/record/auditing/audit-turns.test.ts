import { expect, it } from 'vitest'
import { createMemoryStore } from '../../../test/record/memory-store.ts'
import { createFact, openTestLog, putProof, testOrigin, testSigner } from '../../../test/record/open-test-log.ts'
import { LIMITS } from '../../ground/limits.ts'
import { auditSlice } from './audit-slice.ts'

it('a slice of the running audit lets others run between a few of its checks', async () => {
  const store = createMemoryStore()
  const log = await openTestLog(store)
  await Promise.all(Array.from({ length: 128 }, (_, at) => log.record(createFact(`f${at}`, [putProof(`p${at}`)]))))
  await log.close()
  const source = { store, org: 'org_test', origin: testOrigin, key: testSigner.key }
  const run = { turns: 0, isOver: false }
  const count = (): void => {
    run.turns += 1
    if (!run.isOver) setImmediate(count)
  }
  setImmediate(count)
  expect(await auditSlice(source, { n: 0, after: null })).toEqual({ findings: [], next: { n: 1, after: null } })
  run.isOver = true
  expect(run.turns).toBeGreaterThanOrEqual((128 + 128) / LIMITS.auditChecksPerTurn)
})
