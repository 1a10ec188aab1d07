import { LIMITS } from '../../ground/limits.ts'
import { type Budget, spend, spendBulk } from './cel-budget.ts'
import { CelError } from './cel-words.ts'

/** What an expression comes to. Numbers out of JSON are doubles, as in CEL; whole numbers of an expression are ints. */
export type CelValue = null | boolean | number | bigint | string | readonly CelValue[] | CelMap | CelOptional
/** By keys that are texts, as in JSON. */
export type CelMap = ReadonlyMap<string, CelValue>

/** What may be absent: what `.?` gives. */
export class CelOptional {
  readonly value: CelValue | undefined
  constructor(value: CelValue | undefined) {
    this.value = value
  }
}

/** Gives JSON as a value. */
export function fromJson(json: unknown): CelValue {
  if (json === null || typeof json === 'boolean' || typeof json === 'number' || typeof json === 'string') return json
  if (Array.isArray(json)) return json.map((each: unknown) => fromJson(each))
  if (typeof json === 'object') return new Map(Object.entries(json).map(([name, each]) => [name, fromJson(each)]))
  throw new CelError('it holds what JSON does not')
}

/**
 * Gives a value as JSON, a step for each member and more for long texts: what lies in memory once is written each time.
 * Undefined where it is absent. Errors: `CelError` for what JSON cannot say.
 */
export function toJson(value: CelValue, budget: Budget): unknown {
  if (value instanceof CelOptional) return value.value === undefined ? undefined : toJson(value.value, budget)
  spend(budget)
  if (typeof value === 'bigint') {
    if (Number.isSafeInteger(Number(value))) return Number(value)
    throw new CelError('it comes to a number that JSON cannot hold exactly')
  }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new CelError('it comes to a number that is none')
  if (isList(value)) return value.map((each) => toPresent(each, budget))
  if (isMap(value)) return toObject(value, budget)
  if (typeof value === 'string') spendBulk(budget, value.length)
  return value
}

function toObject(value: CelMap, budget: Budget): object {
  const members: [string, unknown][] = []
  for (const [name, each] of value) {
    spendBulk(budget, name.length)
    members.push([name, toPresent(each, budget)])
  }
  return Object.fromEntries(members)
}

function toPresent(value: CelValue, budget: Budget): unknown {
  if (value instanceof CelOptional) throw new CelError('what may be absent stands inside of a list or map')
  return toJson(value, budget)
}

/** True for a list. */
export function isList(value: CelValue): value is readonly CelValue[] {
  return Array.isArray(value)
}

/** True for a map. */
export function isMap(value: CelValue): value is CelMap {
  return value instanceof Map
}

/** True for two values that are the same: of unlike types they are not, but numbers are compared as numbers. */
export function isEqual(one: CelValue, other: CelValue, budget: Budget): boolean {
  spend(budget)
  // biome-ignore lint/suspicious/noDoubleEquals: an int and a double of the same number are equal
  if (isNumber(one) && isNumber(other)) return one == other
  if (isList(one) && isList(other))
    return one.length === other.length && one.every((each, at) => isEqual(each, other[at] as CelValue, budget))
  if (isMap(one) && isMap(other)) return one.size === other.size && isWithin(one, other, budget)
  if (typeof one === 'string') spendBulk(budget, one.length)
  return one === other
}

function isWithin(one: CelMap, other: CelMap, budget: Budget): boolean {
  for (const [name, each] of one)
    if (!other.has(name) || !isEqual(each, other.get(name) as CelValue, budget)) return false
  return true
}

const isNumber = (value: CelValue): value is number | bigint => typeof value === 'number' || typeof value === 'bigint'

/** Gives -1, 0 or 1. Errors: `CelError` for what has no order, or none with the other. */
export function compare(one: CelValue, other: CelValue, budget: Budget): number {
  if ((isNumber(one) && isNumber(other)) || (typeof one === 'boolean' && typeof other === 'boolean'))
    return Number(one > other) - Number(one < other)
  if (typeof one === 'string' && typeof other === 'string') {
    spendBulk(budget, one.length + other.length)
    return Buffer.compare(Buffer.from(one), Buffer.from(other)) // bytes of UTF-8 stand in the order of code points, as in CEL
  }
  throw new CelError('two values are compared that have no order')
}

const [INT_MIN, INT_MAX] = [-(2n ** 63n), 2n ** 63n - 1n]

/** Gives a whole number that CEL can hold. Errors: `CelError` past 64 bits. */
export function checkInt(value: bigint): bigint {
  if (value >= INT_MIN && value <= INT_MAX) return value
  throw new CelError('a number runs over 64 bits')
}

/** Adds, takes away, multiplies, divides. Errors: `CelError` for unlike types, division by zero, overflow, texts that are too long. */
export function calculate(sign: string, left: CelValue, right: CelValue, budget: Budget): CelValue {
  if (typeof left === 'bigint' && typeof right === 'bigint') return calculateInts(sign, left, right)
  if (typeof left === 'number' && typeof right === 'number' && sign !== '%') return DOUBLES[sign]?.(left, right) ?? null
  if (sign === '+' && typeof left === 'string' && typeof right === 'string') {
    checkLength(left.length + right.length, budget)
    return left + right
  }
  if (sign === '+' && isList(left) && isList(right)) {
    checkLength(left.length + right.length, budget)
    return [...left, ...right]
  }
  throw new CelError(`there is no '${sign}' between these two; whole numbers of JSON are doubles, such as 1.0`)
}

const DOUBLES: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
}

const INTS: Readonly<Record<string, (left: bigint, right: bigint) => bigint>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
}

function calculateInts(sign: string, left: bigint, right: bigint): bigint {
  if (right === 0n && (sign === '/' || sign === '%')) throw new CelError('it divides by zero')
  return checkInt(INTS[sign]?.(left, right) ?? 0n)
}

function checkLength(length: number, budget: Budget): void {
  if (length > LIMITS.celValueMax) throw new CelError(`it comes to more than ${LIMITS.celValueMax} characters or items`)
  spendBulk(budget, length)
}
