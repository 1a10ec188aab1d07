import { concatBytes } from '../contract/log/bytes.ts'
import { formatReceipt } from '../contract/log/checkpoint.ts'
import { consistencyRanges, inclusionRanges, proveFromTiles } from '../contract/log/merkle.ts'
import { encodeBundle, type TileName, tileLevelMax, tileWidth, tileWidthMax } from '../contract/log/tile.ts'
import type { LogEntry } from '../contract/log-entry.ts'
import { sha256 } from '../ground/digest.ts'
import { RemitError } from '../ground/errors.ts'
import { parseEntry } from './entry.ts'
import type { LogHead, RecordStore } from './store.ts'

/** An entry at its place, with the text that was hashed for it. */
export interface PlacedEntry {
  readonly index: number
  readonly entry: LogEntry
  readonly raw: string
}

/** What can be read of a log, by anyone allowed: all of it is below the signed head. */
export interface LogReader {
  /**
   * Hashes of a tile, 32 bytes each (C2SP tlog-tiles): `width` of them, or as many as there are. Errors: `not_found`
   * where the tree has no such tile, or none so wide.
   */
  tile(level: number, n: number, width?: number): Promise<Uint8Array>
  /** Entries of a bundle, each after its length in two bytes; as `tile` at level 0. */
  entries(n: number, width?: number): Promise<Uint8Array>
  /** The entry at an index. Errors: `not_found`; `log_broken` where its bytes are not an entry. */
  entry(index: number): Promise<LogEntry>
  /** Entries `from` to `to` (exclusive), read at once; fewer where the log ends. Errors: `log_broken` as `entry`. */
  entriesBetween(from: number, to: number): Promise<readonly PlacedEntry[]>
  /** The bytes that were hashed for the entry at an index. Errors: `not_found`. */
  entryBytes(index: number): Promise<Uint8Array>
  /** Hashes that prove an entry in the tree of `size` entries (RFC 6962 section 2.1.1). `size`: the head's. */
  inclusionProof(index: number, size?: number): Promise<readonly Uint8Array[]>
  /** Hashes that prove the tree of `from` entries to begin that of `to` (section 2.1.2). `from`: 1 and up. `to`: the head's. */
  consistencyProof(from: number, to?: number): Promise<readonly Uint8Array[]>
  /** The receipt of an entry under the newest checkpoint (c2sp.org/tlog-proof@v1): verifies offline. */
  receipt(index: number): Promise<string>
}

/** Makes the reader of a log; `head` gives the newest signed head. */
export function createReader(store: RecordStore, head: () => LogHead): LogReader {
  const read = store.readHashes.bind(store)

  async function prove(ranges: ReturnType<typeof inclusionRanges>, size: number): Promise<readonly Uint8Array[]> {
    if (ranges === null || size > head().size)
      throw new RemitError('not_found', { detail: `There is no such proof in a log of ${head().size} entries.` })
    return await proveFromTiles(sha256, read, ranges)
  }

  async function readTile(name: Omit<TileName, 'width'>, width: number | undefined): Promise<readonly Uint8Array[]> {
    const wide = checkWidth(name, width, head().size)
    const [from, to] = [name.n * tileWidthMax, name.n * tileWidthMax + wide]
    const items = name.level === 'entries' ? await store.readEntries(from, to) : await read(name.level, from, to)
    if (items.length !== wide) throw new RemitError('log_broken', { facts: { from, to } })
    return items
  }

  async function entryBytes(index: number): Promise<Uint8Array> {
    if (!Number.isSafeInteger(index) || index < 0 || index >= head().size) throw noSuchEntry(index)
    const [bytes] = await store.readEntries(index, index + 1)
    if (bytes === undefined) throw new RemitError('log_broken', { facts: { index } })
    return bytes
  }

  return {
    tile: async (level, n, width) => concatBytes(...(await readTile({ level, n }, width))),
    entries: async (n, width) => encodeBundle(await readTile({ level: 'entries', n }, width)),
    entry: async (index) => openEntry(index, await entryBytes(index)),
    entriesBetween: async (from, to) => {
      const end = Math.min(to, head().size)
      const all = from < end ? await store.readEntries(from, end) : []
      if (all.length !== Math.max(0, end - from)) throw new RemitError('log_broken', { facts: { from, to: end } })
      return all.map((bytes, at) => ({
        index: from + at,
        entry: openEntry(from + at, bytes),
        raw: Buffer.from(bytes).toString('utf8'),
      }))
    },
    entryBytes,
    inclusionProof: async (index, size = head().size) => await prove(inclusionRanges(index, size), size),
    consistencyProof: async (from, to = head().size) => await prove(consistencyRanges(from, to), to),
    receipt: async (index) => {
      const { size, note } = head()
      if (index >= size) throw noSuchEntry(index)
      return formatReceipt({ index, proof: await prove(inclusionRanges(index, size), size), note })
    },
  }
}

function openEntry(index: number, bytes: Uint8Array): LogEntry {
  const entry = parseEntry(bytes)
  if (typeof entry === 'string') throw new RemitError('log_broken', { cause: entry, facts: { index } })
  return entry
}

function noSuchEntry(index: number): RemitError {
  return new RemitError('not_found', { detail: `There is no such entry: ${index}.` })
}

function checkWidth({ level, n }: Omit<TileName, 'width'>, width: number | undefined, size: number): number {
  const isLevel = level === 'entries' || (Number.isSafeInteger(level) && level >= 0 && level <= tileLevelMax)
  const wide = isLevel && Number.isSafeInteger(n) && n >= 0 ? tileWidth({ level, n }, size) : 0
  const asked = width ?? wide
  if (!Number.isSafeInteger(asked) || asked < 1 || asked > wide) throw new RemitError('not_found')
  return asked
}
