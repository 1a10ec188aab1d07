import { expect, it } from 'vitest'
import { createMemoryStore } from '../../../test/record/memory-store.ts'
import { createFact, openTestLog, putProof, testOrigin, testSigner } from '../../../test/record/open-test-log.ts'
import { LIMITS } from '../../ground/limits.ts'
import { auditAtStart } from './audit.ts'

it('a long log is not opened with a key that somebody edited, however many rows stand before it', async () => {
  const store = createMemoryStore()
  const log = await openTestLog(store)
  const facts = Array.from({ length: LIMITS.auditEntriesAtStartMax + 1 }, (_, at) =>
    createFact(`f${at}`, at < 300 ? [putProof(`p${at}`)] : []),
  )
  while (facts.length > 0) await Promise.all(facts.splice(0, 10_000).map(async (fact) => await log.record(fact)))
  await log.close()
  const source = { store, org: 'org_test', origin: testOrigin, key: testSigner.key }
  expect((await auditAtStart(source, 256)).findings).toEqual([])
  store.rows.set('signing_keys/key_mine', { body: '{}', salt: '', counters: {}, version: 1, entry: 7 })
  expect((await auditAtStart(source, 256)).findings).toMatchObject([
    { what: 'row', row: 'signing_keys/key_mine', index: 7 },
  ])
})
