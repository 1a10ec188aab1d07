import { ACTION_CLASSES, type ActionClass } from '../../contract/action-class.ts'
import type { DecisionKind, Denial } from '../../contract/decision.ts'
import { isTainted } from '../../contract/label.ts'
import type { Extent } from '../../contract/register/entitlement-use.ts'
import type { ResourceRule, ToolRule } from '../../contract/register/purpose.ts'
import {
  containsPattern,
  type Grant,
  intersectGrants,
  matchesPattern,
  normaliseScope,
  type Pattern,
  type Scope,
  stemOf,
} from '../../contract/scope.ts'
import { isWithinCeiling, minSensitivity, type Sensitivity } from '../../contract/sensitivity.ts'
import { LIMITS } from '../../ground/limits.ts'
import { unique } from '../../ground/unique.ts'
import { tellAbove } from '../describe.ts'
import type { UsedFacts } from '../facts/fit-data.ts'
import { denyByLaw, type Hearing } from '../hearing.ts'
import { type ActFacts, isChange, labelsOf } from '../laws/act.ts'
import type { Law } from '../laws/law.ts'
import { countPivot, findSpent, isPivot } from '../laws/pivot.ts'
import type { Link } from '../lineage.ts'
import type { DecideStore } from '../store.ts'
import { findActSensitivity, findSensitivity } from './sensitivity.ts'
import { serverOf, toolsOf } from './tools.ts'

/** Laws about what is asked for, beside which something else may be allowed; the others say no to whatever the task does. */
const ABOUT_WHAT: ReadonlySet<string> = new Set([
  'law:tool-quarantined',
  'law:tool',
  'law:target',
  'law:scope',
  'law:ceiling',
  'law:purpose',
  'law:entitlement',
  'law:behalf-rights',
  'law:pivot',
])

/** Gives the no of a law to an act, with what would be allowed near it. */
export async function denyAct<K extends DecisionKind>(
  hearing: Hearing<K>,
  law: Law<ActFacts>,
  facts: ActFacts,
  used: UsedFacts,
  more: Parameters<typeof denyByLaw>[4] = {},
): Promise<Denial<K>> {
  const nearest = await findNearActs(hearing.store, law, facts)
  return denyByLaw(hearing, law, facts, { ...used, ...tellAbove(facts.lineage) }, { ...more, nearest })
}

/** Gives that no to an act that somebody is about to do: a pivot is counted with its denial. */
export async function denyCounted<K extends DecisionKind>(
  hearing: Hearing<K>,
  law: Law<ActFacts>,
  facts: ActFacts,
  used: UsedFacts,
): Promise<Denial<K>> {
  const { lineage } = facts
  return await denyAct(hearing, law, facts, used, isPivot(law) ? countPivot(lineage) : { spent: findSpent(lineage) })
}

/**
 * Gives what the laws let the whole chain do near an act that one of them denied: the same action elsewhere, else other
 * actions on the same resources, else all there is. Where a pattern holds resources of several sensitivities, it is written
 * out by the rules that say so. Policies, which look at the very call, are not asked.
 */
export async function findNearActs(store: DecideStore, law: Law<ActFacts>, facts: ActFacts): Promise<Scope> {
  if (!ABOUT_WHAT.has(law.rule)) return []
  const servers = unique(
    [{ action: facts.name }, ...facts.lineage.own.task.scope].flatMap(({ action }) => serverOf(action) ?? []),
  )
  const [{ rules }, tools] = await Promise.all([store.resourceRules(), store.toolRulesOf(servers)])
  const acts = listActs(facts, tools)
  const others = acts.filter(({ grant }) => grant.action !== facts.name)
  const rows: readonly Iterable<KnownAct>[] = [
    acts.filter(({ grant }) => grant.action === facts.name),
    narrowEach(others, facts.resources),
    others,
  ]
  for (const row of rows) {
    const near = findReaches(facts, row).flatMap((each) => holdToCeiling(each, rules, facts))
    if (near.length > 0) return normaliseScope(near).slice(0, LIMITS.scopeGrantsMax)
  }
  return []
}

/** An action that is reviewed, on all that it could be done to; a class by itself has no tool. */
interface KnownAct {
  readonly tool?: ToolRule
  readonly grant: Grant
  readonly actionClass: ActionClass
}

function listActs({ name, lineage }: ActFacts, tools: readonly ToolRule[]): readonly KnownAct[] {
  const named = [{ action: name }, ...lineage.own.task.scope].flatMap(({ action }) => toolsOf(tools, action))
  const scoped = [...new Set(named)].filter(({ state }) => state === 'active')
  const plain = serverOf(name) === undefined ? ACTION_CLASSES : []
  return [
    ...scoped.slice(0, LIMITS.scopeGrantsMax).map(tellTool),
    ...plain.map((actionClass) => ({ grant: { action: actionClass, resource: '*' }, actionClass })),
  ]
}

