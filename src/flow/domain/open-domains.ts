import { type Kept, requireVersion } from '../../contract/change.ts'
import { ownDomain, type PolicyDomain, type PolicyVersion, policyVersionId } from '../../contract/policy.ts'
import { createCheckDomainApart } from '../../decide/domain/check/check-domain-apart.ts'
import { compileDomain } from '../../decide/domain/compile-domain.ts'
import type { Domain, DomainTexts } from '../../decide/domain/domain.ts'
import { createDomainShelf } from '../../decide/domain/domain-shelf.ts'
import type { ReportMismatch } from '../../decide/policy/load-policies.ts'
import type { PolicyFile } from '../../decide/policy/policy.ts'
import type { Clock } from '../../ground/clock.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { RegisterStore } from '../../register/store.ts'
import { readFiles } from '../policy/standing.ts'
import type { DomainDesk, Tests } from './desk.ts'
import { sortFiles } from './domain-texts.ts'

/** Where domains are found, and who is told what is wrong with one. */
export interface DomainSources {
  readonly register: Pick<RegisterStore, 'policyDomains' | 'policyVersion' | 'payload'>
  readonly report: ReportMismatch
  readonly noteFault: (fault: unknown) => void
  readonly clock: Pick<Clock, 'sleep'>
}

/**
 * Puts the domains in force on a shelf. One that cannot be made any more, since Remit itself changed, is not there and is
 * told of: it holds up nothing else. Errors: `store_failed`.
 */
export async function openDomains({ register, report, noteFault, clock }: DomainSources): Promise<DomainDesk> {
  const shelf = createDomainShelf()
  const make = async (known: Domain | null | undefined, of: InForce): Promise<Domain | null> => {
    if (known?.version === of.digest) return known ?? null
    try {
      return await readDomain(of, register, report)
    } catch (error) {
      if (!isError(error, 'policies_invalid')) throw error
      noteFault(error)
      return null
    }
  }
  const makeShadow = async ({ name, shadow }: PolicyDomain): Promise<Domain | null> => {
    const version = shadow === null ? undefined : await register.policyVersion(policyVersionId(name, shadow))
    if (version === undefined) return null
    return await make(shelf.find(name)?.shadow, { name, digest: version.digest, version })
  }
  const refresh = async (): Promise<void> => {
    const rows = await register.policyDomains({ limit: LIMITS.domainsMax + 1 })
    for (const row of rows.filter(({ name }) => name !== ownDomain)) {
      const { name, enforced, digest } = row
      const version = await register.policyVersion(policyVersionId(name, enforced))
      const domain = await make(shelf.find(name)?.domain, { name, digest, version })
      if (domain === null) continue
      shelf.put({ domain, shadow: await makeShadow(row), guards: [requireVersion('policy_domains', row)] })
    }
  }
  await refresh()
  const compile = (name: string, texts: DomainTexts) => Promise.resolve().then(() => compileDomain(name, texts, report))
  const checkApart = createCheckDomainApart(clock, noteFault)
  const check = (name: string, files: readonly PolicyFile[], tests: Tests) =>
    checkApart({
      name,
      texts: sortFiles(files),
      tests: tests === 'none' ? [] : files.filter((file) => file.name.endsWith('.test.json')),
      isTested: tests === 'asked',
    })
  return { find: (name) => shelf.find(name), check, compile, refresh }
}

/** A version that decides in a domain or is observed there, and the digest that it has as it came there. */
interface InForce {
  readonly name: string
  readonly digest: string
  readonly version: Kept<PolicyVersion> | undefined
}

async function readDomain(
  { name, digest, version }: InForce,
  register: DomainSources['register'],
  report: ReportMismatch,
): Promise<Domain> {
  if (version === undefined)
    throw new RemitError('store_failed', { detail: `A version of the domain ${name} is not in the store.` })
  const domain = compileDomain(name, sortFiles(await readFiles(register, version)), report)
  // its files are as they were kept, or they had not been read: it is Remit that has changed
  if (domain.version !== digest)
    throw new RemitError('policies_invalid', {
      detail: `The domain ${name} is read otherwise than when it came into force; publish it again.`,
    })
  return domain
}
