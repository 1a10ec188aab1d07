import { LIMITS } from '../../ground/limits.ts'
import { type Budget, StepsSpent, spend, spendBulk } from './cel-budget.ts'
import type { Expression } from './cel-parse.ts'
import {
  type CelMap,
  CelOptional,
  type CelValue,
  calculate,
  checkInt,
  compare,
  isEqual,
  isList,
  isMap,
} from './cel-values.ts'
import { CelError } from './cel-words.ts'

interface Scope {
  readonly names: CelMap
  readonly budget: Budget
}

type Of<Is extends Expression['is']> = Extract<Expression, { readonly is: Is }>

// Our own because no library bounds what a mapping of a stranger takes with a request of a stranger: `@marcbachmann/cel-js`
// 8.0.0 bounds what is parsed and not what it then does (164 characters ran for seconds, `matches` for a minute), and
// `@bufbuild/cel` 0.6.1 bounds neither, and reads no `.?`, which the draft of COAZ needs.

/**
 * Works out an expression over the variables that `names` holds (CEL language definition, "Evaluation"). Not offered: bytes,
 * unsigned numbers, times, types, and `matches`, whose patterns could take for ever. Errors: `CelError`, also past
 * `LIMITS.celStepsMax` steps.
 */
export function evaluateCel(expression: Expression, names: CelMap, budget: Budget): CelValue {
  return work(expression, { names, budget })
}

const WORK: { readonly [Is in Expression['is']]: (expression: Of<Is>, scope: Scope) => CelValue } = {
  literal: ({ value }) => (typeof value === 'bigint' ? checkInt(value) : value),
  name: ({ name }, { names }) => {
    const value = names.get(name)
    if (value === undefined) throw new CelError(`there is no variable '${name}'`)
    return value
  },
  member: ({ of, name, isOptional }, scope) => select(work(of, scope), name, isOptional),
  index: ({ of, key, isOptional }, scope) => select(work(of, scope), work(key, scope), isOptional),
  not: ({ of }, scope) => !toTruth(work(of, scope)),
  minus: ({ of }, scope) => negate(of, scope),
  list: ({ items }, scope) => items.map((item) => work(item, scope)),
  map: ({ members }, scope) => makeMap(members, scope),
  choice: ({ test, yes, no }, scope) => work(toTruth(work(test, scope)) ? yes : no, scope),
  binary: (expression, scope) => workBinary(expression, scope),
  call: (expression, scope) => workCall(expression, scope),
}

function work(expression: Expression, scope: Scope): CelValue {
  spend(scope.budget)
  return (WORK[expression.is] as (each: Expression, within: Scope) => CelValue)(expression, scope) // its own row
}

function toTruth(value: CelValue): boolean {
  if (typeof value === 'boolean') return value
  throw new CelError('what is asked for its truth is no boolean')
}

function negate(of: Expression, scope: Scope): CelValue {
  if (of.is === 'literal' && typeof of.value === 'bigint') return checkInt(-of.value)
  const value = work(of, scope)
  if (typeof value === 'bigint') return checkInt(-value)
  if (typeof value === 'number') return -value
  throw new CelError('there is no minus of what is no number')
}

function makeMap(members: Of<'map'>['members'], scope: Scope): CelValue {
  const made = new Map<string, CelValue>()
  for (const [key, value] of members) {
    const name = work(key, scope)
    if (typeof name !== 'string') throw new CelError('a key of a map is no text')
    if (made.has(name)) throw new CelError(`the key '${tellKey(name)}' stands twice in a map`)
    made.set(name, work(value, scope))
  }
  return made
}

const tellKey = (key: CelValue): string => (typeof key === 'object' ? 'of another type' : String(key).slice(0, 100))

/** What follows on something that may be absent may be absent too. */
function select(of: CelValue, key: CelValue, isOptional: boolean): CelValue {
  if (of instanceof CelOptional) return of.value === undefined ? of : new CelOptional(find(of.value, key))
  const found = find(of, key)
  if (isOptional) return new CelOptional(found)
  if (found === undefined) throw new CelError(`no such key '${tellKey(key)}'`)
  return found
}

