import type { PersonCaller } from '../../authenticate/caller.ts'
import { POLICY_READERS, type PolicyChange, type PolicyNote } from '../../contract/policy.ts'
import { compareDomains } from '../../decide/domain/compare-domains.ts'
import type { Domain } from '../../decide/domain/domain.ts'
import { readDomainTrials, runDomainTrials } from '../../decide/domain/trial/domain-trials.ts'
import type { PolicyFile } from '../../decide/policy/policy.ts'
import { describeFailure } from '../../decide/policy/trial/run-trials.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { requireRole } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import type { Validation } from '../policy/read-policies.ts'
import { refuseFaults } from '../policy/refuse-faults.ts'
import { readFiles, requireStandingOf } from '../policy/standing.ts'
import { runInTurns, type Tested } from '../policy/test-policies.ts'
import { sortFiles } from './domain-texts.ts'
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
  const { warnings, byId, version } = found.domain
  const { faults } = readDomainTrials(files)
  return { isValid: faults.length === 0, faults, warnings, policies: byId.size, digest: version }
}

/**
 * Asks the files of a domain what its test files expect of them; changes nothing. Errors: `policies_invalid`,
 * `request_invalid` where there is no test file.
 */
export async function testDomain(house: House, { domain: name, files }: DomainFiles): Promise<Tested> {
  const domain = await house.domains.compile(name, sortFiles(files))
  const { cases, faults } = readDomainTrials(files)
  refuseFaults(faults)
  if (cases.length === 0)
    throw new RemitError('request_invalid', {
      detail: 'There is no case to test: name a folder with *.test.json files.',
    })
  const results = await runInTurns(house, cases, (slice) => runDomainTrials(domain, slice))
  return { cases: results, failed: results.filter(({ ok }) => !ok).length }
}

/** Gives a fault for each case that fails, and for each test file that is wrong. */
export async function findDomainFailures(
  house: Pick<House, 'clock'>,
  domain: Domain,
  files: readonly PolicyFile[],
): Promise<readonly PolicyNote[]> {
  const { cases, faults } = readDomainTrials(files)
  const results = await runInTurns(house, cases, (slice) => runDomainTrials(domain, slice))
  const failed = results.filter(({ ok }) => !ok)
  const notes = failed.map((result) => ({
    ...PLACELESS,
    file: result.file,
    line: 1,
    sentence: describeFailure(result),
  }))
  return [...faults, ...notes.map((note) => ({ ...note, column: 1, kind: 'test' }))]
}

/** How two versions of a domain differ, entities and schema too. */
export interface DomainDifference {
  readonly against: number
  /** Whatever changes in a domain may allow what was denied: its policies and its entities decide together. */
  readonly effect: 'loosens'
  readonly changes: readonly PolicyChange[]
}

/** Says how files differ from the version of a domain that decides, or another one. Errors: `role_missing`, `policies_invalid`, `not_found`. */
export async function diffDomain(
  house: House,
  caller: PersonCaller,
  wanted: DomainFiles & { readonly against: number | null },
): Promise<DomainDifference> {
  requireRole(caller.person, POLICY_READERS)
  await house.domains.compile(wanted.domain, sortFiles(wanted.files))
  const other =
    wanted.against === null
      ? (await requireStandingOf(house.register, wanted.domain)).enforced
      : await requireDomainVersion(house, wanted.domain, wanted.against)
  const before = sortFiles(await readFiles(house.register, other))
  return { against: other.number, effect: 'loosens', changes: compareDomains(before, sortFiles(wanted.files)) }
}

const PLACELESS: PolicyNote = { file: '', line: 0, column: 0, id: null, kind: 'form', sentence: '', hint: null }

async function readCandidate(
  house: House,
  { domain: name, files }: DomainFiles,
): Promise<{ readonly domain: Domain } | { readonly faults: readonly PolicyNote[] }> {
  try {
    return { domain: await house.domains.compile(name, sortFiles(files)) }
  } catch (error) {
    if (!isError(error, 'policies_invalid')) throw error
    return { faults: [placeFault(error.detail)] }
  }
}

/** A domain is read up to its first fault, which says where it is. */
function placeFault(detail: string): PolicyNote {
  const [, file, line, column = '1', sentence] = /^([\w.-]+\.cedar):(\d+)(?::(\d+))?:? (.*)$/su.exec(detail) ?? []
  if (file === undefined || sentence === undefined) return { ...PLACELESS, sentence: detail }
  return { ...PLACELESS, file, line: Number(line), column: Number(column), sentence }
}
