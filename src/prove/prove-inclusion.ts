import { inclusionRanges, type LeafRange, rootFromTiles } from '../contract/log/merkle.ts'
import { sha256 } from '../ground/digest.ts'
import { RemitError } from '../ground/errors.ts'
import type { ProveStore } from './store.ts'

/** Gives the inclusion proof of an entry in the tree of the size that this was made for. Errors: `not_found`. */
export type ProveInclusion = (index: number) => Promise<readonly Uint8Array[]>

const tileHashes = 256
const tilesKeptMax = 1_024
const rootsKeptMax = 8_192

/**
 * Makes proofs in the tree of `size` entries out of stored hashes. Neighbours share nearly all of their proofs, so tiles
 * and subtree roots are kept: a proof for every entry of a log costs a few hashes each, and about 9 MB in all.
 */
export function createInclusionProver(store: ProveStore, size: number): ProveInclusion {
  const readTile = keep(tilesKeptMax, async (level: number, tile: number) => {
    const stored = Math.floor(size / tileHashes ** level)
    return await store.readHashes(level, tile * tileHashes, Math.min((tile + 1) * tileHashes, stored))
  })
  const readHashes = async (level: number, from: number, to: number): Promise<readonly Uint8Array[]> => {
    const tile = Math.floor(from / tileHashes) // a part of a proof never passes the border of a tile
    return (await readTile(level, tile)).slice(from - tile * tileHashes, to - tile * tileHashes)
  }
  const rootOf = keep(rootsKeptMax, (from: number, to: number) => rootFromTiles(sha256, readHashes, { from, to }))
  return async (index) => {
    const ranges = inclusionRanges(index, size)
    if (ranges === null) throw new RemitError('not_found', { detail: 'There is no such entry.' })
    return await Promise.all(ranges.map(({ from, to }: LeafRange) => rootOf(from, to)))
  }
}

/** Remembers answers to two numbers; forgets all of them when there are too many. */
function keep<T>(keptMax: number, ask: (x: number, y: number) => Promise<T>): (x: number, y: number) => Promise<T> {
  const kept = new Map<string, Promise<T>>()
  return (x, y) => {
    const key = `${x}-${y}`
    const known = kept.get(key)
    if (known !== undefined) return known
    if (kept.size >= keptMax) kept.clear()
    const asked = ask(x, y)
    kept.set(key, asked)
    return asked
  }
}
