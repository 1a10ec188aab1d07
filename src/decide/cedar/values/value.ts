import { unique } from '../../../ground/unique.ts'
import type { Long } from './long.ts'

/** The value of a Cedar type that has no literals of its own, or a reference to an entity: all that is no plain data. */
abstract class Opaque {
  /** The name of the type as Cedar writes it. */
  abstract readonly type: string
}

/** A reference to an entity. `key` is equal where type and id are; a type name has no line break in it. */
export class EntityUid extends Opaque {
  readonly type: string
  readonly id: string
  readonly key: string

  constructor(type: string, id: string) {
    super()
    this.type = type
    this.id = id
    this.key = `${type}\n${id}`
  }
}

/** A decimal number, as how many ten-thousandths it is. */
export class Decimal extends Opaque {
  static readonly type = 'decimal'
  readonly type = Decimal.type
  readonly units: Long

  constructor(units: Long) {
    super()
    this.units = units
  }
}

/** An address or a range of addresses: 32 bits of version 4 or 128 of version 6, of which the first `prefix` count. */
export class IpAddress extends Opaque {
  static readonly type = 'ipaddr'
  readonly type = IpAddress.type
  readonly bits: 32 | 128
  readonly address: bigint
  readonly prefix: number

  constructor(bits: 32 | 128, address: bigint, prefix: number) {
    super()
    this.bits = bits
    this.address = address
    this.prefix = prefix
  }
}

/** A moment, in milliseconds since 1970 (UTC). */
export class Datetime extends Opaque {
  static readonly type = 'datetime'
  readonly type = Datetime.type
  readonly ms: Long

  constructor(ms: Long) {
    super()
    this.ms = ms
  }
}

/** A length of time in milliseconds, forwards or back. */
export class Duration extends Opaque {
  static readonly type = 'duration'
  readonly type = Duration.type
  readonly ms: Long

  constructor(ms: Long) {
    super()
    this.ms = ms
  }
}

/** A record: its own members count, never what an object inherits. */
export interface CedarRecord {
  readonly [name: string]: Value
}

/** A set, in any order; what stands in it twice counts once. */
export type CedarSet = readonly Value[]

export type Value =
  | boolean
  | Long
  | string
  | CedarSet
  | CedarRecord
  | EntityUid
  | Decimal
  | IpAddress
  | Datetime
  | Duration

export function isSet(value: Value): value is CedarSet {
  return Array.isArray(value)
}

export function isRecord(value: Value): value is CedarRecord {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Opaque)
}

/** Equality of the language: never an error; values of two types are never equal. */
export function equalValues(a: Value, b: Value): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object') return false
  if (isSet(a)) return isSet(b) && keyOf(a) === keyOf(b)
  if (isRecord(a)) return isRecord(b) && equalRecords(a, b)
  if (a instanceof EntityUid) return b instanceof EntityUid && a.key === b.key
  if (a instanceof Decimal) return b instanceof Decimal && a.units === b.units
  if (a instanceof IpAddress) return b instanceof IpAddress && equalAddresses(a, b)
  if (a instanceof Datetime) return b instanceof Datetime && a.ms === b.ms
  return b instanceof Duration && a.ms === b.ms
}

export function containsValue(set: CedarSet, value: Value): boolean {
  return typeof value === 'object' ? set.some((item) => equalValues(item, value)) : set.includes(value)
}

export function containsAll(set: CedarSet, values: CedarSet): boolean {
  const holds = lookIn(set, values.length)
  return values.every(holds)
}

export function containsAny(set: CedarSet, values: CedarSet): boolean {
  const holds = lookIn(set, values.length)
  return values.some(holds)
}

/** So many comparisons take less than to make keys. */
const comparedMax = 64

/** Whoever asks may bring both sides, as large as a request can be: each is gone through once, and not once for each of the other. */
function lookIn(set: CedarSet, times: number): (value: Value) => boolean {
  if (set.length * times <= comparedMax) return (value) => containsValue(set, value)
  const keys = new Set(set.map(keyOf))
  return (value) => keys.has(keyOf(value))
}

/** Of sets and records, which are asked for theirs again and again. */
const keys = new WeakMap<object, string>()

/**
 * Gives a text that two values share where they are equal, and only there. Sets in sets are compared by it: pairwise, each level would
 * double the work.
 */
function keyOf(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object') return String(value)
  const known = keys.get(value)
  if (known !== undefined) return known
  const key = makeKey(value)
  keys.set(value, key)
  return key
}

function makeKey(value: Value & object): string {
  if (isSet(value)) return `[${unique(value.map(keyOf)).toSorted().join()}]`
  if (value instanceof EntityUid) return `entity${JSON.stringify(value.key)}`
  if (value instanceof Decimal) return `decimal${value.units}`
  if (value instanceof IpAddress) return `ip${value.bits}/${value.address}/${value.prefix}`
  if (value instanceof Datetime) return `datetime${value.ms}`
  if (value instanceof Duration) return `duration${value.ms}`
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${keyOf(member)}`)
  return `{${members.sort().join()}}`
}

function equalRecords(a: CedarRecord, b: CedarRecord): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => equalMember(a, b, name))
}

function equalMember(a: CedarRecord, b: CedarRecord, name: string): boolean {
  const [left, right] = [readMember(a, name), readMember(b, name)]
  return left !== undefined && right !== undefined && equalValues(left, right)
}

/** Gives a member of a record, never one that the object has inherited. */
export function readMember(record: CedarRecord, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

function equalAddresses(a: IpAddress, b: IpAddress): boolean {
  return a.bits === b.bits && a.address === b.address && a.prefix === b.prefix
}

/** Names the type of a value as Cedar's messages do. */
export function typeOf(value: Value): string {
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string') return 'string'
  if (typeof value !== 'object') return 'long'
  if (isSet(value)) return 'set'
  if (isRecord(value)) return 'record'
  return value instanceof EntityUid ? `(entity of type \`${value.type}\`)` : value.type
}
