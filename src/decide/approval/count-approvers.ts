import type { Reason } from '../../contract/decision.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Hearing } from '../hearing.ts'
import { type ActFacts, findRelied } from '../laws/act.ts'

/**
 * How many different people must say yes: as many as any policy that holds the act for approval asks for, and any
 * entitlement of the chain under which it would pass.
 */
export function countApprovers({ policies }: Hearing, facts: ActFacts, needs: readonly Reason[]): number {
  const ofPolicies = needs.map(({ rule }) => policies.byId.get(rule)?.approvers ?? 1)
  const ofEntitlements = findRelied(facts).map((row) => (row.approval === 'none' ? 1 : (row.approvers ?? 1)))
  return Math.min(LIMITS.approversMax, Math.max(1, ...ofPolicies, ...ofEntitlements))
}
