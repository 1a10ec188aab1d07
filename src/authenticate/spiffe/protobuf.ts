import { RemitError } from '../../ground/errors.ts'

/** One field of a message of Protocol Buffers: the number, and what a field with a length holds. */
interface Field {
  readonly number: number
  readonly bytes: Uint8Array
}

/** Wire types of fields that are passed over, with the bytes of those that have always the same. */
const FIXED: ReadonlyMap<number, number> = new Map([
  [1, 8],
  [5, 4],
])

/** Reads the fields of a message that have a length: bytes, texts, messages. Errors: `issuer_unavailable`. */
function readFields(message: Uint8Array): readonly Field[] {
  const fields: Field[] = []
  for (let at = 0; at < message.length; ) {
    const tag = readVarint(message, at)
    const [number, type] = [Math.floor(tag.value / 8), tag.value % 8]
    if (type === 0) {
      at = readVarint(message, tag.end).end
      continue
    }
    const fixed = FIXED.get(type)
    if (fixed === undefined && type !== 2) refuse()
    const length = fixed === undefined ? readVarint(message, tag.end) : { value: fixed, end: tag.end }
    const end = length.end + length.value
    if (end > message.length || number === 0) refuse()
    if (fixed === undefined) fields.push({ number, bytes: message.subarray(length.end, end) })
    at = end
  }
  return fields
}

/** Numbers of at most 49 bits: no length here is as large as that. */
function readVarint(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } {
  let value = 0
  for (let at = start; at < bytes.length && at < start + 7; at += 1) {
    const byte = bytes[at] ?? 0
    value += (byte & 0x7f) * 128 ** (at - start)
    if (byte < 0x80) return { value, end: at + 1 }
  }
  return refuse()
}

/**
 * Reads a `map<string, bytes>` that is the field of this number. A key that comes twice is refused: what it stands for
 * would hang on who reads it. Errors: `issuer_unavailable`.
 */
export function readBytesMap(message: Uint8Array, number: number): ReadonlyMap<string, Uint8Array> {
  const map = new Map<string, Uint8Array>()
  for (const field of readFields(message)) {
    if (field.number !== number) continue
    const parts = readFields(field.bytes)
    const key = Buffer.from(parts.findLast((part) => part.number === 1)?.bytes ?? []).toString('utf8')
    if (map.has(key)) refuse()
    map.set(key, parts.findLast((part) => part.number === 2)?.bytes ?? new Uint8Array())
  }
  return map
}

function refuse(): never {
  throw new RemitError('issuer_unavailable', { detail: 'The Workload API answers with a message that cannot be read.' })
}
