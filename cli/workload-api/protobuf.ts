/** Bytes of one message of Protocol Buffers, or the parts of one. */
type Part = Uint8Array

/** Writes a field that has a length: bytes, a text, another message. What is empty is left out, as it means the same. */
export function field(number: number, value: Uint8Array | string): Part {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value
  return bytes.length === 0 ? bytes : Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}

/** Writes a message out of its fields. */
export const message = (...parts: readonly Part[]): Uint8Array => Buffer.concat(parts)

/** Writes a `map<string, bytes>`, an entry after the other. */
export function bytesMap(number: number, entries: ReadonlyMap<string, Uint8Array>): Part {
  return message(...[...entries].map(([key, bytes]) => field(number, message(field(1, key), field(2, bytes)))))
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let left = value
  for (; left >= 0x80; left = Math.floor(left / 128)) bytes.push((left % 128) + 0x80)
  return Buffer.from([...bytes, left])
}

/**
 * Gives the texts of a field of a request, in order; undefined where the request cannot be read. Other fields are passed over.
 */
export function readTexts(bytes: Uint8Array, number: number): readonly string[] | undefined {
  const texts: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const tag = readVarint(bytes, at)
    const size = tag === undefined ? undefined : readVarint(bytes, tag.end)
    // requests of this interface hold texts and messages, and nothing else
    if (tag === undefined || size === undefined || tag.value % 8 !== 2 || size.end + size.value > bytes.length)
      return undefined
    at = size.end + size.value
    if (Math.floor(tag.value / 8) === number) texts.push(Buffer.from(bytes.subarray(size.end, at)).toString('utf8'))
  }
  return texts
}

function readVarint(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0
  for (let at = start; at < bytes.length && at < start + 4; at += 1) {
    const byte = bytes[at] ?? 0
    value += (byte & 0x7f) * 128 ** (at - start)
    if (byte < 0x80) return { value, end: at + 1 }
  }
  return undefined
}

/** Writes members of JSON as `google.protobuf.Struct`. */
export function struct(members: Readonly<Record<string, unknown>>): Uint8Array {
  return message(
    ...Object.entries(members).map(([name, value]) => field(1, message(field(1, name), field(2, writeValue(value))))),
  )
}

/** `google.protobuf.Value`. */
function writeValue(value: unknown): Uint8Array {
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9)
    bytes[0] = 0x11
    bytes.writeDoubleLE(value, 1)
    return bytes
  }
  if (typeof value === 'string') return always(3, Buffer.from(value, 'utf8'))
  if (typeof value === 'boolean') return Buffer.of(0x20, value ? 1 : 0)
  if (Array.isArray(value)) return always(6, message(...value.map((each) => always(1, writeValue(each)))))
  return isObject(value) ? always(5, struct(value)) : Buffer.of(0x08, 0)
}

/** A field that says something by being there, empty or not. */
const always = (number: number, bytes: Uint8Array): Part =>
  Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
