import { ACTION_CLASSES, type ActionClass } from '../../contract/action-class.ts'
import { type Entitlement, isInForce } from '../../contract/register/entitlement.ts'
import type { ResourceRule, ToolRule } from '../../contract/register/purpose.ts'
import {
  containsGrant,
  containsPattern,
  type Grant,
  intersectGrants,
  normaliseScope,
  type Scope,
} from '../../contract/scope.ts'
import { isWithinCeiling, type Sensitivity } from '../../contract/sensitivity.ts'
import { classesOf } from '../../decide/coverage.ts'
import { findReachSensitivity } from '../../decide/reviewed/sensitivity.ts'
import { serverOf, toolsOf } from '../../decide/reviewed/tools.ts'
import type { InTurns } from '../../ground/in-turns.ts'
import { LIMITS } from '../../ground/limits.ts'
import { indexOverlaps, nearTo, type Overlaps } from './overlap.ts'
import type { Sought } from './seek.ts'
import type { ReadOnce, TracedChain } from './trace-chain.ts'

/** What an entitlement, or a right of a person, allows and while it does. */
type Row = Pick<Entitlement, 'scope' | 'classes' | 'ceiling' | 'startsMs' | 'endsMs'> & {
  readonly id: string
  readonly state: string
}

/** All that somebody holds now: each grant with the rows that have it, and those of them that no other one makes superfluous. */
interface Holding {
  readonly all: Overlaps<Held>
  readonly widest: Overlaps<Grant>
}

interface Held extends Grant {
  readonly rows: readonly Row[]
}

/** What all paths of one answer are held against. */
export interface Known extends ReadOnce {
  readonly tools: readonly ToolRule[]
  readonly resources: readonly ResourceRule[]
  readonly atMs: number
  /** How sensitive a resource is to an action, by `action resource`, as far as somebody looked; and what classes an action has. */
  readonly reached: Map<string, Sensitivity>
  readonly classes: Map<string, readonly ActionClass[]>
  readonly holdings: Map<readonly Row[], Holding>
  /** How many pairs of grants may still be held against each other: none are, below zero. */
  looksLeft: number
}

/** Begins an answer, for which nobody has looked at anything yet. */
export function beginKnown(against: Pick<Known, 'tools' | 'resources' | 'atMs'>): Known {
  return {
    ...against,
    actors: new Map(),
    purposes: new Map(),
    reached: new Map(),
    classes: new Map(),
    holdings: new Map(),
    looksLeft: LIMITS.pathLooksMax,
  }
}

/** What of a scope leads to what is sought, and by which entitlements of those in the chain. */
export interface Reached {
  readonly scope: Scope
  readonly by: ReadonlySet<string>
}

/**
 * Finds what of a scope leads to what is sought, by all that everybody in a chain holds: each task, purpose, entitlement and right of it
 * lets all that a grant could mean be done now, to the resource; of a pattern to some of it. Where there is more than may be looked at,
 * `looksLeft` is below zero, and what is given is what was found until then.
 */
export function* findReached(chain: TracedChain, scope: Scope, sought: Sought, known: Known): InTurns<Reached> {
  const own = chain.links.map(({ entitlements }) => entitlements)
  const holdings: Holding[] = []
  for (const rows of [...own, ...chain.behalf.map(({ rights }) => rights)]) {
    holdings.push(holdingOf(rows, sought, known))
    yield
  }
  const reaches = (part: Grant): boolean =>
    isSeen(chain, part, sought, known) &&
    holdings.every((holding) => coveringIn(holding, part, sought, known).next().done !== true)
  const left = yield* leaveOf(sought.partOf(scope), holdings, sought, known)
  const widest = normaliseScope(left)
  const wide = yield* splitAll(widest, reaches, known)
  // what lies in another grant may be covered by what bears more: by a higher ceiling, or for another class
  const told = indexOverlaps(wide)
  const tried = new Set(widest.map(keyOf))
  const isTold = (grant: Grant): boolean =>
    tried.has(keyOf(grant)) || nearTo(told, grant).some((each) => containsGrant(each, grant))
  const more = sought.isOne ? [] : yield* splitAll(left, reaches, known, isTold)
  const reached = more.length === 0 ? wide : normaliseScope([...wide, ...more])
  const by = new Set<string>()
  for (const grant of reached) {
    for (const holding of holdings.slice(0, own.length))
      for (const id of coveringIn(holding, grant, sought, known)) by.add(id)
    yield
  }
  return { scope: reached, by }
}

