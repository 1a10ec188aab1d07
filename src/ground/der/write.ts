/** DER (X.690), as much of it as a certificate needs. */
export type Der = Buffer

const encode = (tag: number, ...parts: readonly Uint8Array[]): Der => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), encodeLength(body.length), body])
}

function encodeLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  const bytes = Buffer.from(length.toString(16).padStart(2 * Math.ceil(length.toString(16).length / 2), '0'), 'hex')
  return Buffer.concat([Uint8Array.of(0x80 | bytes.length), bytes])
}

export const sequence = (...parts: readonly Uint8Array[]): Der => encode(0x30, ...parts)
export const set = (...parts: readonly Uint8Array[]): Der => encode(0x31, ...parts)
export const octets = (bytes: Uint8Array): Der => encode(0x04, bytes)
export const bits = (bytes: Uint8Array, unused = 0): Der => encode(0x03, Uint8Array.of(unused), bytes)
export const text = (value: string): Der => encode(0x0c, Buffer.from(value, 'utf8'))
export const truth = (): Der => encode(0x01, Uint8Array.of(0xff))

/** A whole number that is not negative, from its bytes, most significant first. */
export const integer = (bytes: Uint8Array): Der =>
  encode(0x02, (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Uint8Array.of(0), bytes]) : bytes)

/** An explicit (constructed) or implicit (plain) tag of its context. */
export const tagged = (number: number, body: Uint8Array, isConstructed: boolean): Der =>
  encode((isConstructed ? 0xa0 : 0x80) | number, body)

/** An object identifier in dotted form. */
export function oid(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return encode(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(encodeBase128)]))
}

function encodeBase128(value: number): readonly number[] {
  const digits = [value & 0x7f]
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80)
  return digits
}

/** A moment before 2050, to the second (RFC 5280 section 4.1.2.5), from an RFC 3339 text. */
export const utcTime = (rfc3339: string): Der =>
  encode(0x17, Buffer.from(`${rfc3339.slice(2, 19).replace(/[-:T]/g, '')}Z`, 'ascii'))
