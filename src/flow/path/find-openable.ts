import type { Kept } from '../../contract/change.ts'
import { type Entitlement, isInForce } from '../../contract/register/entitlement.ts'
import type { Identity } from '../../contract/register/identity.ts'
import type { ResourceRule, ToolRule } from '../../contract/register/purpose.ts'
import type { Grant, Pattern, Scope } from '../../contract/scope.ts'
import { isWithinCeiling } from '../../contract/sensitivity.ts'
import { classesOf, nearestScope } from '../../decide/coverage.ts'
import { findReachSensitivity } from '../../decide/reviewed/sensitivity.ts'
import { finishInTurns, type InTurns } from '../../ground/in-turns.ts'
import { unique } from '../../ground/unique.ts'
import type { House } from '../house.ts'
import { splitGrant } from './find-reach.ts'
import { seek } from './seek.ts'

/** What an entitlement lets its identity reach in a task that nobody has opened yet; `scope` can be asked for as it stands. */
export interface Openable {
  readonly entitlementId: string
  readonly entry: number
  readonly endsMs: number
  readonly scope: Scope
}

/** Finds by which of its own entitlements an identity could reach a resource, or any of a pattern, if it opened a task now. */
export async function findOpenable(
  house: House,
  identity: Kept<Identity>,
  resource: Pattern,
  { tools, resources }: { readonly tools: readonly ToolRule[]; readonly resources: readonly ResourceRule[] },
): Promise<readonly Openable[]> {
  const { owner, purpose: code } = identity
  if (identity.state !== 'active' || owner === null || code === null) return []
  const [person, purpose] = await Promise.all([house.register.person(owner), house.register.purpose(code)])
  if (person?.state !== 'active' || purpose === undefined) return []
  const sought = seek(resource)
  const atMs = house.clock.nowMs()
  const asked = ['*', ...unique(tools.map(({ server }) => `${server}/*`))].map((action) => ({ action, resource }))
  const reaches = (row: Entitlement, grant: Grant): boolean => {
    const { action } = grant
    const sensitivity = findReachSensitivity(resources, sought.meantBy(grant), action, tools)
    const classes = classesOf(tools, action)
    return [row, purpose].every(
      (bound) => isWithinCeiling(sensitivity, bound.ceiling) && classes.every((name) => bound.classes.includes(name)),
    )
  }
  const held = (await house.register.entitlementsOf(identity.id)).filter((row) => isInForce(row, atMs))
  return await finishInTurns(
    openEach(
      held,
      (row) => nearestScope(asked, [row], purpose.classes, tools),
      (row, grant) => splitGrant(tools, grant, (part) => reaches(row, part)),
    ),
  )
}

/** Goes through what is held, a grant at a time: each may be written out tool by tool. */
function* openEach(
  held: readonly Kept<Entitlement>[],
  nearOf: (row: Entitlement) => Scope,
  partsOf: (row: Entitlement, grant: Grant) => Scope,
): InTurns<readonly Openable[]> {
  const found: Openable[] = []
  for (const row of held) {
    const scope: Grant[] = []
    for (const grant of nearOf(row)) {
      scope.push(...partsOf(row, grant))
      yield
    }
    if (scope.length > 0) found.push({ entitlementId: row.id, entry: row.entry, endsMs: row.endsMs, scope })
    yield
  }
  return found
}
