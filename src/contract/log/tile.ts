import { concatBytes } from './bytes.ts'

/** Hashes in a full tile, entries in a full bundle (C2SP tlog-tiles). */
export const tileWidthMax = 256

/** Highest tile level that a path may name. */
export const tileLevelMax = 63

/** Which tile of hashes, or which bundle of entries, in which width. */
export interface TileName {
  readonly level: number | 'entries'
  readonly n: number
  /** 256 where it is full; less where it is the open right edge of a tree. */
  readonly width: number
}

const PATH = /^tile\/(0|[1-9][0-9]?|entries)\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/

/** Writes the path of a tile under the log's prefix: `tile/0/x001/x234/067.p/17`. */
export function formatTilePath({ level, n, width }: TileName): string {
  const digits = String(n)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? []
  const path = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/')
  return `tile/${level}/${path}${width < tileWidthMax ? `.p/${width}` : ''}`
}

/** Reads the path of a tile strictly; null where it is none, or not the one way to write it. */
export function parseTilePath(path: string): TileName | null {
  const [, level = '', groups = '', width = '256'] = PATH.exec(path) ?? []
  const name: TileName = {
    level: level === 'entries' ? level : Number(level),
    n: Number(groups.replaceAll(/[x/]/g, '')),
    width: Number(width),
  }
  const isBounded = Number.isSafeInteger(name.n) && (level === 'entries' || Number(level) <= tileLevelMax)
  return groups !== '' && isBounded && formatTilePath(name) === path ? name : null
}

/** How many hashes (or entries) tile `n` holds in a tree of `size` leaves: 0 to 256. */
export function tileWidth({ level, n }: Omit<TileName, 'width'>, size: number): number {
  const span = tileWidthMax ** (level === 'entries' ? 0 : level)
  return Math.max(0, Math.min(tileWidthMax, Math.floor(size / span) - n * tileWidthMax))
}

/** Writes entries as a bundle: each after its length as two bytes, big-endian. */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  return concatBytes(
    ...entries.flatMap((entry) => {
      if (entry.length > 0xffff) throw new RangeError('an entry has at most 65,535 bytes')
      return [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry]
    }),
  )
}

/** Reads a bundle of exactly `width` entries; null where it is not one. */
export function decodeBundle(bytes: Uint8Array, width: number): readonly Uint8Array[] | null {
  const entries: Uint8Array[] = []
  let at = 0
  while (at < bytes.length && entries.length < width) {
    const [high, low] = bytes.subarray(at, at + 2)
    if (high === undefined || low === undefined) return null
    const end = at + 2 + high * 256 + low
    if (end > bytes.length) return null
    entries.push(bytes.slice(at + 2, end))
    at = end
  }
  return at === bytes.length && entries.length === width ? entries : null
}