function find(of: CelValue, key: CelValue): CelValue | undefined {
  if (isMap(of)) return typeof key === 'string' ? of.get(key) : undefined
  const at = typeof key === 'bigint' ? Number(key) : key
  if (isList(of) && typeof at === 'number') return Number.isInteger(at) ? of[at] : undefined
  throw new CelError(`'${tellKey(key)}' is asked of what has no members`)
}

function workBinary({ sign, left, right }: Of<'binary'>, scope: Scope): CelValue {
  if (sign === '&&' || sign === '||') return workLogic(sign === '||', [left, right], scope)
  const [one, other] = [work(left, scope), work(right, scope)]
  if (sign === '==' || sign === '!=') return isEqual(one, other, scope.budget) === (sign === '==')
  if (sign === 'in') return isIn(one, other, scope)
  const order = ORDERS[sign]
  return order === undefined ? calculate(sign, one, other, scope.budget) : order(compare(one, other, scope.budget))
}

const ORDERS: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

/** What another side may still decide in spite of. */
function isPassable(error: unknown): error is CelError {
  return error instanceof CelError && !(error instanceof StepsSpent)
}

/** Whichever side decides counts, even where the other one fails. */
function workLogic(decides: boolean, sides: readonly Expression[], scope: Scope): boolean {
  let failed: CelError | undefined
  for (const side of sides) {
    try {
      if (toTruth(work(side, scope)) === decides) return decides
    } catch (error) {
      if (!isPassable(error)) throw error
      failed = error
    }
  }
  if (failed !== undefined) throw failed
  return !decides
}

function isIn(one: CelValue, other: CelValue, { budget }: Scope): boolean {
  if (isMap(other)) return typeof one === 'string' && other.has(one)
  if (!isList(other)) throw new CelError("'in' is asked of what is no list or map")
  return other.some((each) => isEqual(one, each, budget))
}

function workCall({ of, name, given }: Of<'call'>, scope: Scope): CelValue {
  if (of === null && name === 'has') return hasMember(given, scope)
  const macro = of === null ? undefined : findOwn(MACROS, name)
  if (of !== null && macro !== undefined) return workMacro(macro, work(of, scope), given, scope)
  const called = findOwn(FUNCTIONS, name)
  const values = [...(of === null ? [] : [of]), ...given].map((each) => work(each, scope))
  if (called === undefined || called.isMethod !== (of !== null && name !== 'size') || called.takes !== values.length)
    throw new CelError(`there is no function '${name}' here that takes this`)
  const [one, other] = values as [CelValue, CelValue] // so many were counted
  const result = called.call(one, other, scope.budget)
  if (result === undefined) throw new CelError(`'${name}' cannot be asked of this`)
  return result
}

function hasMember(given: readonly Expression[], scope: Scope): boolean {
  const [asked, ...more] = given
  if (asked?.is !== 'member' || more.length > 0) throw new CelError("'has' takes one member, such as has(params.name)")
  const found = select(work(asked.of, scope), asked.name, true)
  return found instanceof CelOptional && found.value !== undefined
}

type Macro = (items: readonly CelValue[], test: (item: CelValue) => CelValue) => CelValue

const MACROS: Readonly<Record<string, Macro>> = {
  exists: (items, test) => someOf(items, test, true),
  all: (items, test) => !someOf(items, test, false),
  exists_one: (items, test) => items.filter((item) => toTruth(test(item))).length === 1,
  map: (items, test) => items.map(test),
  filter: (items, test) => items.filter((item) => toTruth(test(item))),
}

/** One that decides counts, whatever fails beside it. */
function someOf(items: readonly CelValue[], test: (item: CelValue) => CelValue, decides: boolean): boolean {
  let failed: CelError | undefined
  for (const item of items) {
    try {
      if (toTruth(test(item)) === decides) return true
    } catch (error) {
      if (!isPassable(error)) throw error
      failed = error
    }
  }
  if (failed !== undefined) throw failed
  return false
}

