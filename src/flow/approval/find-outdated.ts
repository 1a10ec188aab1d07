import type { Approval } from '../../contract/approval/approval.ts'
import type { AskedCall } from '../../contract/approval/envelope.ts'
import { bindPolicies } from '../../decide/approval/usable.ts'
import type { PolicyShelf } from '../../decide/policy/shelf.ts'
import type { House } from '../house.ts'

/** True where the policies decide without a break under which people were asked about this call. */
export function isBoundTo(shelf: PolicyShelf, { policyVersion }: AskedCall): boolean {
  return policyVersion === bindPolicies({ policies: shelf.enforced(), publication: shelf.publication() })
}

/** Of these approvals, the ids of those that wait and that no yes lets count, since other policies decide than when they were asked. */
export function findOutdated(
  { policies, clock }: Pick<House, 'policies' | 'clock'>,
  approvals: readonly Approval[],
): readonly string[] {
  const atMs = clock.nowMs()
  return approvals
    .filter(({ state, expiresMs }) => state === 'pending' && atMs < expiresMs)
    .filter(({ call }) => call !== undefined && !isBoundTo(policies.shelf, call))
    .map(({ id }) => id)
}
