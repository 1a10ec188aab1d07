import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Kept } from '../../contract/change.ts'
import {
  ownDomain,
  POLICY_READERS,
  type PolicyNote,
  type PolicyVersion,
  policyVersionId,
} from '../../contract/policy.ts'
import { comparePolicies, type PolicyDifference } from '../../decide/policy/check/compare-policies.ts'
import type { Policy, PolicyFile } from '../../decide/policy/policy.ts'
import { readTrials } from '../../decide/policy/trial/trial-case.ts'
import { RemitError } from '../../ground/errors.ts'
import { requireRole } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import { policiesOf } from './publish-policies.ts'
import { refuseFaults } from './refuse-faults.ts'
import { readFiles, requireStanding } from './standing.ts'

/** What decides now, what is observed beside it, and what deserves a second look in it. */
export interface PoliciesInForce {
  readonly version: Kept<PolicyVersion>
  /** Digest of the whole set as entries of decisions name it. */
  readonly digest: string
  readonly policies: number
  readonly shadow: Kept<PolicyVersion> | null
  readonly warnings: readonly PolicyNote[]
}

/** Says what decides now. */
export async function readInForce({ register, policies }: House): Promise<PoliciesInForce> {
  const { domain, enforced, shadow } = await requireStanding(register)
  const { warnings, byId } = policies.shelf.enforced()
  return { version: enforced, digest: domain.digest, policies: byId.size, shadow, warnings }
}

/** A version, its files as they were published, and every policy of the set as it is with what comes with Remit now. */
export interface VersionShown {
  readonly version: Kept<PolicyVersion>
  readonly files: readonly PolicyFile[]
  readonly policies: readonly Policy[]
}

/** Shows a version with all its texts. Errors: `role_missing`, `not_found`. */
export async function showVersion(house: House, caller: PersonCaller, number: number): Promise<VersionShown> {
  requireRole(caller.person, POLICY_READERS)
  const version = await requireVersionNumbered(house, number)
  const files = await readFiles(house.register, version)
  const { checked } = await house.policies.sets.read(files)
  return {
    version,
    files,
    policies: checked.policies.map(({ json: _json, column: _column, body: _body, ...policy }) => policy),
  }
}

/** What was found in a set that somebody asked about. */
export interface Validation {
  readonly isValid: boolean
  readonly faults: readonly PolicyNote[]
  readonly warnings: readonly PolicyNote[]
  /** How many policies, the shipped ones counted. */
  readonly policies: number
  /** Digest of the set; null where it is not valid. */
  readonly digest: string | null
}

/** Reads and validates what could be published; changes nothing, and looks at nothing that is published. */
export async function validatePolicies(house: House, files: readonly PolicyFile[]): Promise<Validation> {
  const { checked, version } = await house.policies.sets.read(files)
  const { warnings, policies } = checked
  const faults = [...checked.faults, ...readTrials(files).faults]
  const isValid = faults.length === 0
  return { isValid, faults, warnings, policies: policies.length, digest: isValid ? version : null }
}

/**
 * How a set differs from the version that decides, or from another one, and what publishing it would ask for. Errors:
 * `role_missing`, `policies_invalid`, `not_found`.
 */
export async function diffPolicies(
  house: House,
  caller: PersonCaller,
  files: readonly PolicyFile[],
  against: number | null,
): Promise<PolicyDifference & { readonly against: number }> {
  requireRole(caller.person, POLICY_READERS)
  const { checked } = await house.policies.sets.read(files)
  refuseFaults(checked.faults)
  const standing = await requireStanding(house.register)
  if (against === null)
    return {
      against: standing.enforced.number,
      ...comparePolicies(await policiesOf(house, standing), checked.policies),
    }
  const other = await requireVersionNumbered(house, against)
  const before = await house.policies.sets.read(await readFiles(house.register, other))
  return { against, ...comparePolicies(before.checked.policies, checked.policies) }
}

async function requireVersionNumbered({ register }: House, number: number): Promise<Kept<PolicyVersion>> {
  const version = await register.policyVersion(policyVersionId(ownDomain, number))
  if (version === undefined) throw new RemitError('not_found', { detail: `There is no policy version ${number}.` })
  return version
}
