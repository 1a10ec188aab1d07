import { foldRight, frontierFromTiles, type Hash, hashNode, type ReadHashes } from '../contract/log/merkle.ts'
import type { TileRoot } from './store.ts'

/**
 * The open right edge of the tree: the roots of the complete subtrees that its size falls into, from left to right.
 * All that an append needs to know: at most 53 hashes, however long the log.
 */
export interface Frontier {
  readonly size: number
  readonly roots: readonly Uint8Array[]
}

/** A tree without leaves. */
export const emptyFrontier: Frontier = { size: 0, roots: [] }

/** Binary levels in a tile: a tile root closes whenever a subtree of 256, 65,536… leaves does. */
const tileHeight = 8

/** Appends leaf hashes. Gives the new edge, and the roots of the tiles that became full. */
export function growFrontier(
  hash: Hash,
  { size, roots }: Frontier,
  leaves: readonly Uint8Array[],
): { readonly frontier: Frontier; readonly tileRoots: readonly TileRoot[] } {
  const edge = [...roots]
  const tileRoots: TileRoot[] = []
  let count = size
  for (const leaf of leaves) {
    const closed = closeSubtrees(hash, edge, leaf, count)
    tileRoots.push(...closed)
    count += 1
  }
  return { frontier: { size: count, roots: edge }, tileRoots }
}

/** Puts one leaf on the edge and joins every pair of equal subtrees, as a binary counter carries. */
function closeSubtrees(hash: Hash, edge: Uint8Array[], leaf: Uint8Array, count: number): TileRoot[] {
  const tileRoots: TileRoot[] = []
  let [carried, rest, height] = [leaf, count, 0]
  while (rest % 2 === 1) {
    const left = edge.pop()
    if (left === undefined) throw new RangeError(`the edge of ${count} leaves is incomplete`)
    carried = hashNode(hash, left, carried)
    rest = Math.floor(rest / 2)
    height += 1
    if (height % tileHeight === 0) tileRoots.push({ level: height / tileHeight, n: rest, hash: carried })
  }
  edge.push(carried)
  return tileRoots
}

/** Root of the tree that ends in this edge. */
export function frontierRoot(hash: Hash, { roots }: Frontier): Uint8Array {
  return roots.length === 0 ? hash(new Uint8Array()) : foldRight(hash, roots)
}

/** Computes the edge of a tree of `size` leaves out of stored hashes. */
export async function readFrontier(hash: Hash, read: ReadHashes, size: number): Promise<Frontier> {
  return { size, roots: await frontierFromTiles(hash, read, { from: 0, to: size }) }
}
