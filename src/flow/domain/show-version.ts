import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Kept } from '../../contract/change.ts'
import { ownDomain, POLICY_READERS, type PolicyVersion, policyVersionId } from '../../contract/policy.ts'
import type { PolicyFile } from '../../decide/policy/policy.ts'
import { requireRole } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import { readFiles, refuseUnknown } from '../policy/standing.ts'

/** A version of a domain, and its files as they were put up: policies, schema and entities. */
export interface DomainVersionShown {
  readonly version: Kept<PolicyVersion>
  readonly files: readonly PolicyFile[]
}

/**
 * Shows a version of a domain with all its texts, for those who answer for it: its entities are data of another
 * application. Errors: `role_missing`, `not_found`.
 */
export async function showDomainVersion(
  house: Pick<House, 'register'>,
  caller: PersonCaller,
  domain: string,
  number: number,
): Promise<DomainVersionShown> {
  requireRole(caller.person, POLICY_READERS)
  const version = await requireDomainVersion(house, domain, number)
  return { version, files: await readFiles(house.register, version) }
}

/** Reads a version of a domain of another application. Errors: `not_found`. */
export async function requireDomainVersion(
  { register }: Pick<House, 'register'>,
  domain: string,
  number: number,
): Promise<Kept<PolicyVersion>> {
  const version = domain === ownDomain ? undefined : await register.policyVersion(policyVersionId(domain, number))
  if (version === undefined) throw refuseUnknown(domain, 'There is no such version of a domain of this name.')
  return version
}
