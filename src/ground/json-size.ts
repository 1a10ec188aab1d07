/** The most bytes that a character takes in JSON, and a value beside its characters. */
const [charBytesMax, valueBytesMax] = [6, 32]

/**
 * True where the JSON of a value, which must be one that JSON can carry, has at most so many bytes. Most values are far
 * smaller: where even the dearest way to write one fits, it is not written to find out.
 */
export function fitsInJson(value: unknown, bytesMax: number): boolean {
  return countAtMost(value) <= bytesMax || Buffer.byteLength(JSON.stringify(value)) <= bytesMax
}

function countAtMost(value: unknown): number {
  if (typeof value === 'string') return valueBytesMax + value.length * charBytesMax
  if (typeof value !== 'object' || value === null) return valueBytesMax
  let bytes = valueBytesMax
  if (Array.isArray(value)) for (const item of value) bytes += countAtMost(item)
  else for (const name in value) bytes += countAtMost(name) + countAtMost((value as Record<string, unknown>)[name])
  return bytes
}
