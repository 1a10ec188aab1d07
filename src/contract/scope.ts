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
  // widest first: a grant can only lie inside one that is kept already
  const actions = newCover()
  const resources = new Map<Pattern, Cover>()
  const kept: Grant[] = []
  for (const grant of [...scope].sort((x, y) => narrowness(x) - narrowness(y))) {
    if (covering(actions, grant.action).some((wide) => isCovered(resources.get(wide), grant.resource))) continue
    const own = resources.get(grant.action) ?? newCover()
    resources.set(grant.action, own)
    cover(actions, grant.action)
    cover(own, grant.resource)
    kept.push({ action: grant.action, resource: grant.resource })
  }
  return kept.sort((x, y) => compareText(x.action, y.action) || compareText(x.resource, y.resource))
}

/** Grows strictly from a grant to any other one inside it: a longer stem, or the same without the star. */
function narrowness(grant: Grant): number {
  const measure = (pattern: Pattern): number => 2 * stemOf(pattern).length + (isPrefix(pattern) ? 0 : 1)
  return measure(grant.action) + measure(grant.resource)
}

/** Patterns in which others may lie, found without going through them: 10,000 grants stay cheap. */
export interface Cover {
  readonly patterns: Set<Pattern>
  /** How long the stems of those with a star are. */
  readonly lengths: Set<number>
}

/** Begins one that holds nothing yet. */
export function newCover(): Cover {
  return { patterns: new Set(), lengths: new Set() }
}

/** Adds one. */
export function cover({ patterns, lengths }: Cover, pattern: Pattern): void {
  patterns.add(pattern)
  if (isPrefix(pattern)) lengths.add(stemOf(pattern).length)
}

/** Gives all in which a pattern lies. */
export function covering({ patterns, lengths }: Cover, pattern: Pattern): readonly Pattern[] {
  const own = stemOf(pattern)
  const found = patterns.has(pattern) ? [pattern] : []
  for (const length of lengths) {
    const wide = `${own.slice(0, length)}*`
    if (length <= own.length && wide !== pattern && patterns.has(wide)) found.push(wide)
  }
  return found
}

function isCovered(among: Cover | undefined, pattern: Pattern): boolean {
  return among !== undefined && covering(among, pattern).length > 0
}

function compareText(x: string, y: string): number {
  if (x === y) return 0
  return x < y ? -1 : 1
}
