import { LIMITS } from '../../ground/limits.ts'
import type { Entity } from '../cedar/entities.ts'
import { parseDecimal } from '../cedar/values/decimal.ts'
import { multiplyLongs } from '../cedar/values/long.ts'
import { type CedarRecord, Decimal, EntityUid, type Value } from '../cedar/values/value.ts'

/** The values that were given with an act, each under its name; of one inside of another, the names with dots between. */
export interface Inputs {
  /** True where every value stands in one of the four. */
  readonly whole: boolean
  /** Texts; `true`, `false` and `null` are texts too. */
  readonly texts: ReadonlyMap<string, Value>
  /** Whole numbers. */
  readonly numbers: ReadonlyMap<string, Value>
  /** Numbers of at most four decimal places, whole ones among them. */
  readonly decimals: ReadonlyMap<string, Value>
  /** Lists of texts. */
  readonly lists: ReadonlyMap<string, Value>
}

interface Reading {
  whole: boolean
  /** How many more values are looked at. */
  left: number
  readonly texts: Map<string, Value>
  readonly numbers: Map<string, Value>
  readonly decimals: Map<string, Value>
  readonly lists: Map<string, Value>
}

/**
 * Reads what was given with an act into the four kinds of values that a policy can test. What could be read in two ways,
 * or has no place there, is left out, and `whole` is false: a name that is empty, holds a dot or is no well-formed text,
 * a number that JavaScript has rounded or that has more than four decimal places, a long text, and whatever lies too deep
 * or is too much. Of the same values it gives what it gave before: going through many takes a tenth of a second, and a call
 * that is under way is judged each second.
 */
export function readInputs(given: Readonly<Record<string, unknown>>): Inputs {
  const inputs = known.get(given) ?? readAll(given)
  known.set(given, inputs)
  return inputs
}

const known = new WeakMap<Readonly<Record<string, unknown>>, Inputs>()

function readAll(given: Readonly<Record<string, unknown>>): Inputs {
  const reading: Reading = {
    whole: true,
    left: LIMITS.inputsMax,
    texts: new Map(),
    numbers: new Map(),
    decimals: new Map(),
    lists: new Map(),
  }
  readMembers(reading, '', given, 0)
  return reading
}

function readMembers(reading: Reading, prefix: string, members: object, depth: number): void {
  for (const [name, value] of Object.entries(members)) {
    const path = `${prefix}${name}`
    reading.left -= 1
    const fits = isName(name) && path.length <= LIMITS.inputNameCharsMax && depth < LIMITS.inputDepthMax
    if (reading.left < 0 || !fits || !readInput(reading, path, value, depth)) reading.whole = false
    if (reading.left < 0) return
  }
}

/** A dot in a name would make it look like that of a value inside of another. */
function isName(name: string): boolean {
  return name !== '' && !name.includes('.') && name.isWellFormed()
}

/** Gives false where the value has no place. */
function readInput(reading: Reading, path: string, value: unknown, depth: number): boolean {
  if (typeof value === 'number') return readNumber(reading, path, value)
  if (typeof value === 'object' && value !== null) {
    if (Array.isArray(value) && value.every((item) => typeof item === 'string'))
      return readList(reading, path, value as readonly string[])
    readMembers(reading, `${path}.`, value, depth + 1)
    return true
  }
  const text = typeof value === 'boolean' || value === null ? String(value) : value
  if (!isText(text)) return false
  reading.texts.set(path, text)
  return true
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LIMITS.propertyCharsMax && value.isWellFormed()
}

function readList(reading: Reading, path: string, items: readonly string[]): boolean {
  reading.left -= items.length
  if (reading.left < 0 || !items.every(isText)) return false
  reading.lists.set(path, items)
  return true
}

/** The largest whole number of which a decimal can be made: it counts ten-thousandths in 64 bits. */
const decimalWholeMax = 922_337_203_685_476

function readNumber(reading: Reading, path: string, value: number): boolean {
  if (!(Math.abs(value) <= decimalWholeMax)) return false
  if (Number.isInteger(value)) {
    reading.numbers.set(path, value + 0) // of -0 it makes 0
    reading.decimals.set(path, new Decimal(multiplyLongs(value, 10_000)))
    return true
  }
  const text = String(value)
  if (!/^-?\d+\.\d{1,4}$/.test(text)) return false
  reading.decimals.set(path, parseDecimal(text))
  return true
}

const uid = (type: string): EntityUid => new EntityUid(`Remit::${type}`, 'given')

/** What a context says of inputs. */
export const INPUTS_TOLD: CedarRecord = {
  arguments: uid('Arguments'),
  numbers: uid('Numbers'),
  decimals: uid('Decimals'),
  lists: uid('Lists'),
}

/** Gives the entities whose tags are the inputs. */
export function tellInputs({ whole, texts, numbers, decimals, lists }: Inputs): readonly Entity[] {
  const tell = (type: string, attrs: CedarRecord, tags: ReadonlyMap<string, Value>): Entity => ({
    uid: uid(type),
    attrs,
    parents: [],
    tags: Object.fromEntries(tags),
  })
  return [
    tell('Arguments', { whole }, texts),
    tell('Numbers', {}, numbers),
    tell('Decimals', {}, decimals),
    tell('Lists', {}, lists),
  ]
}