function workMacro(macro: Macro, over: CelValue, [name, body, ...more]: readonly Expression[], scope: Scope): CelValue {
  if (name?.is !== 'name' || body === undefined || more.length > 0)
    throw new CelError('a macro takes a name and what is to be done with each')
  if (isMap(over)) spendBulk(scope.budget, over.size)
  const items = isMap(over) ? [...over.keys()] : over
  if (!isList(items)) throw new CelError('a macro goes over a list or a map')
  return macro(items, (item) => work(body, { ...scope, names: new Map([...scope.names, [name.name, item]]) }))
}

interface Called {
  readonly takes: 1 | 2
  readonly isMethod: boolean
  /** Undefined for values that it cannot be asked of. */
  readonly call: (one: CelValue, other: CelValue, budget: Budget) => CelValue | undefined
}

const method = (takes: 1 | 2, call: Called['call']): Called => ({ takes, isMethod: true, call })
const plain = (call: (one: CelValue, budget: Budget) => CelValue | undefined): Called => ({
  takes: 1,
  isMethod: false,
  call: (one, _, budget) => call(one, budget),
})

interface OnTexts {
  readonly test: (one: string, other: string) => boolean
  /** How many characters are looked at, at worst. */
  readonly reads: (one: string, other: string) => number
}

const onTexts = ({ test, reads }: OnTexts): Called =>
  method(2, (one, other, budget) => {
    if (typeof one !== 'string' || typeof other !== 'string') return undefined
    spendBulk(budget, reads(one, other))
    return test(one, other)
  })

const FUNCTIONS: Readonly<Record<string, Called>> = {
  size: plain(sizeOf),
  string: plain((one) =>
    typeof one === 'object' && one !== null ? undefined : one === null ? undefined : String(one),
  ),
  int: plain(toInt),
  double: plain(toDouble),
  contains: onTexts({
    test: (one, other) => one.includes(other),
    reads: (one, other) => one.length * (1 + other.length / LIMITS.celBulk), // a search starts anew after each near miss
  }),
  startsWith: onTexts({ test: (one, other) => one.startsWith(other), reads: (_, other) => other.length }),
  endsWith: onTexts({ test: (one, other) => one.endsWith(other), reads: (_, other) => other.length }),
  orValue: method(2, (one, other) => (one instanceof CelOptional ? (one.value ?? other) : undefined)),
  hasValue: method(1, (one) => (one instanceof CelOptional ? one.value !== undefined : undefined)),
  value: method(1, (one) => (one instanceof CelOptional ? one.value : undefined)),
}

function sizeOf(one: CelValue, budget: Budget): CelValue | undefined {
  if (typeof one === 'string') return sizeOfText(one, budget)
  if (isList(one)) return BigInt(one.length)
  return isMap(one) ? BigInt(one.size) : undefined
}

/** In code points, as CEL counts. */
function sizeOfText(text: string, budget: Budget): CelValue {
  spendBulk(budget, text.length)
  let size = 0
  for (const _ of text) size += 1
  return BigInt(size)
}

function toInt(one: CelValue): CelValue | undefined {
  if (typeof one === 'bigint') return one
  if (typeof one === 'number' && Number.isFinite(one)) return checkInt(BigInt(Math.trunc(one)))
  return typeof one === 'string' && /^[+-]?\d{1,19}$/.test(one) ? checkInt(BigInt(one.replace('+', ''))) : undefined
}

function toDouble(one: CelValue, budget: Budget): CelValue | undefined {
  if (typeof one === 'number' || typeof one === 'bigint') return Number(one)
  if (typeof one === 'string') spendBulk(budget, one.length)
  return typeof one === 'string' && /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(one) ? Number(one) : undefined
}

function findOwn<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}
