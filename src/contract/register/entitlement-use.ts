import { ACTION_CLASSES, type ActionClass } from '../action-class.ts'
import { findUnseen } from '../approval/unseen.ts'
import {
  containsGrant,
  containsPattern,
  type Grant,
  isPattern,
  isPlainPattern,
  matchesPattern,
  normaliseScope,
  type Pattern,
  type Scope,
  stemOf,
} from '../scope.ts'
import { maxSensitivity, type Sensitivity } from '../sensitivity.ts'
import type { Entitlement } from './entitlement.ts'

/** What was done under one grant of an entitlement: one action of one class. Times in epoch milliseconds. */
export interface UsedAct {
  /** The grant of the entitlement that allowed it. */
  readonly grant: Grant
  readonly action: Pattern
  readonly actionClass: ActionClass
  /** What it was done to: names, or once there are many of them prefixes, none wider than the grant. */
  readonly resources: readonly Pattern[]
  /** The most sensitive of them. */
  readonly sensitivity: Sensitivity
  readonly calls: number
  readonly firstMs: number
  readonly lastMs: number
}

/** The part of an entitlement that is asked for: what it allows, to which classes, on data up to where. */
export type Extent = Pick<Entitlement, 'scope' | 'classes' | 'ceiling'>

/** What of an entitlement nobody used. */
export interface Unused {
  readonly grants: Scope
  readonly classes: readonly ActionClass[]
  /** The granted ceiling where nothing so sensitive was touched; null where it was reached. */
  readonly ceiling: Sensitivity | null
}

/** How many resources of one folder are taken for the folder. */
const siblingsMin = 3
/** How many patterns of resources an action may have; tried in this order until the whole fits. */
const LADDER = [10, 3, 1] as const
const stemCharsMax = 511

/**
 * Gives the narrowest extent, in words that go on being useful, that would have permitted all of these acts: folders in
 * place of many names, and never more than was granted. Null where there was none. `grantsMax` and `charsMax` bound a scope.
 */
export function proposeNarrower(
  acts: readonly UsedAct[],
  { grantsMax, charsMax }: { readonly grantsMax: number; readonly charsMax: number },
): Extent | null {
  if (acts.length === 0) return null
  const fits = (scope: Scope): boolean =>
    scope.length <= grantsMax &&
    scope.reduce((sum, { action, resource }) => sum + action.length + resource.length, 0) <= charsMax
  const scopes = LADDER.map((most) => normaliseScope(acts.flatMap((act) => narrowAct(act, most))))
  const scope = scopes.find(fits) ?? normaliseScope(acts.map(({ grant }) => grant)) // which fits, as what was granted did
  const classes = ACTION_CLASSES.filter((name) => acts.some((act) => act.actionClass === name))
  return { scope, classes, ceiling: sensitivityOf(acts) }
}

/**
 * Gives an extent grant by grant, each with the classes and the ceiling of the acts that it allows: an entitlement has one
 * ceiling for all of its grants, and a policy need not. An act on several resources has the ceiling of the most sensitive.
 */
export function splitExtent({ scope }: Pick<Extent, 'scope'>, acts: readonly UsedAct[]): readonly Extent[] {
  return scope.map((grant) => {
    const under = acts.filter(
      ({ action, resources }) =>
        matchesPattern(grant.action, action) && resources.some((each) => matchesPattern(grant.resource, each)),
    )
    const classes = ACTION_CLASSES.filter((name) => under.some((act) => act.actionClass === name))
    return { scope: [grant], classes, ceiling: sensitivityOf(under) }
  })
}

/** Gives what of an entitlement none of these acts needed. */
export function findUnused(granted: Extent, acts: readonly UsedAct[]): Unused {
  const isUsed = (grant: Grant): boolean => acts.some((act) => isSame(act.grant, grant))
  return {
    grants: granted.scope.filter((grant) => !isUsed(grant)),
    classes: granted.classes.filter((name) => acts.every((act) => act.actionClass !== name)),
    ceiling: acts.length > 0 && sensitivityOf(acts) === granted.ceiling ? null : granted.ceiling,
  }
}

/**
 * Gives at most `most` patterns (1 at least) that match all these names, and nothing that `within` does not: a folder
 * where three or more lie in it, and folders of folders where there are more than that. All names match `within`.
 */
export function generaliseNames(names: Iterable<string>, within: Pattern, most: number): readonly Pattern[] {
  let patterns = dropInner([...names].map((name) => patternOf(name, within)))
  patterns = dropInner(groupSiblings(patterns, within))
  while (patterns.length > most) {
    const longest = Math.max(...patterns.map((each) => stemOf(each).length))
    const wider = patterns.map((each) => (stemOf(each).length === longest ? folderOf(each, within) : each))
    patterns = dropInner(wider)
  }
  return patterns
}

function narrowAct({ grant, action, resources }: UsedAct, most: number): Scope {
  const names = generaliseNames(resources, grant.resource, most)
  return names.map((resource) => {
    const narrow = { action: patternOf(action, grant.action), resource }
    return containsGrant(grant, narrow) ? narrow : grant
  })
}

function sensitivityOf(acts: readonly UsedAct[]): Sensitivity {
  return acts.reduce<Sensitivity>((most, act) => maxSensitivity(most, act.sensitivity), 'public')
}

function isSame(one: Grant, other: Grant): boolean {
  return one.action === other.action && one.resource === other.resource
}

/** Of a name that no pattern can say, what can be said of its beginning. */
function patternOf(name: string, within: Pattern): Pattern {
  if (isPlainPattern(name)) return name
  const sayable = /^[^\s*\p{C}]*/u.exec(name.slice(0, findUnseen(name)?.at))?.[0].slice(0, stemCharsMax) ?? ''
  return folderOf(sayable, within)
}

function groupSiblings(patterns: readonly Pattern[], within: Pattern): readonly Pattern[] {
  const folders = new Map<Pattern, Pattern[]>()
  for (const pattern of patterns) {
    const folder = pattern.endsWith('*') ? pattern : folderOf(pattern, within)
    folders.set(folder, [...(folders.get(folder) ?? []), pattern])
  }
  return [...folders].flatMap(([folder, inside]) => (inside.length >= siblingsMin ? [folder] : inside))
}

/** The folder that a name or a folder lies in, or `within` where that is as wide. */
function folderOf(pattern: Pattern, within: Pattern): Pattern {
  const folder = `${/^.*[/:]/su.exec(stemOf(pattern).slice(0, -1))?.[0] ?? ''}*`
  return folder !== '*' && isPattern(folder) && containsPattern(within, folder) ? folder : within
}

/** Drops repeats, and what another pattern contains. */
function dropInner(patterns: readonly Pattern[]): readonly Pattern[] {
  const kept: Pattern[] = []
  for (const each of [...new Set(patterns)].sort((a, b) => stemOf(a).length - stemOf(b).length || (a < b ? 1 : -1)))
    if (!kept.some((outer) => containsPattern(outer, each))) kept.push(each)
  return kept.sort()
}
