import { fromUtf8, toUtf8 } from './bytes.ts'

/** A value that JSON cannot carry, or not canonically; the message says why. */
export class NotJson extends TypeError {
  readonly isTooDeep: boolean

  constructor(sentence: string, isTooDeep = false) {
    super(sentence)
    this.name = 'NotJson'
    this.isTooDeep = isTooDeep
  }
}

/**
 * Writes a value as canonical JSON (RFC 8785): members sorted by UTF-16 code units, numbers as ECMAScript writes
 * them, no white space. Throws `NotJson` on what JSON cannot carry: non-finite numbers, lone surrogates, functions,
 * dates, maps and other instances of classes; beyond 64 levels too, so for cycles. Members that are undefined are left out.
 */
export function writeCanonical(value: unknown): string {
  return write(value, 0)
}

/** True where a text is the canonical JSON of a value, and so the only text that says it. */
export function isCanonical(text: string, value: unknown): boolean {
  // what stands in order is written the same by the platform, and sooner, but for halves of surrogate pairs
  if (!text.includes('\\ud') && isInOrder(value, 0) && JSON.stringify(value) === text) return true
  try {
    return writeCanonical(value) === text
  } catch (error) {
    if (error instanceof NotJson) return false
    throw error
  }
}

/** True where the members of every object stand in the order of canonical JSON, and nothing is there that JSON does not carry. */
function isInOrder(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || depth === depthMax) return false
  if (Array.isArray(value)) return value.every((item) => isInOrder(item, depth + 1))
  const members = value as Readonly<Record<string, unknown>>
  let last = ''
  for (const name of Object.keys(members)) {
    if (name < last || !isInOrder(members[name], depth + 1)) return false
    last = name
  }
  return isPlain(value)
}

/** True for what JSON calls an object: no instance of a class. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** A value that never changes: its canonical text, and how many levels it has below it. */
interface Frozen {
  readonly text: string
  readonly levels: number
}
const frozen = new WeakMap<object, Frozen>()

/**
 * Freezes a value through and through and keeps its canonical text for as long as it lives: whatever holds the same value
 * later is written without writing that again. Throws as `writeCanonical`.
 */
export function freezeCanonical<T>(value: T): T {
  if (typeof value !== 'object' || value === null || frozen.has(value)) return value
  frozen.set(value, { text: inOnePiece(writeCanonical(value)), levels: freezeThrough(value) })
  return value
}

/**
 * Freezes an object through and through but for one number in one of its members. Gives what makes the object anew with
 * another number there: all of its text but that is written once. Throws as `writeCanonical`.
 */
export function freezeAround<T extends object>(
  value: T,
  outer: keyof T & string,
  inner: string,
): (number: number) => T {
  const inside: object = { ...value[outer], [inner]: 0 }
  const around = { ...value, [outer]: inside }
  const [begun, ended] = cutAt(around, outer)
  const [begunInside, endedInside] = cutAt(inside, inner)
  const [before, after] = [inOnePiece(begun + begunInside), inOnePiece(endedInside + ended)]
  const levels = freezeThrough(around)
  return (number) => {
    const made = Object.freeze({ ...around, [outer]: Object.freeze({ ...inside, [inner]: number }) })
    frozen.set(made, { text: before + writeNumber(number) + after, levels })
    return made as T // with the same members
  }
}

/** The canonical text of an object before and behind one of its members; the others are frozen. */
function cutAt(value: object, cut: string): readonly [string, string] {
  const members = value as Readonly<Record<string, unknown>>
  const [before, after]: [string[], string[]] = [[], []]
  for (const name of Object.keys(members).sort()) {
    if (name === cut || members[name] === undefined) continue
    const side = name < cut ? before : after
    side.push(`${writeText(name)}:${write(freezeCanonical(members[name]), 1)}`)
  }
  return [`{${[...before, `${writeText(cut)}:`].join(',')}`, `${['', ...after].join(',')}}`]
}

/** A text that was put together is walked through by its parts wherever it is written: one that stays is made whole. */
function inOnePiece(text: string): string {
  return fromUtf8(toUtf8(text)) ?? text // it is well-formed
}

/** Gives how many levels a value has below its own. What was written before nests no deeper than can be frozen. */
function freezeThrough(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let levels = 0
  for (const member of Object.values(Object.freeze(value))) levels = Math.max(levels, 1 + freezeThrough(member))
  return levels
}

function findFrozen(value: object, depth: number): string | undefined {
  const found = frozen.get(value)
  return found === undefined || depth + found.levels > depthMax ? undefined : found.text
}

const depthMax = 64

function write(value: unknown, depth: number): string {
  if (depth > depthMax) throw new NotJson('The value is nested too deeply.', true)
  if (typeof value === 'string') return writeText(value)
  if (typeof value === 'number') return writeNumber(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'object') return findFrozen(value, depth) ?? writeMembers(value, depth)
  throw new NotJson(`JSON cannot carry a ${typeof value}.`)
}

function writeMembers(value: object, depth: number): string {
  return Array.isArray(value) ? writeList(value, depth) : writeObject(value, depth)
}

function writeList(list: readonly unknown[], depth: number): string {
  let text = ''
  for (let at = 0; at < list.length; at++) text += `${at === 0 ? '' : ','}${write(list[at], depth + 1)}` // holes too
  return `[${text}]`
}

// every entry, and every row that it explains, is written here: in one pass
function writeObject(value: object, depth: number): string {
  if (!isPlain(value)) throw new NotJson('JSON carries plain objects only.')
  const members = value as Readonly<Record<string, unknown>>
  let text = '{'
  for (const { name, label } of orderOf(Object.keys(members))) {
    const member = members[name]
    if (member === undefined) continue
    if (text !== '{') text += ','
    text += label
    text += write(member, depth + 1)
  }
  return `${text}}`
}

/** A name of a member, and how it is written before its value. */
interface Label {
  readonly name: string
  readonly label: string
}

/** The names of one kind of object as they come, and in the order in which they are written. */
interface Order {
  readonly names: readonly string[]
  readonly labels: readonly Label[]
}

/** Objects of few kinds are written again and again: the order of the names of each is kept, under the name that comes first. */
const orders = new Map<string, readonly Order[]>()
/** Of kinds that begin with the same name, as with `id` or `kind`, so many are kept: the newest. */
const ordersPerNameMax = 8
const [orderNamesMax, orderCharsMax] = [256, 1_000]

function orderOf(names: readonly string[]): readonly Label[] {
  const first = names[0] ?? ''
  const known = orders.get(first) ?? []
  for (const order of known) if (isSameList(order.names, names)) return order.labels
  const labels = names.toSorted().map((name) => ({ name, label: `${writeText(name)}:` }))
  if (labels.reduce((sum, { label }) => sum + label.length, 0) > orderCharsMax) return labels
  if (orders.size >= orderNamesMax) orders.clear()
  orders.set(first, [{ names, labels }, ...known.slice(0, ordersPerNameMax - 1)])
  return labels
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false
  return true
}

/** What stands between quotation marks as it is: most texts, and cheaper to see than to escape. */
const PLAIN = /^[ !#-[\]-~]*$/

function writeText(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  if (!text.isWellFormed()) throw new NotJson('A text is not well-formed Unicode.')
  return JSON.stringify(text)
}

function writeNumber(number: number): string {
  if (!Number.isFinite(number)) throw new NotJson('JSON cannot carry this number.')
  return JSON.stringify(number)
}
