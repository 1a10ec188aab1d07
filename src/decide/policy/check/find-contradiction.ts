import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import { isMembers } from '../../../contract/read-entry.ts'
import { isAmount, readAmount, sayAmount } from './amounts.ts'

type Expression = Readonly<Record<string, unknown>>

/** The least and the most that a whole number can be. */
export type Range = readonly [least: number, most: number]

/** Gives what something can be at all; undefined where nobody knows. */
export type RangeOf = (told: Expression) => Range | undefined

/** One thing that has to hold of what is compared with a value. */
interface Claim {
  readonly told: Expression
  readonly op: Op
  readonly value: unknown
}

/** All that has to hold at once: one of the ways in which conditions can be met. */
type Way = readonly Claim[]

/** Of more ways than these it is not said which can be. */
const waysMax = 64
const ANY: readonly Way[] = [[]]

const OPPOSITE = { '==': '!=', '!=': '==', '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const
const TURNED = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const
type Op = keyof typeof OPPOSITE
/** By which names something is compared: operators, and the methods of decimals. */
const NAMES: readonly (readonly [name: string, op: Op])[] = [
  ...(Object.keys(OPPOSITE) as readonly Op[]).map((op) => [op, op] as const),
  ['lessThan', '<'],
  ['lessThanOrEqual', '<='],
  ['greaterThan', '>'],
  ['greaterThanOrEqual', '>='],
]

/**
 * Says why the conditions of a policy can never be met together, such as `rank > 3 && rank < 2`; null where they can be, or
 * nobody knows. It looks at what is compared with a value, and at what is to hold and not to hold at once.
 */
export function findContradiction(
  { conditions }: Pick<PolicyJson, 'conditions'>,
  rangeOf: RangeOf = () => undefined,
): string | null {
  const ways = conditions.reduce((so, { kind, body }) => both(so, waysOf(body as Expression, kind === 'when')), ANY)
  const clashes = ways.map((way) => findClash(way, rangeOf))
  return clashes.every((clash) => clash !== null) ? (clashes[0] ?? null) : null
}

function waysOf(told: Expression, isMet: boolean): readonly Way[] {
  const { '&&': and, '||': or, '!': not, Value: value } = told
  if (isMembers(not)) return waysOf(not['arg'] as Expression, !isMet)
  if (typeof value === 'boolean') return value === isMet ? ANY : []
  const pair = and ?? or
  if (!isMembers(pair)) return [[claimOf(told, isMet)]]
  const [left, right] = [waysOf(pair['left'] as Expression, isMet), waysOf(pair['right'] as Expression, isMet)]
  return (and !== undefined) === isMet ? both(left, right) : [...left, ...right]
}

function both(left: readonly Way[], right: readonly Way[]): readonly Way[] {
  if (left.length * right.length > waysMax) return ANY
  return left.flatMap((one) => right.map((other) => [...one, ...other]))
}

function claimOf(told: Expression, isMet: boolean): Claim {
  for (const [name, op] of NAMES) {
    const sides = told[name]
    if (!isMembers(sides) && !Array.isArray(sides)) continue
    const [left, right] = Array.isArray(sides) ? (sides as readonly unknown[]) : [sides['left'], sides['right']]
    const [first, second] = [readValue(left), readValue(right)]
    if (second !== undefined && isMembers(left)) return { told: left, op: isMet ? op : OPPOSITE[op], value: second }
    if (first !== undefined && isMembers(right))
      return { told: right, op: TURNED[isMet ? op : OPPOSITE[op]], value: first }
  }
  return { told, op: '==', value: isMet }
}

function readValue(told: unknown): unknown {
  const { Value: value, neg } = isMembers(told) ? told : {}
  const opposite = isMembers(neg) ? readValue(neg['arg']) : undefined
  return typeof opposite === 'number' ? -opposite : (value ?? readAmount(told))
}

/** Says what of one thing cannot be at once; null where all of the way can. */
function findClash(way: Way, rangeOf: RangeOf): string | null {
  for (const claims of Map.groupBy(way, ({ told }) => JSON.stringify(told)).values()) {
    const told = claims[0]?.told ?? {}
    const range = rangeOf(told)
    if (canHold(claims, range)) continue
    const asked = [...new Set(claims.map(({ op, value }) => `${op} ${sayValue(value)}`))].join(' and ')
    return `${say(told)} is to be ${asked}${range === undefined ? '' : `, and is ${range[0]} to ${range[1]}`}`
  }
  return null
}

function canHold(claims: readonly Claim[], range: Range | undefined): boolean {
  const [least, most] = claims.reduce<Range>(narrow, range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
  const valuesBy = (op: Op): ReadonlySet<string> =>
    new Set(claims.filter((each) => each.op === op).map(({ value }) => JSON.stringify(value)))
  const [equal, other] = [valuesBy('=='), valuesBy('!=')]
  if (least > most || equal.size > 1) return false
  return ![...equal, ...(least === most ? [String(least)] : [])].some((value) => other.has(value))
}

function narrow([least, most]: Range, { op, value }: Claim): Range {
  const count = isAmount(value) ? value.count : value
  if (typeof count !== 'number') return [least, most]
  const [from, to] = BOUNDS[op](count)
  return [Math.max(least, from), Math.min(most, to)]
}

/** What a whole number can be of which this holds. */
const BOUNDS: Readonly<Record<Op, (value: number) => Range>> = {
  '==': (value) => [value, value],
  '!=': () => [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  '<': (value) => [Number.NEGATIVE_INFINITY, value - 1],
  '<=': (value) => [Number.NEGATIVE_INFINITY, value],
  '>': (value) => [value + 1, Number.POSITIVE_INFINITY],
  '>=': (value) => [value, Number.POSITIVE_INFINITY],
}

/** Says a value as it stands in a policy: an entity by its type and its id. */
function sayValue(value: unknown): string {
  if (isAmount(value)) return sayAmount(value)
  const entity = isMembers(value) ? value['__entity'] : undefined
  return isMembers(entity) ? `${String(entity['type'])}::${JSON.stringify(entity['id'])}` : JSON.stringify(value)
}

/** Names what is compared as it stands in a policy, where it is a member of something. */
function say(told: Expression): string {
  const { Var: name, '.': access, getTag: tag } = told
  if (typeof name === 'string') return name
  const part = access ?? tag
  if (!isMembers(part) || !isMembers(part['left'])) return 'one thing'
  const inner = say(part['left'])
  if (inner === 'one thing') return inner
  if (access !== undefined) return `${inner}.${String(part['attr'])}`
  const tagName = readValue(part['right'])
  return typeof tagName === 'string' ? `${inner}.getTag(${JSON.stringify(tagName)})` : 'one thing'
}
