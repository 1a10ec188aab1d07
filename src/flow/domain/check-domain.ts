import type { PersonCaller } from '../../authenticate/caller.ts'
import { POLICY_READERS, type PolicyChange, type PolicyNote } from '../../contract/policy.ts'
import type { CheckedDomain } from '../../decide/domain/check/check-domain-apart.ts'
import type { PolicyFile } from '../../decide/policy/policy.ts'
import { noteFailure } from '../../decide/policy/trial/run-trials.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { requireRole } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import type { Validation } from '../policy/read-policies.ts'
import { refuseFaults } from '../policy/refuse-faults.ts'
import { readFiles, requireStandingOf } from '../policy/standing.ts'
import type { Tested } from '../policy/test-policies.ts'
import { requireDomainVersion } from './show-version.ts'

/** The files of a domain, whether or not it is there. */
export interface DomainFiles {
  readonly domain: string
  readonly files: readonly PolicyFile[]
}

/** Reads and validates what could be published as a domain; changes nothing, and looks at nothing that is published. */
export async function validateDomain(house: House, { domain: name, files }: DomainFiles): Promise<Validation> {
  const found = await readCandidate(house, { domain: name, files })
  if ('faults' in found) return { isValid: false, faults: found.faults, warnings: [], policies: 0, digest: null }
  const { warnings, policies, version, testFaults: faults } = found.domain
  return { isValid: faults.length === 0, faults, warnings, policies, digest: version }
}

/**
 * Asks the files of a domain what its test files expect of them; changes nothing. Errors: `policies_invalid`,
 * `request_invalid` where there is no test file.
 */
export async function testDomain(house: House, { domain: name, files }: DomainFiles): Promise<Tested> {
  const { testFaults, cases, results } = await house.domains.check(name, files, 'asked')
  refuseFaults(testFaults, name)
  if (cases === 0)
    throw new RemitError('request_invalid', {
      detail: 'There is no case to test: name a folder with *.test.json files.',
    })
  return { cases: results, failed: results.filter(({ ok }) => !ok).length }
}

/** Gives a fault for each case that failed, and for each test file that is wrong. */
export function findDomainFailures({ testFaults, results }: CheckedDomain): readonly PolicyNote[] {
  return [...testFaults, ...results.filter(({ ok }) => !ok).map(noteFailure)]
}

/** How two versions of a domain differ, entities and schema too. */
export interface DomainDifference {
  readonly against: number
  /** Whatever changes in a domain may allow what was denied: its policies and its entities decide together. */
  readonly effect: 'loosens'
  readonly changes: readonly PolicyChange[]
}

/**
 * Says how files differ from the version of a domain that decides, or another one. Errors: `role_missing`, `policies_invalid`, `not_found`.
 */
export async function diffDomain(
  house: House,
  caller: PersonCaller,
  wanted: DomainFiles & { readonly against: number | null },
): Promise<DomainDifference> {
  requireRole(caller.person, POLICY_READERS)
  const other =
    wanted.against === null
      ? (await requireStandingOf(house.register, wanted.domain)).enforced
      : await requireDomainVersion(house, wanted.domain, wanted.against)
  const before = await readFiles(house.register, other)
  const { changes } = await house.domains.compare(wanted.domain, wanted.files, before)
  return { against: other.number, effect: 'loosens', changes }
}

async function readCandidate(
  house: House,
  { domain: name, files }: DomainFiles,
): Promise<{ readonly domain: CheckedDomain } | { readonly faults: readonly PolicyNote[] }> {
  try {
    return { domain: await house.domains.check(name, files, 'read') }
  } catch (error) {
    if (!isError(error, 'policies_invalid')) throw error
    return { faults: error.facts['faults'] as readonly PolicyNote[] } // as `refuseDomain` made it
  }
}
