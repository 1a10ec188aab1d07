/** A value by pattern: `*` is one whole segment, `**` as the last one is all the rest; all else stands for itself. */
export type ValuePattern = { readonly pattern: string }

/** What a claim must be: exactly this value, of this type, or a text that a pattern matches from end to end. */
export type ValueRule = string | number | boolean | ValuePattern

/** What parts the segments of names that platforms give: `repo:acme/docs:ref:refs/heads/main`. */
const BOUNDARIES = '/:'

/**
 * Says what is wrong with a pattern; undefined for one that can be matched. At least its first segment is literal, so that
 * what it may match is found by its head, and so that a pattern never means everything.
 */
export function findPatternFault(pattern: string): string | undefined {
  const segments = pattern.split(/[/:]/)
  if (!pattern.includes('*')) return 'it has no *, and so is an exact value'
  if (segments[0]?.includes('*') !== false || segments[0] === '') return 'its first segment must be literal'
  const wild = segments.filter((segment) => segment.includes('*'))
  if (wild.some((segment) => segment !== '*' && segment !== '**')) return '* must be one whole segment, between / or :'
  if (segments.slice(0, -1).includes('**')) return '** may only be the last segment'
  return undefined
}

/**
 * True where a pattern matches a text from end to end. `*` takes one segment that is not empty and never crosses a boundary;
 * `**` takes all that is left, which is not empty either. One pass without going back: no text makes it slow.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  let at = 0
  for (let own = 0; own < pattern.length; own++) {
    if (pattern[own] !== '*') {
      if (pattern[own] !== text[at++]) return false
      continue
    }
    if (pattern[own + 1] === '*') return at < text.length
    const from = at
    while (at < text.length && !BOUNDARIES.includes(text[at] ?? '')) at++
    if (at === from) return false
  }
  return at === text.length
}

/** True where some text is matched by both patterns. */
export function canMeet(one: string, other: string): boolean {
  const [some, others] = [one, other].map((pattern) => pattern.split(/([/:])/)) as [string[], string[]] // one each
  for (let at = 0; at < Math.max(some.length, others.length); at++) {
    const [mine, theirs] = [some[at], others[at]]
    if (mine === undefined || theirs === undefined) return false
    if (mine === '**' || theirs === '**') return true
    const isOpen = at % 2 === 0 && [mine, theirs].includes('*') && mine !== '' && theirs !== ''
    if (!isOpen && mine !== theirs) return false
  }
  return true
}

/** True where a value is what a rule asks for; a number is never the text of its digits. */
export function holdsRule(rule: ValueRule, value: unknown): boolean {
  if (typeof rule !== 'object') return value === rule
  return typeof value === 'string' && matchesPattern(rule.pattern, value)
}

/** Gives the literal text before the first `*` of a pattern, up to and with the boundary before it. */
export function headOf(pattern: string): string {
  return pattern.slice(0, pattern.indexOf('*'))
}

/** Gives every head that a pattern of at most `segmentsMax` segments could have and match this text by, shortest first. */
export function headsOf(text: string, segmentsMax: number): readonly string[] {
  const heads: string[] = []
  for (let at = 0; at < text.length && heads.length < segmentsMax - 1; at++)
    if (BOUNDARIES.includes(text[at] ?? '')) heads.push(text.slice(0, at + 1))
  return heads
}

/**
 * Gives the claim that a name stands for: a member by its name or, where the name begins with `/`, what the JSON pointer
 * (RFC 6901) leads to through objects. Undefined where there is none; what every object inherits is no claim.
 */
export function findClaim(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  const path = name.startsWith('/')
    ? name
        .slice(1)
        .split('/')
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    : [name]
  return path.reduce<unknown>((value, part) => (isObject(value) ? ownMember(value, part) : undefined), claims)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function ownMember(value: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined
}

/** True where every claim that is asked for is there and is what its rule says. */
export function holdsRules(
  rules: Readonly<Record<string, ValueRule>>,
  claims: Readonly<Record<string, unknown>>,
): boolean {
  return Object.entries(rules).every(([name, rule]) => holdsRule(rule, findClaim(claims, name)))
}

/** Gives the names of the claims that are not there, or not what their rule says. */
export function findUnheld(
  rules: Readonly<Record<string, ValueRule>>,
  claims: Readonly<Record<string, unknown>>,
): readonly string[] {
  const unheld = Object.entries(rules).filter(([name, rule]) => !holdsRule(rule, findClaim(claims, name)))
  return unheld.map(([name]) => name)
}

/** True where a claim that both ask for can never be what both of them ask. Two patterns may always meet. */
export function areDisjoint(
  some: Readonly<Record<string, ValueRule>>,
  others: Readonly<Record<string, ValueRule>>,
): boolean {
  return Object.entries(some).some(([name, rule]) => {
    const other = Object.hasOwn(others, name) ? others[name] : undefined
    if (other === undefined) return false
    if (typeof other !== 'object') return !holdsRule(rule, other)
    return typeof rule !== 'object' && !holdsRule(other, rule)
  })
}
