import type { EntityUidJson, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { PolicyNote } from '../../../contract/policy.ts'
import { isMembers } from '../../../contract/read-entry.ts'
import { EntityUid } from '../../cedar/values/value.ts'
import { shortenText } from '../../facts/fit-data.ts'
import type { ReadPolicy } from '../../policy/policy.ts'

/** What is known to be there, as it stands in a policy: `context.action.soft`. */
type Known = ReadonlySet<string>

/** What is known to be there once something came out true, and once it came out false. */
interface Outcome {
  readonly met: Known
  readonly not: Known
}

type Look = (told: unknown, known: Known) => Outcome

/** More than this of what is read without a guard is not said. */
const namesCharsMax = 200

/**
 * Says of each policy of a domain without a schema what it reads and has not asked for before, with `has` or `hasTag`: a
 * question that lacks it is an error, and so a no. `kept` says by its key what an entity always has. A tag of which a policy
 * computes the name is not looked at.
 */
export function findUnguarded(
  policies: readonly ReadPolicy[],
  kept: ReadonlyMap<string, readonly string[]>,
): readonly PolicyNote[] {
  return policies.flatMap(({ id, file, line, column, json }) => {
    const known = (['principal', 'resource'] as const).flatMap((name) => {
      const scope = json[name]
      const names = scope.op === '==' && 'entity' in scope ? kept.get(keyOf(scope.entity)) : []
      return (names ?? []).map((each) => `${name}${sayMember(each)}`)
    })
    const names = readsOf(json.conditions, new Set(known))
    if (names.length === 0) return []
    const sentence = `it reads ${shortenText(names.join(', '), namesCharsMax)} without asking whether it is there: where a question lacks it, that is an error, and a no`
    return [{ file, line, column, id, kind: 'unguarded', sentence, hint: 'ask first, as in: context has ip && …' }]
  })
}

function keyOf(uid: EntityUidJson): string {
  const { type, id } = '__entity' in uid ? uid.__entity : uid
  return new EntityUid(type, id).key
}

/** Gives what conditions read without a guard, in the order in which they are evaluated. */
function readsOf(conditions: PolicyJson['conditions'], there: Known): readonly string[] {
  const found = new Set<string>()
  let known = there
  for (const { kind, body } of conditions) {
    const { met, not } = lookAt(body, known, found)
    known = kind === 'when' ? met : not
  }
  return [...found]
}

function lookAt(told: unknown, known: Known, found: Set<string>): Outcome {
  const look: Look = (part, of) => lookAt(part, of, found)
  if (Array.isArray(told)) return lookThrough(told, known, look)
  if (!isMembers(told)) return { met: known, not: known }
  const path = readPath(told)
  if (path !== null) return readAt(path, known, found)
  const [name, parts] = Object.entries(told)[0] ?? ['', null]
  const by = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined
  return by !== undefined && isMembers(parts) ? by(parts, known, look) : lookThrough(Object.values(told), known, look)
}

type Parts = Readonly<Record<string, unknown>>

/** What becomes known by the operators that do not evaluate all of their parts, or that ask what is there. */
const OPERATORS: Readonly<Record<string, (parts: Parts, known: Known, look: Look) => Outcome>> = {
  '&&': ({ left, right }, known, look) => {
    const first = look(left, known)
    const second = look(right, first.met)
    return { met: second.met, not: common(first.not, second.not) }
  },
  '||': ({ left, right }, known, look) => {
    const first = look(left, known)
    const second = look(right, first.not)
    return { met: common(first.met, second.met), not: second.not }
  },
  '!': ({ arg }, known, look) => {
    const { met, not } = look(arg, known)
    return { met: not, not: met }
  },
  'if-then-else': ({ if: condition, then, else: other }, known, look) => {
    const { met, not } = look(condition, known)
    const [first, second] = [look(then, met), look(other, not)]
    return { met: common(first.met, second.met), not: common(first.not, second.not) }
  },
  has: ({ left, attr }, known, look) => askedFor(left, [attr].flat().map(sayMember), look(left, known)),
  hasTag: ({ left, right }, known, look) => {
    const name = readText(right)
    const { met } = lookThrough([left, right], known, look)
    return askedFor(left, name === null ? [] : [sayTag(name)], { met, not: met })
  },
  Record: (members, known, look) => lookThrough(Object.values(members), known, look), // one may be called as an operator is
}

function lookThrough(parts: readonly unknown[], known: Known, look: Look): Outcome {
  const all = parts.reduce<Known>((so, part) => {
    const { met, not } = look(part, so)
    return common(met, not)
  }, known)
  return { met: all, not: all }
}

function common(one: Known, other: Known): Known {
  return new Set([...one].filter((place) => other.has(place)))
}

function askedFor(left: unknown, steps: readonly string[], { met, not }: Outcome): Outcome {
  const path = readPath(left)
  return path === null ? { met, not } : { met: new Set([...met, ...placesOf([...path, ...steps])]), not }
}

/** What was read once is there from then on: else it had failed by then. */
function readAt(path: readonly string[], known: Known, found: Set<string>): Outcome {
  const places = placesOf(path)
  if (!places.every((place) => known.has(place))) found.add(path.join(''))
  const all = new Set([...known, ...places])
  return { met: all, not: all }
}

/** Gives each place on the way to a member, without the variable that it begins at. */
function placesOf(path: readonly string[]): readonly string[] {
  return path.slice(1).map((_, at) => path.slice(0, at + 2).join(''))
}

const VARIABLES: readonly unknown[] = ['principal', 'resource', 'context']

/** Reads a member of a variable, or of one of its members; null for anything else. */
function readPath(told: unknown): readonly string[] | null {
  const { Var: name, '.': access, getTag: tag } = isMembers(told) ? told : {}
  if (typeof name === 'string') return VARIABLES.includes(name) ? [name] : null
  const part = access ?? tag
  if (!isMembers(part)) return null
  const path = readPath(part['left'])
  const tagName = readText(part['right'])
  if (path === null || (access === undefined && tagName === null)) return null
  return [...path, tagName === null ? sayMember(part['attr']) : sayTag(tagName)]
}

function readText(told: unknown): string | null {
  const value = isMembers(told) ? told['Value'] : undefined
  return typeof value === 'string' ? value : null
}

function sayMember(name: unknown): string {
  return /^[A-Za-z_]\w*$/.test(String(name)) ? `.${String(name)}` : `[${JSON.stringify(name)}]`
}

function sayTag(name: string): string {
  return `.getTag(${JSON.stringify(name)})`
}
