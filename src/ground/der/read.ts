import { RemitError } from '../errors.ts'
import { LIMITS } from '../limits.ts'

/** One value of DER (X.690): its tag, what it holds, and how it stands in the text that it was read from. */
export interface DerNode {
  readonly tag: number
  /** What stands behind tag and length. */
  readonly bytes: Uint8Array
  /** With tag and length. */
  readonly whole: Uint8Array
  /** The values inside. Errors: `certificate_invalid` where it is not made of values. */
  children(): readonly DerNode[]
}

/** The tags that a certificate is read by. */
export const TAGS = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const

const constructed = 0x20

/**
 * Reads one value, and nothing after it: definite lengths in their shortest form, one-byte tags, at most
 * `LIMITS.derDepthMax` values inside each other. What is inside is read when it is asked for.
 * Errors: `certificate_invalid`.
 */
export function readDer(bytes: Uint8Array): DerNode {
  const [only, ...more] = readSome(bytes, 0)
  return only === undefined || more.length > 0 ? refuse('It is not one value of DER.') : only
}

/** Reads values that follow each other: a bundle of certificates. Errors: `certificate_invalid`. */
export function readManyDer(bytes: Uint8Array): readonly DerNode[] {
  return readSome(bytes, 0)
}

function readSome(bytes: Uint8Array, depth: number): readonly DerNode[] {
  const nodes: DerNode[] = []
  for (let at = 0; at < bytes.length; ) {
    const node = readOne(bytes.subarray(at), depth)
    nodes.push(node)
    at += node.whole.length
  }
  return nodes
}

function readOne(bytes: Uint8Array, depth: number): DerNode {
  const tag = bytes[0] ?? 0
  if ((tag & 0x1f) === 0x1f) refuse('Its DER holds a tag of several bytes.')
  const { length, headBytes } = readLength(bytes)
  if (bytes.length < headBytes + length) refuse('Its DER ends too early.')
  const inner = bytes.subarray(headBytes, headBytes + length)
  return {
    tag,
    bytes: inner,
    whole: bytes.subarray(0, headBytes + length),
    children() {
      if ((tag & constructed) === 0) refuse('Its DER holds a plain value where others should be inside.')
      if (depth >= LIMITS.derDepthMax) refuse('Its DER is nested too deeply.')
      return readSome(inner, depth + 1)
    },
  }
}

interface Length {
  readonly length: number
  readonly headBytes: number
}

/** X.690 sections 8.1.3 and 10.1: definite, and no longer than it must be. */
function readLength(bytes: Uint8Array): Length {
  const first = bytes[1] ?? refuse('Its DER ends too early.')
  if (first < 0x80) return { length: first, headBytes: 2 }
  const count = first & 0x7f
  if (count === 0 || count > 3 || bytes.length < 2 + count) refuse('Its DER holds a length that cannot be read.')
  const length = bytes.subarray(2, 2 + count).reduce((sum, byte) => sum * 256 + byte, 0)
  if (length < 0x80 || length < 256 ** (count - 1)) refuse('Its DER holds a length that is longer than it must be.')
  return { length, headBytes: 2 + count }
}

/** Gives a node of that tag. Errors: `certificate_invalid` for another one, and for none. */
export function expectTag(node: DerNode | undefined, tag: number): DerNode {
  return node?.tag === tag ? node : refuse('Its DER is not that of a certificate.')
}

/** Gives an object identifier in dotted form. Errors: `certificate_invalid`. */
export function readOid(node: DerNode | undefined): string {
  const { bytes } = expectTag(node, TAGS.oid)
  if (bytes.length === 0 || bytes.length > LIMITS.oidBytesMax || (bytes.at(-1) ?? 0) >= 0x80)
    refuse('An object identifier in it cannot be read.')
  const arcs: number[] = []
  let arc = 0
  let isFirst = true
  for (const byte of bytes) {
    if (isFirst && byte === 0x80) refuse('An object identifier in it is longer than it must be.')
    arc = arc * 128 + (byte & 0x7f)
    isFirst = byte < 0x80
    if (!isFirst) continue
    arcs.push(arc)
    arc = 0
  }
  const [head = 0, ...rest] = arcs
  const first = Math.min(Math.floor(head / 40), 2)
  return [first, head - first * 40, ...rest].join('.')
}

/** Gives a truth value (X.690 section 11.1: all ones or all zeros). Errors: `certificate_invalid`. */
export function readTruth(node: DerNode | undefined): boolean {
  const { bytes } = expectTag(node, TAGS.boolean)
  const [byte] = bytes
  if (bytes.length !== 1 || (byte !== 0 && byte !== 0xff)) refuse('A truth value in it cannot be read.')
  return byte === 0xff
}

/** Gives a small whole number that is not negative. Errors: `certificate_invalid`. */
export function readSmallInteger(node: DerNode | undefined): number {
  const { bytes } = expectTag(node, TAGS.integer)
  const [first = 0x80, second = 0xff] = bytes
  if (bytes.length > 4 || first >= 0x80 || (bytes.length > 1 && first === 0 && second < 0x80))
    refuse('A number in it cannot be read.')
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0)
}

/** Gives which bits of a named list are set (X.690 section 11.2.2). Errors: `certificate_invalid`. */
export function readBits(node: DerNode | undefined): ReadonlySet<number> {
  const [unused = 8, ...bytes] = expectTag(node, TAGS.bitString).bytes
  if (unused > 7 || bytes.length > 4 || (bytes.length === 0 && unused > 0))
    refuse('A list of bits in it cannot be read.')
  const set = bytes.flatMap((byte, at) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => byte & (0x80 >> bit)).map((bit) => at * 8 + bit),
  )
  if (set.some((bit) => bit >= bytes.length * 8 - unused)) refuse('A list of bits in it cannot be read.')
  return new Set(set)
}

const UTC_TIME = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/
const GENERALIZED_TIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/

/** Gives a moment in epoch milliseconds, in the two forms of RFC 5280 section 4.1.2.5. Errors: `certificate_invalid`. */
export function readTime(node: DerNode | undefined): number {
  const form = node?.tag === TAGS.utcTime ? UTC_TIME : GENERALIZED_TIME
  const { bytes } = node?.tag === TAGS.utcTime ? node : expectTag(node, TAGS.generalizedTime)
  const read = form.exec(bytes.length <= 15 ? Buffer.from(bytes).toString('latin1') : '')
  const [, year = '', month = '', day = '', hour = '', minute = '', second = ''] =
    read ?? refuse('A date in it cannot be read.')
  // two digits mean 1950 to 2049
  const whole = year.length === 4 ? year : `${Number(year) < 50 ? '20' : '19'}${year}`
  const text = `${whole}-${month}-${day}T${hour}:${minute}:${second}.000Z`
  const atMs = Date.parse(text)
  const isReal = Number.isFinite(atMs) && new Date(atMs).toISOString() === text
  return isReal ? atMs : refuse('A date in it is none of the calendar.')
}

function refuse(detail: string): never {
  throw new RemitError('certificate_invalid', { detail })
}
