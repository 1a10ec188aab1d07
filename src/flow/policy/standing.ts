import { insert, type Kept } from '../../contract/change.ts'
import { ownDomain, type PolicyVersion, policyVersionId } from '../../contract/policy.ts'
import type { PolicyFile } from '../../decide/policy/policy.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
import { digestText } from '../../ground/digest.ts'
import { RemitError } from '../../ground/errors.ts'
import type { Ids } from '../../ground/ids.ts'
import type { PolicyStanding } from '../../register/policy.ts'
import type { RegisterStore } from '../../register/store.ts'

/**
 * Reads what stands in force in a domain; undefined before a first version of it is, or the first start of a house has said
 * so. Errors: `store_failed`, `store_damaged`.
 */
export async function readStanding(register: RegisterStore, name = ownDomain): Promise<PolicyStanding | undefined> {
  const domain = await register.policyDomain(name)
  if (domain === undefined) return undefined
  const [enforced, shadow] = await Promise.all([
    register.policyVersion(policyVersionId(name, domain.enforced)),
    domain.shadow === null ? null : register.policyVersion(policyVersionId(name, domain.shadow)),
  ])
  if (enforced === undefined)
    throw new RemitError('store_damaged', { detail: `The policy version ${domain.enforced} is not in the store.` })
  return { domain, enforced, shadow: shadow ?? null }
}

/** As `readStanding`, of a house that has started. */
export async function requireStanding(register: RegisterStore): Promise<PolicyStanding> {
  const standing = await readStanding(register)
  if (standing === undefined) throw new RemitError('stopping', { detail: 'No policy stands in force yet.' })
  return standing
}

/** As `readStanding`, of a domain of another application. Errors: `not_found` where nothing of this name decides. */
export async function requireStandingOf(register: RegisterStore, name: string): Promise<PolicyStanding> {
  const standing = name === ownDomain ? undefined : await readStanding(register, name)
  if (standing === undefined) throw refuseUnknown(name, 'No version of a domain of this name decides here.')
  return standing
}

/** Gives the no to whoever named a domain, or something of one, that is not there. */
export function refuseUnknown(domain: string, detail: string): RemitError {
  return new RemitError('not_found', { detail, facts: { domain } })
}

const saltBytes = 16

/** Gives the payload that keeps an organisation's files as they were published; null where there are none. */
export function packFiles(files: readonly PolicyFile[], ids: Pick<Ids, 'secret'>) {
  if (files.length === 0) return { id: null, changes: [] }
  const salt = ids.secret(saltBytes)
  const body = canonicalJson({ files: files.map(({ name, text }) => ({ name, text })) })
  const id = digestText(salt + body)
  return { id, changes: [insert('payloads', { id, salt, body })] }
}

/** Reads the files of a version as they were published. Errors: `store_damaged` where they are gone or others; `store_failed`. */
export async function readFiles(
  register: Pick<RegisterStore, 'payload'>,
  { id, files }: Pick<Kept<PolicyVersion>, 'id' | 'files'>,
): Promise<readonly PolicyFile[]> {
  if (files === null) return []
  const payload = await register.payload(files)
  if (payload === undefined || digestText(payload.salt + payload.body) !== files)
    throw new RemitError('store_damaged', {
      detail: `The files of the policy version ${id} are not as they were kept.`,
    })
  return (JSON.parse(payload.body) as { readonly files: readonly PolicyFile[] }).files // as `packFiles` wrote it
}

/** Gives the number that the next version of a domain gets. Two at once get the same, and one of them is a conflict. */
export async function nextNumber(register: Pick<RegisterStore, 'policyVersions'>, domain = ownDomain): Promise<number> {
  const [newest] = await register.policyVersions(domain, { limit: 1, newestFirst: true })
  return (newest?.number ?? 0) + 1
}
