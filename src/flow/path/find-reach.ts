import { ACTION_CLASSES } from '../../contract/action-class.ts'
import { type Entitlement, isInForce } from '../../contract/register/entitlement.ts'
import type { ResourceRule, ToolRule } from '../../contract/register/purpose.ts'
import {
  containsPattern,
  containsScope,
  type Grant,
  intersectGrants,
  matchesPattern,
  normaliseScope,
  type Pattern,
  type Scope,
} from '../../contract/scope.ts'
import { isWithinCeiling, type Sensitivity } from '../../contract/sensitivity.ts'
import { classesOf, coverAct } from '../../decide/coverage.ts'
import { findReachSensitivity } from '../../decide/reviewed/sensitivity.ts'
import { serverOf, toolsOf } from '../../decide/reviewed/tools.ts'
import type { ReadOnce, TracedChain } from './trace-chain.ts'

/** What all paths of one answer are held against. */
export interface Known extends ReadOnce {
  readonly tools: readonly ToolRule[]
  readonly resources: readonly ResourceRule[]
  readonly atMs: number
  /** How sensitive a resource is to an action, by `action resource`, as far as somebody looked. */
  readonly reached: Map<string, Sensitivity>
}

/** True where all is meant that begins so, and no resource of that name. */
export function isBeginning(resource: Pattern | null): resource is `${string}*` {
  return resource?.endsWith('*') === true
}

/** Gives what of a scope reaches what was asked about, by all that everybody in a chain holds. */
export function findReached(chain: TracedChain, scope: Scope, resource: Pattern | null, known: Known): Scope {
  const split = (grants: Scope): Scope =>
    grants.flatMap((grant) => splitGrant(known.tools, grant, (part) => reaches(chain, part, resource, known)))
  const left = leftOf(chain, scope, known.atMs)
  const widest = normaliseScope(left)
  const reached = split(widest)
  if (resource !== null && !isBeginning(resource)) return reached
  // what lies in another grant may be covered by what bears more: by a higher ceiling, or for another class
  const inside = left.filter((grant) => !containsScope(reached, [grant]) && !widest.some((each) => isSame(each, grant)))
  return inside.length === 0 ? reached : normaliseScope([...reached, ...split(inside)])
}

/** Gives what the entitlements of everybody in a chain, and the rights of whom it acts for, leave of a scope, by each of them. */
function leftOf({ links, behalf }: TracedChain, scope: Scope, atMs: number): Scope {
  const held = [...links.map(({ entitlements }) => entitlements), ...behalf.map(({ rights }) => rights)]
  return held.reduce<Scope>((left, rows) => {
    const granted = rows.filter((row) => isInForce(row, atMs)).flatMap((row) => row.scope)
    const both = left.flatMap((grant) => granted.flatMap((each) => intersectGrants(grant, each) ?? []))
    return [...new Map(both.map((grant) => [`${grant.action} ${grant.resource}`, grant])).values()]
  }, scope)
}

const isSame = (one: Grant, other: Grant): boolean => one.action === other.action && one.resource === other.resource

/** Gives a grant where all that it could mean reaches what was asked about, else each action of it that does. */
export function splitGrant(tools: readonly ToolRule[], grant: Grant, reaches: (part: Grant) => boolean): Scope {
  if (reaches(grant)) return [grant]
  const reviewed = serverOf(grant.action) === undefined ? tools : toolsOf(tools, grant.action)
  const named = reviewed.filter(({ state }) => state === 'active').map(({ server, tool }) => `${server}/${tool}`)
  return [...ACTION_CLASSES, ...named]
    .filter((action) => action !== grant.action && containsPattern(grant.action, action))
    .map((action) => ({ action, resource: grant.resource }))
    .filter(reaches)
}

/**
 * True where each task, purpose, entitlement and right of a chain lets all that the grant could mean be done now, to the resource. Of
 * what a pattern means a grant that lies in it has to reach some, and where nothing is named, anything.
 */
function reaches(chain: TracedChain, grant: Grant, resource: Pattern | null, known: Known): boolean {
  if (resource !== null && !isBeginning(resource) && !matchesPattern(grant.resource, resource)) return false
  return (
    isSeen(chain, grant, resource, known) &&
    chain.links.every(({ entitlements }) => entitlements.some((row) => covers(row, grant, resource, known))) &&
    chain.behalf.every(({ rights }) => rights.some((row) => covers(row, grant, resource, known)))
  )
}

/** What is more sensitive than the task may touch, or is not what a purpose is for as it reads now, is out of its reach. */
function isSeen({ links }: TracedChain, grant: Grant, resource: Pattern | null, known: Known): boolean {
  const sensitivity = sensitivityTo(grant, resource, known)
  const classes = classesOf(known.tools, grant.action)
  return links.every(
    ({ task, purpose }) =>
      isWithinCeiling(sensitivity, task.ceiling) &&
      purpose !== undefined &&
      isWithinCeiling(sensitivity, purpose.ceiling) &&
      classes.every((each) => purpose.classes.includes(each)),
  )
}

/** Held for each action: a scope names few, and a server may have a thousand tools. */
function sensitivityTo(grant: Grant, resource: Pattern | null, { tools, resources, reached }: Known): Sensitivity {
  if (resource === null) return 'public'
  const about = aboutOf(grant, resource)
  const key = `${grant.action} ${about}`
  const found = reached.get(key) ?? findReachSensitivity(resources, about, grant.action, tools)
  reached.set(key, found)
  return found
}

/** What of a grant is meant: what was named, else all of it. */
export function aboutOf(grant: Grant, resource: Pattern | null): Pattern {
  return resource === null || isBeginning(resource) ? grant.resource : resource
}

/** True where an entitlement or a right lets all that the grant could mean be done now. */
export function covers(
  row: Pick<Entitlement, 'scope' | 'classes' | 'ceiling' | 'startsMs' | 'endsMs'> & { readonly state: string },
  grant: Grant,
  resource: Pattern | null,
  known: Known,
): boolean {
  if (!isInForce(row, known.atMs)) return false
  const sensitivity = sensitivityTo(grant, resource, known)
  return classesOf(known.tools, grant.action).every(
    (actionClass) =>
      coverAct([row], { name: grant.action, actionClass, resource: aboutOf(grant, resource), sensitivity }).length > 0,
  )
}
