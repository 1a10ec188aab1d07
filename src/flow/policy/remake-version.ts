import type { Kept } from '../../contract/change.ts'
import { ownDomain, type PolicyVersion } from '../../contract/policy.ts'
import { isError } from '../../ground/errors.ts'
import type { House } from '../house.ts'
import { readFiles } from './standing.ts'

/** The text of what would decide, made anew out of the files of a version; or why it is not what was put up any more. */
export type Remade = { readonly text: string } | { readonly fault: string }

/** Makes a version anew, as it would decide. Errors: those of `PolicySets`, `store_failed`, `store_damaged`. */
export function remakeVersion(house: House, version: Kept<PolicyVersion>): Promise<Remade> {
  return version.domain === ownDomain ? remakeOwn(house, version) : remakeDomain(house, version)
}

async function remakeOwn({ policies, register }: House, version: Kept<PolicyVersion>): Promise<Remade> {
  const candidate = await policies.sets.read(await readFiles(register, version))
  if (candidate.version !== version.digest) return { fault: 'what comes with Remit changed since it was put up' }
  await candidate.policies() // what cannot be made does not come into force
  return { text: candidate.text }
}

const CHANGED: Remade = { fault: 'Remit reads it otherwise than when it was put up' }

async function remakeDomain({ domains, register }: House, version: Kept<PolicyVersion>): Promise<Remade> {
  try {
    const domain = await domains.prepare(version.domain, await readFiles(register, version))
    return domain.version === version.digest ? { text: domain.text } : CHANGED
  } catch (error) {
    if (isError(error, 'policies_invalid')) return CHANGED
    throw error
  }
}
