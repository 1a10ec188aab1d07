import type { Kept } from '../../contract/change.ts'
import { type Entitlement, isInForce } from '../../contract/register/entitlement.ts'
import type { Identity } from '../../contract/register/identity.ts'
import type { ResourceRule, ToolRule } from '../../contract/register/purpose.ts'
import type { Grant, Scope } from '../../contract/scope.ts'
import { isWithinCeiling } from '../../contract/sensitivity.ts'
import { nearestScope } from '../../decide/coverage.ts'
import { findReachSensitivity } from '../../decide/reviewed/sensitivity.ts'
import { unique } from '../../ground/unique.ts'
import type { House } from '../house.ts'

/** What an entitlement lets its identity reach in a task that nobody has opened yet; `scope` can be asked for as it stands. */
export interface Openable {
  readonly entitlementId: string
  readonly entry: number
  readonly endsMs: number
  readonly scope: Scope
}

/** Finds by which of its own entitlements an identity could reach a resource if it opened a task now. */
export async function findOpenable(
  house: House,
  identity: Kept<Identity>,
  resource: string,
  { tools, resources }: { readonly tools: readonly ToolRule[]; readonly resources: readonly ResourceRule[] },
): Promise<readonly Openable[]> {
  const { owner, purpose: code } = identity
  if (identity.state !== 'active' || owner === null || code === null) return []
  const [person, purpose] = await Promise.all([house.register.person(owner), house.register.purpose(code)])
  if (person?.state !== 'active' || purpose === undefined) return []
  const atMs = house.clock.nowMs()
  const asked = ['*', ...unique(tools.map(({ server }) => `${server}/*`))].map((action) => ({ action, resource }))
  const reaches = ({ ceiling }: Entitlement, { action }: Grant): boolean => {
    const sensitivity = findReachSensitivity(resources, resource, action, tools)
    return [ceiling, purpose.ceiling].every((most) => isWithinCeiling(sensitivity, most))
  }
  const held = (await house.register.entitlementsOf(identity.id)).filter((row) => isInForce(row, atMs))
  return held.flatMap((row) => {
    const scope = nearestScope(asked, [row], purpose.classes, tools).filter((grant) => reaches(row, grant))
    return scope.length === 0 ? [] : [{ entitlementId: row.id, entry: row.entry, endsMs: row.endsMs, scope }]
  })
}
