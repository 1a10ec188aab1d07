import type { Kept } from '../../contract/change.ts'
import { type PolicyVersion, policyVersionId } from '../../contract/policy.ts'
import type { PolicyFile } from '../../decide/policy/policy.ts'
import { RemitError } from '../../ground/errors.ts'
import type { House } from '../house.ts'
import { readFiles } from '../policy/standing.ts'

/** A version of a domain, and its files as they were put up: policies, schema and entities. */
export interface DomainVersionShown {
  readonly version: Kept<PolicyVersion>
  readonly files: readonly PolicyFile[]
}

/** Shows a version of a domain with all its texts, for those who answer for it. Errors: `not_found`. */
export async function showDomainVersion(
  { register }: Pick<House, 'register'>,
  domain: string,
  number: number,
): Promise<DomainVersionShown> {
  const version = await register.policyVersion(policyVersionId(domain, number))
  if (version === undefined)
    throw new RemitError('not_found', { detail: 'There is no such version of a domain of this name.' })
  return { version, files: await readFiles(register, version) }
}
