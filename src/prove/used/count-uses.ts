import { ACTION_CLASSES, type ActionClass } from '../../contract/action-class.ts'
import type { Kept } from '../../contract/change.ts'
import type { JudgedResource } from '../../contract/decision.ts'
import type { JsonObject, LogEntry } from '../../contract/log-entry.ts'
import type { Entitlement } from '../../contract/register/entitlement.ts'
import { generaliseNames, type UsedAct } from '../../contract/register/entitlement-use.ts'
import { type Grant, matchesPattern, type Scope } from '../../contract/scope.ts'
import { isWithinCeiling, maxSensitivity, SENSITIVITIES } from '../../contract/sensitivity.ts'
import { opensTask } from '../../contract/told/about.ts'
import { membersIn, textIn, textsIn } from '../../contract/told/data.ts'
import { LIMITS } from '../../ground/limits.ts'

/** What was done under one entitlement. Times in epoch milliseconds, null where nothing was. */
export interface EntitlementUse {
  /** Tasks that were opened on it. */
  readonly tasks: number
  /** Permitted acts. */
  readonly calls: number
  readonly firstMs: number | null
  readonly lastMs: number | null
  readonly acts: readonly UsedAct[]
}

interface Counted {
  readonly entitlement: Kept<Entitlement>
  tasks: number
  calls: number
  firstMs: number | null
  lastMs: number | null
  readonly acts: Map<string, Held>
}

/** An act, with its resources as they are collected. */
interface Held {
  act: Omit<UsedAct, 'resources'>
  resources: Set<string>
}

/**
 * Counts, entry by entry, what was permitted under entitlements, and what was asked by them. What it holds is bounded, however much that
 * was.
 */
export interface UseCount {
  readonly take: (entry: LogEntry, index: number) => void
  readonly of: (entitlementId: string) => EntitlementUse
}

/** Counts for these entitlements, from nothing and from where each became what it is. */
export function createUseCount(entitlements: readonly Kept<Entitlement>[]): UseCount {
  const counted = new Map<string, Counted>(
    entitlements.map((entitlement) => [
      entitlement.id,
      { entitlement, tasks: 0, calls: 0, firstMs: null, lastMs: null, acts: new Map() },
    ]),
  )
  return {
    take: (entry, index) => {
      // what was done before it was narrowed says nothing of what is needed of it as it is
      const find = (ids: readonly string[]): readonly Counted[] =>
        ids.flatMap((id) => counted.get(id) ?? []).filter(({ entitlement }) => index > entitlement.entry)
      if (entry.kind === 'decision.permit')
        for (const one of find(textsIn(entry.data, 'entitlements'))) count(one, entry)
      const leave = membersIn(entry.data, 'leave')
      for (const one of find(textsIn(leave, 'entitlements'))) countAsking(one, entry, textIn(leave, 'domain'))
    },
    of: (entitlementId) => {
      const one = counted.get(entitlementId)
      if (one === undefined) return { tasks: 0, calls: 0, firstMs: null, lastMs: null, acts: [] }
      const { tasks, calls, firstMs, lastMs, acts } = one
      return {
        tasks,
        calls,
        firstMs,
        lastMs,
        acts: [...acts.values()].map(({ act, resources }) => ({ ...act, resources: [...resources].sort() })),
      }
    },
  }
}

function count(one: Counted, entry: LogEntry): void {
  if (opensTask(entry)) {
    one.tasks += 1
    return
  }
  if (entry.actor.kind !== 'identity') return // a person asks, and does nothing
  const action = membersIn(entry.data, 'action')
  const name = textIn(action, 'name')
  const actionClass = ACTION_CLASSES.find((each) => each === textIn(action, 'class'))
  if (name === null || actionClass === undefined) return
  const { entitlement } = one
  const grants = entitlement.scope.filter((each) => matchesPattern(each.action, name))
  countAct(one, entry.atMs, { name, actionClass, grants, resources: resourcesOf(entry.data, entitlement, grants) })
}

/** An enforcement point reads the domain that it asks, whatever it is answered; how sensitive that is no entry says. */
function countAsking(one: Counted, { atMs }: LogEntry, domain: string | null): void {
  const { scope, ceiling } = one.entitlement
  const grants = scope.filter((each) => matchesPattern(each.action, 'read'))
  const resources = [{ id: `domain:${domain ?? ''}`, sensitivity: ceiling }]
  countAct(one, atMs, { name: 'read', actionClass: 'read', grants, resources })
}

interface Done extends Pick<Seen, 'name' | 'actionClass'> {
  /** Those of the entitlement that allow such an act. */
  readonly grants: Scope
  readonly resources: readonly JudgedResource[]
}

function countAct(one: Counted, atMs: number, { name, actionClass, grants, resources }: Done): void {
  const held = resources
    .filter((each) => isUnder(one.entitlement, actionClass, each))
    .flatMap((resource) => {
      const grant = grants.find((each) => matchesPattern(each.resource, resource.id))
      return grant === undefined ? [] : [hold(one, { grant, name, actionClass, atMs, ...resource })]
    })
  for (const each of new Set(held)) each.act = { ...each.act, calls: each.act.calls + 1 }
  one.calls += 1
  one.firstMs ??= atMs
  one.lastMs = atMs
}

function isUnder({ classes, ceiling }: Entitlement, actionClass: ActionClass, resource: JudgedResource): boolean {
  return classes.includes(actionClass) && isWithinCeiling(resource.sensitivity, ceiling)
}

interface Seen extends JudgedResource {
  readonly grant: Grant
  readonly name: string
  readonly actionClass: ActionClass
  readonly atMs: number
}

/** Of too many actions, the rest counts as all that its grant allows. */
function hold({ acts }: Counted, { grant, name, actionClass, atMs, id, sensitivity }: Seen): Held {
  const keyOf = (action: string): string => JSON.stringify([action, actionClass, grant.action, grant.resource])
  const isKnown = acts.has(keyOf(name)) || acts.size < LIMITS.usedActsMax
  const action = isKnown ? name : grant.action
  const known = acts.get(keyOf(action)) ?? {
    act: { grant, action, actionClass, sensitivity, calls: 0, firstMs: atMs, lastMs: atMs },
    resources: new Set<string>(),
  }
  acts.set(keyOf(action), known)
  known.act = { ...known.act, sensitivity: maxSensitivity(known.act.sensitivity, sensitivity), lastMs: atMs }
  known.resources.add(id)
  if (known.resources.size > LIMITS.usedResourcesMax)
    known.resources = new Set(generaliseNames(known.resources, grant.resource, LIMITS.usedResourcesMax / 4))
  return known
}

/** What an entry had no room to name counts as all that the entitlement allows. */
function resourcesOf(data: JsonObject, granted: Entitlement, grants: Scope): readonly JudgedResource[] {
  const listed = data['resources']
  if (!Array.isArray(listed)) return []
  return (listed as readonly JsonObject[]).flatMap((each) => {
    const [id, sensitivity] = [textIn(each, 'id'), SENSITIVITIES.find((known) => known === each['sensitivity'])]
    if (id !== null && sensitivity !== undefined) return [{ id, sensitivity }]
    return grants.map(({ resource }) => ({ id: resource, sensitivity: granted.ceiling }))
  })
}
