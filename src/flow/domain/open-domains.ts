import { type Kept, requireVersion } from '../../contract/change.ts'
import { ownDomain, type PolicyDomain, type PolicyVersion, policyVersionId } from '../../contract/policy.ts'
import { createDomainsApart, type DomainsApart } from '../../decide/domain/check/check-domain-apart.ts'
import type { Domain } from '../../decide/domain/domain.ts'
import { createDomainShelf } from '../../decide/domain/domain-shelf.ts'
import type { ReportMismatch } from '../../decide/policy/load-policies.ts'
import type { PolicyFile } from '../../decide/policy/policy.ts'
import type { Clock } from '../../ground/clock.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { oneByOne } from '../../ground/one-by-one.ts'
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
 * told of: it holds up nothing else. Errors: `store_failed`, `store_damaged`.
 */
export async function openDomains({ register, report, noteFault, clock }: DomainSources): Promise<DomainDesk> {
  const apart = createDomainsApart(clock, report, noteFault)
  const prepared = createPrepared(apart)
  const refresh = createRefresh({ register, apart, noteFault, prepared })
  await refresh.run()
  const checked = (name: string, files: readonly PolicyFile[], tests: Tests, before: readonly PolicyFile[] | null) =>
    apart.check({
      name,
      texts: sortFiles(files),
      isNew: tests !== 'none',
      tests: tests === 'none' ? [] : files.filter((file) => file.name.endsWith('.test.json')),
      isTested: tests === 'asked',
      before: before === null ? null : sortFiles(before),
    })
  return {
    find: refresh.find,
    check: (name, files, tests) => checked(name, files, tests, null),
    compare: (name, files, before) => checked(name, files, 'none', before),
    make: (name, files) => apart.make(name, sortFiles(files)),
    prepare: prepared.prepare,
    refresh: refresh.run,
  }
}

/** Domains that were made for versions about to come into force: few, since each is large. */
interface Prepared {
  readonly prepare: DomainDesk['prepare']
  readonly find: (of: Pick<InForce, 'name' | 'digest'>) => Domain | undefined
}

function createPrepared({ make }: DomainsApart): Prepared {
  let made: readonly Domain[] = []
  return {
    prepare: async (name, files) => {
      const domain = await make(name, sortFiles(files))
      made = [domain, ...made].slice(0, LIMITS.domainsPreparedMax)
      return domain
    },
    find: ({ name, digest }) => made.find((domain) => domain.name === name && domain.version === digest),
  }
}

interface Refreshing extends Pick<DomainSources, 'register' | 'noteFault'> {
  readonly apart: DomainsApart
  readonly prepared: Prepared
}

function createRefresh({ register, apart, noteFault, prepared }: Refreshing) {
  const shelf = createDomainShelf()
  const find = (known: Domain | null | undefined, of: InForce): Domain | undefined =>
    known?.version === of.digest ? known : prepared.find(of)
  const load = async (of: InForce): Promise<Domain | null> => {
    try {
      return await loadDomain(of, register, apart)
    } catch (error) {
      if (!isError(error, 'policies_invalid')) throw error
      noteFault(error)
      return null
    }
  }
  const versionOf = async (name: string, number: number) => await register.policyVersion(policyVersionId(name, number))
  const put = async (row: Kept<PolicyDomain>): Promise<void> => {
    const { name, enforced, digest } = row
    const guards = [requireVersion('policy_domains', row)]
    const inForce = { name, digest, version: await versionOf(name, enforced) }
    const beside = row.shadow === null ? undefined : await versionOf(name, row.shadow)
    const observed = beside === undefined ? null : { name, digest: beside.digest, version: beside }
    const [known, knownBeside] = [
      find(shelf.find(name)?.domain, inForce),
      observed === null ? null : find(shelf.find(name)?.shadow, observed),
    ]
    // what is there already goes on to decide under the row as it is now, whatever else has to be made first
    if (known !== undefined) shelf.put({ domain: known, shadow: knownBeside ?? null, guards })
    const domain = known ?? (await load(inForce))
    if (domain === null) return
    const shadow = observed === null ? null : (knownBeside ?? (await load(observed)))
    shelf.put({ domain, shadow, guards })
  }
  // one that began later has read later: it must not be overtaken by an earlier one that had more to make
  const run = oneByOne(async (): Promise<void> => {
    const rows = await register.policyDomains({ limit: LIMITS.domainsMax + 1 })
    for (const row of rows.filter(({ name }) => name !== ownDomain)) await put(row)
  })
  return { run, find: (name: string) => shelf.find(name) }
}

/** A version that decides in a domain or is observed there, and the digest that it has as it came there. */
interface InForce {
  readonly name: string
  readonly digest: string
  readonly version: Kept<PolicyVersion> | undefined
}

async function loadDomain(
  { name, digest, version }: InForce,
  register: DomainSources['register'],
  { load }: DomainsApart,
): Promise<Domain> {
  if (version === undefined)
    throw new RemitError('store_damaged', { detail: `A version of the domain ${name} is not in the store.` })
  const domain = await load(name, sortFiles(await readFiles(register, version)))
  // its files are as they were kept, or they had not been read: it is Remit that has changed
  if (domain.version !== digest)
    throw new RemitError('policies_invalid', {
      detail: `The domain ${name} is read otherwise than when it came into force; publish it again.`,
    })
  return domain
}