function holdingOf(rows: readonly Row[], sought: Sought, known: Known): Holding {
  const holding = known.holdings.get(rows) ?? holdNow(rows, sought, known.atMs)
  known.holdings.set(rows, holding)
  return holding
}

function holdNow(rows: readonly Row[], sought: Sought, atMs: number): Holding {
  const held = rows
    .filter((row) => isInForce(row, atMs))
    .flatMap((row) => row.scope.filter(sought.isNear).map((grant) => ({ ...grant, row })))
  const all = [...Map.groupBy(held, keyOf).values()].flatMap((alike) =>
    alike.slice(0, 1).map(({ action, resource }) => ({ action, resource, rows: alike.map(({ row }) => row) })),
  )
  // of those that bear the same, what lies in another one adds nothing; to one resource none does
  const alike = Map.groupBy(held, ({ row }) => (sought.isOne ? '' : [row.ceiling, ...row.classes.toSorted()].join()))
  const widest = new Map([...alike.values()].flatMap(normaliseScope).map((grant) => [keyOf(grant), grant]))
  return { all: indexOverlaps(all), widest: indexOverlaps([...widest.values()]) }
}

/** Gives what all holdings leave of a scope, by each of their grants: first those that leave little. */
function* leaveOf(scope: Scope, holdings: readonly Holding[], sought: Sought, known: Known): InTurns<Scope> {
  let left = scope
  const parts = holdings.map(({ widest }) => widest)
  for (const holding of parts.toSorted((x, y) => x.size - y.size)) {
    const both = new Map<string, Grant>()
    for (const grant of left) {
      for (const each of look(holding, grant, known)) {
        const part = intersectGrants(grant, each)
        if (part !== undefined) both.set(keyOf(part), part)
      }
      yield
    }
    left = sought.isOne ? normaliseScope([...both.values()]) : [...both.values()]
  }
  return left
}

const keyOf = ({ action, resource }: Grant): string => `${action} ${resource}`

/** Gives what may overlap a grant, and counts it; nothing where too much has been looked at. */
function look<Each extends Grant>(among: Overlaps<Each>, grant: Grant, known: Known): readonly Each[] {
  if (known.looksLeft < 0) return []
  const near = nearTo(among, grant)
  known.looksLeft -= near.length + 1
  return near
}

function* splitAll(
  scope: Scope,
  reaches: (part: Grant) => boolean,
  { tools }: Known,
  isLeftOut: (grant: Grant) => boolean = () => false,
): InTurns<Scope> {
  const found: Grant[] = []
  for (const grant of scope) {
    if (!isLeftOut(grant)) found.push(...splitGrant(tools, grant, reaches))
    yield
  }
  return found
}

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

/** What is more sensitive than the task may touch, or is not what a purpose is for as it reads now, is out of its reach. */
function isSeen({ links }: TracedChain, grant: Grant, sought: Sought, known: Known): boolean {
  const sensitivity = sensitivityTo(grant, sought, known)
  const classes = classesTo(grant, known)
  return links.every(
    ({ task, purpose }) =>
      isWithinCeiling(sensitivity, task.ceiling) &&
      purpose !== undefined &&
      isWithinCeiling(sensitivity, purpose.ceiling) &&
      classes.every((each) => purpose.classes.includes(each)),
  )
}

/** Held for each action: a scope names few, and a server may have a thousand tools. */
function sensitivityTo(grant: Grant, sought: Sought, { tools, resources, reached }: Known): Sensitivity {
  const about = sought.meantBy(grant)
  const key = keyOf({ action: grant.action, resource: about })
  const found = reached.get(key) ?? findReachSensitivity(resources, about, grant.action, tools)
  reached.set(key, found)
  return found
}

function classesTo({ action }: Grant, { tools, classes }: Known): readonly ActionClass[] {
  const found = classes.get(action) ?? classesOf(tools, action)
  classes.set(action, found)
  return found
}

/** Gives, by id, each entitlement or right that lets all that the grant could mean be done now. */
function* coveringIn(holding: Holding, grant: Grant, sought: Sought, known: Known): Generator<string, undefined> {
  const meant = { action: grant.action, resource: sought.meantBy(grant) }
  const sensitivity = sensitivityTo(grant, sought, known)
  const classes = classesTo(grant, known)
  for (const each of look(holding.all, meant, known)) {
    if (!containsGrant(each, meant)) continue
    for (const row of each.rows)
      if (isWithinCeiling(sensitivity, row.ceiling) && classes.every((name) => row.classes.includes(name))) yield row.id
  }
}
