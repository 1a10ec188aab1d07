import { type Kept, requireVersion } from '../../contract/change.ts'
import { ownDomain, type PolicyDomain, policyVersionId } from '../../contract/policy.ts'
import { compileDomain } from '../../decide/domain/compile-domain.ts'
import type { Domain } from '../../decide/domain/domain.ts'
import { createDomainShelf } from '../../decide/domain/domain-shelf.ts'
import type { ReportMismatch } from '../../decide/policy/load-policies.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { RegisterStore } from '../../register/store.ts'
import { readFiles } from '../policy/standing.ts'
import type { DomainDesk } from './desk.ts'
import { sortFiles } from './domain-texts.ts'

/** Where domains are found, and who is told what is wrong with one. */
export interface DomainSources {
  readonly register: Pick<RegisterStore, 'policyDomains' | 'policyVersion' | 'payload'>
  readonly report: ReportMismatch
  readonly noteFault: (fault: unknown) => void
}

/**
 * Puts the domains in force on a shelf. One that cannot be made any more, since Remit itself changed, is not there and is
 * told of: it holds up nothing else. Errors: `store_failed`.
 */
export async function openDomains({ register, report, noteFault }: DomainSources): Promise<DomainDesk> {
  const shelf = createDomainShelf()
  const make = async (row: Kept<PolicyDomain>): Promise<Domain | null> => {
    const known = shelf.find(row.name)?.domain
    if (known?.version === row.digest) return known
    try {
      return await readDomain(register, row, report)
    } catch (error) {
      if (!isError(error, 'policies_invalid')) throw error
      noteFault(error)
      return null
    }
  }
  const refresh = async (): Promise<void> => {
    const rows = await register.policyDomains({ limit: LIMITS.domainsMax + 1 })
    for (const row of rows.filter(({ name }) => name !== ownDomain)) {
      const domain = await make(row)
      if (domain !== null) shelf.put({ domain, guards: [requireVersion('policy_domains', row)] })
    }
  }
  await refresh()
  return { find: (name) => shelf.find(name), compile: (name, texts) => compileDomain(name, texts, report), refresh }
}

async function readDomain(
  register: DomainSources['register'],
  { name, enforced, digest }: PolicyDomain,
  report: ReportMismatch,
): Promise<Domain> {
  const version = await register.policyVersion(policyVersionId(name, enforced))
  if (version === undefined)
    throw new RemitError('store_failed', {
      detail: `The version ${enforced} of the domain ${name} is not in the store.`,
    })
  const domain = compileDomain(name, sortFiles(await readFiles(register, version)), report)
  // its files are as they were kept, or they had not been read: it is Remit that has changed
  if (domain.version !== digest)
    throw new RemitError('policies_invalid', {
      detail: `The domain ${name} is read otherwise than when it came into force; publish it again.`,
    })
  return domain
}
