import type { Approval } from '../../contract/approval/approval.ts'
import type { AskedCall } from '../../contract/approval/envelope.ts'
import { bindPolicies } from '../../decide/approval/usable.ts'
import type { PolicyShelf } from '../../decide/policy/shelf.ts'
import type { House } from '../house.ts'

/** True where the policies decide without a break under which people were asked about this call. */
export function isBoundTo(shelf: PolicyShelf, { policyVersion }: AskedCall): boolean {
  return policyVersion === bindPolicies({ policies: shelf.enforced(), publication: shelf.publication() })
}

/**
 * Of these approvals, the ids of those that wait and that no yes lets count: of a call, since other policies decide than when it
 * was asked; of policies, since another version came into force than that in whose place they were put up.
 */
export async function findOutdated(
  { policies, register, clock }: Pick<House, 'policies' | 'register' | 'clock'>,
  approvals: readonly Approval[],
): Promise<readonly string[]> {
  const atMs = clock.nowMs()
  const waiting = approvals.filter(({ state, expiresMs }) => state === 'pending' && atMs < expiresMs)
  const looked = await Promise.all(
    waiting.map(async ({ id, subject, subjectId, call }) => {
      if (subject === 'policy') return (await isOvertaken(register, subjectId)) ? [id] : []
      return call === undefined || isBoundTo(policies.shelf, call) ? [] : [id]
    }),
  )
  return looked.flat()
}

async function isOvertaken(register: House['register'], versionId: string): Promise<boolean> {
  const version = await register.policyVersion(versionId)
  if (version === undefined) return false
  return ((await register.policyDomain(version.domain))?.enforced ?? null) !== version.basis
}
