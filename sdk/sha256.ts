/**
 * SHA-256 (FIPS 180-4), in full: so that the verifier computes hashes at once, in every runtime, with nothing to
 * install. A test holds it to the platform's own over random inputs of every length.
 */
export function sha256(bytes: Uint8Array): Uint8Array {
  const state = INITIAL.slice()
  const padded = pad(bytes)
  const words = new Uint32Array(64)
  for (let at = 0; at < padded.byteLength; at += 64) compress(state, words, padded, at)
  const digest = new DataView(new ArrayBuffer(32))
  for (const [at, word] of state.entries()) digest.setUint32(at * 4, word)
  return new Uint8Array(digest.buffer)
}

/** The first 64 primes: the constants are fractions of their roots (FIPS 180-4, sections 4.2.2 and 5.3.3). */
const PRIMES: readonly number[] = Array.from({ length: 310 }, (_, at) => at + 2).filter((candidate, _, all) =>
  all.every((each) => each >= candidate || candidate % each !== 0),
)

/** First 32 bits of the fractional parts of roots. */
function fractionsOf(primes: readonly number[], root: (prime: number) => number): number[] {
  return primes.map((prime) => Math.floor((root(prime) % 1) * 2 ** 32))
}

const INITIAL = Uint32Array.from(fractionsOf(PRIMES.slice(0, 8), Math.sqrt))
const ROUNDS = Uint32Array.from(fractionsOf(PRIMES.slice(0, 64), Math.cbrt))

/** Appends a one bit, zeroes, and the length in bits, to a whole number of blocks (section 5.1.1). */
function pad(bytes: Uint8Array): DataView {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n)
  return view
}

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

/** One block (section 6.2.2). */
function compress(state: Uint32Array, words: Uint32Array, block: DataView, from: number): void {
  const word = (at: number): number => words[at] ?? 0
  for (let at = 0; at < 16; at++) words[at] = block.getUint32(from + at * 4)
  for (let at = 16; at < 64; at++) {
    const [x, y] = [word(at - 15), word(at - 2)]
    const small = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)
    const large = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10)
    words[at] = word(at - 16) + small + word(at - 7) + large
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let at = 0; at < 64; at++) {
    const choose = (e & f) ^ (~e & g)
    const one = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choose + (ROUNDS[at] ?? 0) + word(at)) | 0
    const two = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + two) | 0
  }
  for (const [at, value] of [a, b, c, d, e, f, g, h].entries()) state[at] = (state[at] ?? 0) + value
}
