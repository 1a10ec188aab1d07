import { parentPort, workerData } from 'node:worker_threads'
import { isError } from '../../../ground/errors.ts'
import { describeMismatch } from '../../policy/checked-engine.ts'
import { compileDomain } from '../compile-domain.ts'
import { readDomainTrials, runDomainTrials } from '../trial/domain-trials.ts'
import type { DomainToCheck, ToldDomain } from './check-domain-apart.ts'

// What `check-domain-apart.ts` starts: it checks the one domain that it was given, tells, and ends.
parentPort?.postMessage(check(workerData as DomainToCheck))

function check({ name, texts, tests, isTested }: DomainToCheck): ToldDomain {
  const mismatches: string[] = []
  try {
    const domain = compileDomain(name, texts, (mismatch) => mismatches.push(describeMismatch(mismatch).message))
    const { cases, faults } = readDomainTrials(tests)
    const { version, text, warnings, byId, entities, schema } = domain
    const counts = { policies: byId.size, entities: entities.told.size, hasSchema: schema !== null }
    const tried = { testFaults: faults, cases: cases.length, results: isTested ? runDomainTrials(domain, cases) : [] }
    return { checked: { name: domain.name, version, text, warnings, ...counts, ...tried }, mismatches }
  } catch (error) {
    if (isError(error, 'policies_invalid')) return { fault: error.detail }
    throw error
  }
}
