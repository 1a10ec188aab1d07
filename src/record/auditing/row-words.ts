import { hash } from 'node:crypto'

/** What the log said last of a row. */
export interface RowWord {
  /** The entry that touched it last. */
  readonly index: number
  readonly version: number
  /** 32 hex digits, of the row when it was last put or replaced: counting does not change its body. Empty where that is not held. */
  readonly digest: string
}

/** A word that was not taken out, and by what its row is found again in the entry that it names. */
export interface WordLeft {
  readonly index: number
  /** True for the name of its row. */
  readonly isOf: (row: string) => boolean
}

const KEY_WORDS = 4
const PLACES_MIN = 1024
/** Of the places so many are taken before there are twice as many. */
const FULL = 0.7

const FREE = 0
const GONE = -1

/**
 * The last word of the log on each of very many rows, in 48 bytes a place: objects and texts would be ten times as much. A row is
 * known by the first 128 bits of the SHA-256 of its name; nobody finds two names that share them.
 */
export class RowWords {
  #keys = new Uint32Array(PLACES_MIN * KEY_WORDS)
  #digests = new Uint32Array(PLACES_MIN * KEY_WORDS)
  #indexes = new Float64Array(PLACES_MIN)
  /** Above 0; `FREE` where nothing was ever, `GONE` where something was taken out. */
  #versions = new Float64Array(PLACES_MIN)
  #taken = 0
  #size = 0

  /** How many words there are. */
  get size(): number {
    return this.#size
  }

  /** Replaces the word on a row, or puts the first one, by the one that there was; null leaves none. */
  note(row: string, next: (before: RowWord | undefined) => RowWord | null): void {
    if (this.#taken >= FULL * this.#versions.length) this.#grow()
    const key = keyOf(row)
    const at = this.#find(key)
    const word = next(this.#at(at))
    if (word === null) {
      this.#remove(at)
      return
    }
    if (!this.#isThere(at)) this.#size += 1
    if (this.#versions[at] === FREE) this.#taken += 1
    this.#keys.set(key, at * KEY_WORDS)
    this.#digests.set(readDigest(word.digest), at * KEY_WORDS)
    this.#indexes[at] = word.index
    this.#versions[at] = word.version
  }

  /** Takes the word on a row out. */
  take(row: string): RowWord | undefined {
    const at = this.#find(keyOf(row))
    const word = this.#at(at)
    this.#remove(at)
    return word
  }

  /** The words that are left, at most so many, those of the first entries first. */
  left(most: number): readonly WordLeft[] {
    const places = Array.from(this.#versions.keys()).filter((at) => this.#isThere(at))
    const indexOf = (at: number): number => this.#indexes[at] ?? 0
    return places
      .sort((x, y) => indexOf(x) - indexOf(y))
      .slice(0, most)
      .map((at) => ({ index: indexOf(at), isOf: (row) => this.#find(keyOf(row)) === at }))
  }

  #at(at: number): RowWord | undefined {
    if (!this.#isThere(at)) return undefined
    return {
      index: this.#indexes[at] ?? 0,
      version: this.#versions[at] ?? 0,
      digest: isNone(this.#digests, at * KEY_WORDS) ? '' : writeDigest(this.#digests, at * KEY_WORDS),
    }
  }

  #remove(at: number): void {
    if (!this.#isThere(at)) return
    this.#versions[at] = GONE
    this.#size -= 1
  }

  #isThere(at: number): boolean {
    return (this.#versions[at] ?? FREE) > 0
  }

  /** The place of a key, or the free one where it would stand. */
  #find(key: Uint32Array): number {
    const mask = this.#versions.length - 1
    for (let at = (key[0] ?? 0) & mask; ; at = (at + 1) & mask)
      if (this.#versions[at] === FREE || this.#holds(at, key)) return at
  }

  #holds(at: number, key: Uint32Array): boolean {
    const from = at * KEY_WORDS
    for (let nth = 0; nth < KEY_WORDS; nth += 1) if (this.#keys[from + nth] !== key[nth]) return false
    return true
  }

  #grow(): void {
    const [keys, digests, indexes, versions] = [this.#keys, this.#digests, this.#indexes, this.#versions]
    const places = versions.length * 2
    this.#keys = new Uint32Array(places * KEY_WORDS)
    this.#digests = new Uint32Array(places * KEY_WORDS)
    this.#indexes = new Float64Array(places)
    this.#versions = new Float64Array(places)
    this.#taken = this.#size
    for (let from = 0; from < versions.length; from += 1) {
      const version = versions[from] ?? FREE
      if (version <= 0) continue
      const key = keys.subarray(from * KEY_WORDS, (from + 1) * KEY_WORDS)
      const at = this.#find(key)
      this.#keys.set(key, at * KEY_WORDS)
      this.#digests.set(digests.subarray(from * KEY_WORDS, (from + 1) * KEY_WORDS), at * KEY_WORDS)
      this.#indexes[at] = indexes[from] ?? 0
      this.#versions[at] = version
    }
  }
}

function keyOf(row: string): Uint32Array {
  const digest = hash('sha256', row, 'latin1') // a text costs less than memory of its own for each
  const key = new Uint32Array(KEY_WORDS)
  for (let nth = 0; nth < KEY_WORDS; nth += 1) key[nth] = readWord(digest, nth * 4)
  return key
}

function readWord(bytes: string, at: number): number {
  const byte = (nth: number): number => bytes.charCodeAt(at + nth) << (8 * nth)
  return byte(0) | byte(1) | byte(2) | byte(3)
}

const NONE = new Uint32Array(KEY_WORDS)

function readDigest(hex: string): Uint32Array {
  if (hex === '') return NONE
  const words = new Uint32Array(KEY_WORDS)
  for (let nth = 0; nth < KEY_WORDS; nth += 1) words[nth] = Number.parseInt(hex.slice(nth * 8, nth * 8 + 8), 16)
  return words
}

function writeDigest(words: Uint32Array, at: number): string {
  let digest = ''
  for (let nth = at; nth < at + KEY_WORDS; nth += 1) digest += (words[nth] ?? 0).toString(16).padStart(8, '0')
  return digest
}

function isNone(words: Uint32Array, at: number): boolean {
  for (let nth = at; nth < at + KEY_WORDS; nth += 1) if (words[nth] !== 0) return false
  return true
}