function tellTool(rule: ToolRule): KnownAct {
  const { server, tool, actionClass, resourceArgument, resourcePrefix } = rule
  const resource = resourceArgument === null ? resourcePrefix : `${resourcePrefix}*`
  return { tool: rule, grant: { action: `${server}/${tool}`, resource }, actionClass }
}

/** Gives the acts on each resource, as far as somebody goes through them. */
function* narrowEach(acts: readonly KnownAct[], resources: ActFacts['resources']): Generator<KnownAct> {
  for (const { id } of resources) {
    for (const act of acts) {
      const grant = intersectGrants(act.grant, { action: '*', resource: id })
      if (grant !== undefined) yield { ...act, grant }
    }
  }
}

/** Of how many patterns each is written out at most: lists of rules may be long, and few of these are read. */
const writtenOutMax = 20

/** A part of what is allowed, with how sensitive it may be. */
interface Reach {
  readonly grant: Grant
  readonly ceiling: Sensitivity
}

interface KnownReach extends Reach {
  readonly tool: ToolRule | undefined
}

/** Goes through acts until enough is found: whoever is denied may be so again at once, and chooses what is gone through. */
function findReaches(facts: ActFacts, acts: Iterable<KnownAct>): readonly KnownReach[] {
  const found: KnownReach[] = []
  for (const act of acts) {
    found.push(...findReach(facts, act).map((reach) => ({ ...reach, tool: act.tool })))
    if (found.length >= writtenOutMax) break
  }
  return found.slice(0, writtenOutMax)
}

function findReach(facts: ActFacts, { grant, actionClass }: KnownAct): readonly Reach[] {
  const { links, standing, rights } = facts.lineage
  if (isChange(actionClass) && isTainted(labelsOf(facts.memory.ranks))) return []
  if (!links.every((link) => hasRoom(link, actionClass))) return []
  const covers = (rows: readonly Extent[]): readonly Extent[] =>
    rows.filter(({ classes }) => classes.includes(actionClass))
  const bounds = [
    ...links.flatMap(({ task, purpose, entitlements }) => [
      [{ scope: task.scope, ceiling: minSensitivity(task.ceiling, purpose?.ceiling ?? 'public') }],
      covers(entitlements),
    ]),
    ...standing.behalf.map((person) => covers(rights.filter(({ personId }) => personId === person?.id))),
  ]
  return bounds.reduce<readonly Reach[]>(narrowReach, [{ grant, ceiling: 'restricted' }])
}

/** True where the purpose covers the class, and one more act of it fits the budget. */
function hasRoom({ task: { budget }, usage, purpose }: Link, actionClass: ActionClass): boolean {
  return (
    purpose?.classes.includes(actionClass) === true &&
    usage.calls < budget.callsMax &&
    usage.bytes < budget.bytesMax &&
    (!isChange(actionClass) || usage.writes < budget.writesMax)
  )
}

/** Gives each part once, however many of the bounds it lies in. */
function narrowReach(left: readonly Reach[], bounds: readonly Pick<Extent, 'scope' | 'ceiling'>[]): readonly Reach[] {
  const found = new Map<string, Reach>()
  for (const { grant: outer, ceiling: most } of left) {
    for (const bound of bounds) {
      const ceiling = minSensitivity(most, bound.ceiling)
      for (const inner of bound.scope) {
        const grant = intersectGrants(outer, inner)
        if (grant !== undefined) found.set(`${grant.action}\n${grant.resource}\n${ceiling}`, { grant, ceiling })
        if (found.size === LIMITS.scopeGrantsMax) return [...found.values()]
      }
    }
  }
  return [...found.values()]
}

/** What holds a resource that was asked for, and that is above the ceiling, is not called near it. */
function holdToCeiling(reach: KnownReach, rules: readonly ResourceRule[], { resources }: ActFacts): Scope {
  const { grant, ceiling, tool } = reach
  const { action, resource } = grant
  const patterns = isWithinCeiling(sensitivityOf(rules, resource, tool), ceiling)
    ? [resource]
    : rules
        .filter(
          ({ pattern, sensitivity }) => containsPattern(resource, pattern) && isWithinCeiling(sensitivity, ceiling),
        )
        .map(({ pattern }) => pattern)
  const above = resources.filter(({ sensitivity }) => !isWithinCeiling(sensitivity, ceiling))
  return patterns
    .filter((pattern) => !above.some(({ id }) => matchesPattern(pattern, id)))
    .map((pattern) => ({ action, resource: pattern }))
}

/** Of a pattern: that of a name below it which no rule spells out. */
function sensitivityOf(rules: readonly ResourceRule[], resource: Pattern, tool: ToolRule | undefined): Sensitivity {
  const stem = stemOf(resource)
  return stem === resource ? findActSensitivity(rules, resource, tool) : findSensitivity(rules, `${stem}\0`)
}
