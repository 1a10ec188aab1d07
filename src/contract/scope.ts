import { isSeen } from './approval/unseen.ts'

/**
 * A name, or a prefix ending in `*`. `*` alone means all. The star stands for any run of characters and is
 * allowed at the end only, so that containment and intersection are exact and cheap.
 */
export type Pattern = string

/** One pair of an action and a resource: `{action: 'docs/read_text_file', resource: 'docs:/handbook/*'}`. */
export interface Grant {
  readonly action: Pattern
  readonly resource: Pattern
}

/** What may be done to what: any of these grants. An empty scope allows nothing. */
export type Scope = readonly Grant[]

/** The form of a pattern: 1 to 511 printable characters without white space, then perhaps a star; or a star alone. */
const PATTERN = /^(?:[^\s*\p{C}]{1,511}\*?|\*)$/u

/** True where `text` is a well-formed pattern. */
export function isPattern(text: string): boolean {
  return PATTERN.test(text)
}

/** True for a pattern that reads as what it is. Nobody asks for another one; one of before may stand in a log, and is a pattern still. */
export function isPlainPattern(text: string): boolean {
  return isPattern(text) && isSeen(text)
}

/** True for what means all that begins so, and no name alone. */
export function isPrefix(pattern: Pattern): boolean {
  return pattern.endsWith('*')
}

/** Gives what every name that a pattern matches begins with. */
export function stemOf(pattern: Pattern): string {
  return isPrefix(pattern) ? pattern.slice(0, -1) : pattern
}

/** True where every name that `inner` matches, `outer` matches too. */
export function containsPattern(outer: Pattern, inner: Pattern): boolean {
  return isPrefix(outer) ? stemOf(inner).startsWith(stemOf(outer)) : outer === inner
}

/** True where `pattern` matches the plain name `name`; a star in `name` is an ordinary character. */
export function matchesPattern(pattern: Pattern, name: string): boolean {
  return isPrefix(pattern) ? name.startsWith(stemOf(pattern)) : pattern === name
}

/** Gives the pattern of the names that both match, or undefined where there are none. */
export function intersectPatterns(a: Pattern, b: Pattern): Pattern | undefined {
  if (containsPattern(a, b)) return b
  return containsPattern(b, a) ? a : undefined
}

/** True where `outer` allows all that `inner` allows. */
export function containsGrant(outer: Grant, inner: Grant): boolean {
  return containsPattern(outer.action, inner.action) && containsPattern(outer.resource, inner.resource)
}

/** True where each grant of `inner` lies inside one grant of `outer`: the order that law 4 asks for. */
export function containsScope(outer: Scope, inner: Scope): boolean {
  return inner.every((grant) => outer.some((wide) => containsGrant(wide, grant)))
}

/** True where some grant allows this action on this resource. */
export function allowsInScope(scope: Scope, action: string, resource: string): boolean {
  return scope.some((grant) => matchesPattern(grant.action, action) && matchesPattern(grant.resource, resource))
}

/** Gives what both grants allow, or undefined where that is nothing. */
export function intersectGrants(a: Grant, b: Grant): Grant | undefined {
  const action = intersectPatterns(a.action, b.action)
  const resource = action === undefined ? undefined : intersectPatterns(a.resource, b.resource)
  return action === undefined || resource === undefined ? undefined : { action, resource }
}

/** Gives what both scopes allow, in normal form; never more than either. */
export function intersectScopes(a: Scope, b: Scope): Scope {
  return normaliseScope(a.flatMap((left) => b.flatMap((right) => intersectGrants(left, right) ?? [])))
}

/** Drops grants that another one contains and sorts the rest, so that equal scopes are written alike. */
export function normaliseScope(scope: Scope): Scope {
  const covers = new Map<Pattern, Cover>()
  for (const [action, grants] of Map.groupBy(scope, (grant) => grant.action))
    covers.set(action, coverOf(grants.map(({ resource }) => resource)))
  const actions = coverOf(covers.keys())
  const kept: Grant[] = []
  for (const [action, { patterns }] of covers) {
    const around = covering(actions, action)
    const isOutermost = (resource: Pattern): boolean =>
      !around.some((wide) => coversOther(covers.get(wide), resource, wide === action))
    for (const resource of patterns) if (isOutermost(resource)) kept.push({ action, resource })
  }
  return kept.sort((x, y) => compareText(x.action, y.action) || compareText(x.resource, y.resource))
}

/** True where the pattern lies in one of them; beside itself, where it is one of them. */
function coversOther(among: Cover | undefined, pattern: Pattern, isOneOfThem: boolean): boolean {
  return among !== undefined && covering(among, pattern).some((wide) => !isOneOfThem || wide !== pattern)
}

/** Patterns in which others may lie, found without going through them: 10,000 grants stay cheap, however long each is. */
export interface Cover {
  readonly patterns: ReadonlySet<Pattern>
  /** Those with a star by their stems, in order. */
  readonly wide: readonly { readonly pattern: Pattern; readonly stem: string }[]
  /** Where for each of these the narrowest one stands in which it lies; -1 where it lies in none. */
  readonly outer: readonly number[]
}

/** Looks through patterns once. */
export function coverOf(all: Iterable<Pattern>): Cover {
  const patterns = new Set(all)
  const wide = [...patterns].filter(isPrefix).map((pattern) => ({ pattern, stem: stemOf(pattern) }))
  wide.sort((x, y) => compareText(x.stem, y.stem))
  const outer: number[] = []
  for (const [at, { stem }] of wide.entries()) {
    // what a stem begins with stands before it, and so does all between them that begins alike
    let around = at - 1
    while (around >= 0 && !stem.startsWith(wide[around]?.stem ?? '')) around = outer[around] ?? -1
    outer.push(around)
  }
  return { patterns, wide, outer }
}

/** Gives all in which a pattern lies. */
export function covering({ patterns, wide, outer }: Cover, pattern: Pattern): readonly Pattern[] {
  const own = stemOf(pattern)
  const found = patterns.has(pattern) ? [pattern] : []
  let at = countUpTo(wide, own) - 1
  while (at >= 0) {
    const each = wide[at]
    if (each !== undefined && each.pattern !== pattern && own.startsWith(each.stem)) found.push(each.pattern)
    at = outer[at] ?? -1
  }
  return found
}

/** How many of these stems, which stand in order, come no later than a text. */
function countUpTo(wide: Cover['wide'], text: string): number {
  let [low, high] = [0, wide.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((wide[middle]?.stem ?? '') <= text) low = middle + 1
    else high = middle
  }
  return low
}

function compareText(x: string, y: string): number {
  if (x === y) return 0
  return x < y ? -1 : 1
}
