import type { PolicyNote } from '../../../contract/policy.ts'
import { isError } from '../../../ground/errors.ts'
import { finishAtOnce } from '../../../ground/in-turns.ts'
import { describeMismatch } from '../../policy/checked-engine.ts'
import { compareDomains } from '../compare-domains.ts'
import { assembleDomain } from '../compile-domain.ts'
import { readDomain } from '../read/domain.ts'
import { readDomainTrials, runDomainTrials } from '../trial/domain-trials.ts'
import type { DomainAsked, DomainToCheck, DomainTold } from './check-domain-apart.ts'
import { tellDomain } from './told-domain.ts'

/** Does what was asked, and gives what is to be told of it; of what cannot be a domain, what is wrong with it. */
export function workOnDomain(asked: DomainAsked): DomainTold {
  try {
    if ('check' in asked) return check(asked.check)
    const { name, texts } = asked.read
    return { read: tellDomain(readDomain(name, texts)) }
  } catch (error) {
    if (!isError(error, 'policies_invalid')) throw error
    const { faults } = error.facts as { readonly faults: readonly PolicyNote[] } // as `refuseDomain` made it
    return { faults }
  }
}

function check({ name, texts, isNew, tests, isTested, before }: DomainToCheck): DomainTold {
  const mismatches: string[] = []
  const read = readDomain(name, texts, isNew)
  const { cases, faults } = readDomainTrials(tests)
  const domain = finishAtOnce(assembleDomain(read, (mismatch) => mismatches.push(describeMismatch(mismatch).message)))
  const { version, text, warnings, byId, entities, schema } = domain
  const counts = { policies: byId.size, entities: entities.told.size, hasSchema: schema !== null }
  const tried = { testFaults: faults, cases: cases.length, results: isTested ? runDomainTrials(domain, cases) : [] }
  const changes = before === null ? [] : compareDomains(before, texts)
  return { checked: { name, version, text, warnings, ...counts, ...tried, changes }, mismatches }
}
