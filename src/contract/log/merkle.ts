import { concatBytes, equalBytes } from './bytes.ts'

/** SHA-256, passed in: the contract does no hashing of its own. It keeps nothing of the bytes that it is given. */
export type Hash = (bytes: Uint8Array) => Uint8Array

/** Leaves `from` to `to` (exclusive) of a tree: one subtree of it. */
export interface LeafRange {
  readonly from: number
  readonly to: number
}

/**
 * Reads stored hashes `from` to `to` (exclusive) of a level: leaf hashes at level 0, at level L the roots of
 * complete subtrees of 256^L leaves (C2SP tlog-tiles).
 */
export type ReadHashes = (level: number, from: number, to: number) => Promise<readonly Uint8Array[]>

/** Bytes of one hash. */
export const hashBytes = 32

/** Longest proof: trees are at most 2^53 leaves (safe integers), and a consistency proof has one hash more. */
export const proofHashesMax = 64

const leafPrefix = Uint8Array.of(0)
const nodePrefix = Uint8Array.of(1)

/** Hash of a leaf: domain-separated from nodes (RFC 6962 section 2.1). */
export function hashLeaf(hash: Hash, data: Uint8Array): Uint8Array {
  return hash(concatBytes(leafPrefix, data))
}

/** Hash of a node over its two children (RFC 6962 section 2.1). */
export function hashNode(hash: Hash, left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length !== hashBytes || right.length !== hashBytes) return hash(concatBytes(nodePrefix, left, right))
  node.set(left, 1)
  node.set(right, 1 + hashBytes)
  return hash(node)
}

/** Where the bytes of one node are put together: a hash is taken of them before the next. */
const node = new Uint8Array(1 + 2 * hashBytes).fill(1, 0, 1)

/** Root of a tree over its leaf hashes; of no leaves, the hash of nothing (RFC 6962 section 2.1). */
export function rootOf(hash: Hash, leaves: readonly Uint8Array[]): Uint8Array {
  return leaves.length === 0 ? hash(new Uint8Array()) : foldRight(hash, completeRoots(hash, leaves))
}

/** Roots of the complete subtrees that a tree falls into, from the largest on the left to the smallest. */
function completeRoots(hash: Hash, leaves: readonly Uint8Array[]): Uint8Array[] {
  const roots: Uint8Array[] = []
  let from = 0
  for (const part of splitComplete({ from: 0, to: leaves.length })) {
    roots.push(foldComplete(hash, leaves.slice(from, part.to)))
    from = part.to
  }
  return roots
}

/** Root over a power of two of hashes. */
function foldComplete(hash: Hash, hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes
  while (row.length > 1) {
    const below = row
    row = Array.from({ length: below.length / 2 }, (_, at) =>
      hashNode(hash, pick(below, 2 * at), pick(below, 2 * at + 1)),
    )
  }
  return pick(row, 0)
}

/** Root over roots of complete subtrees whose sizes shrink from left to right. */
export function foldRight(hash: Hash, roots: readonly Uint8Array[]): Uint8Array {
  return roots.slice(0, -1).reduceRight((right, left) => hashNode(hash, left, right), pick(roots, roots.length - 1))
}

/** Splits a range at its largest powers of two into complete subtrees, from left to right. */
function splitComplete({ from, to }: LeafRange): LeafRange[] {
  const parts: LeafRange[] = []
  for (let at = from; at < to; ) {
    const end = at + powerAtMost(to - at)
    parts.push({ from: at, to: end })
    at = end
  }
  return parts
}

/** Largest power of two that is at most `count`; `count` is at least 1. */
function powerAtMost(count: number): number {
  let power = 1
  while (power * 2 <= count) power *= 2
  return power
}

/** Splits a tree of two leaves or more where RFC 6962 does: at the largest power of two below its size. */
function splitTree({ from, to }: LeafRange): readonly [left: LeafRange, right: LeafRange] {
  const size = to - from
  const power = powerAtMost(size)
  const middle = from + (power === size ? power / 2 : power)
  return [
    { from, to: middle },
    { from: middle, to },
  ]
}

/**
 * Says which subtrees prove that leaf `index` is in the tree of `size` leaves, from the leaf's sibling up
 * (RFC 6962 section 2.1.1); null where the tree has no such leaf or a number is not a safe whole number.
 */
export function inclusionRanges(index: number, size: number): readonly LeafRange[] | null {
  if (!isCount(index) || !isCount(size) || index >= size) return null
  const ranges: LeafRange[] = []
  for (let tree: LeafRange = { from: 0, to: size }; tree.to - tree.from > 1; ) {
    const [left, right] = splitTree(tree)
    ranges.unshift(index < left.to ? right : left)
    tree = index < left.to ? left : right
  }
  return ranges
}

/**
 * Says which subtrees prove that the tree of `from` leaves is the beginning of the tree of `to` leaves
 * (RFC 6962 section 2.1.2). Null where `from` is 0 or above `to`: that an empty tree begins every tree says
 * nothing about a log, so asking for it is taken as the mistake that it is.
 */
export function consistencyRanges(from: number, to: number): readonly LeafRange[] | null {
  if (!isCount(from) || !isCount(to) || from < 1 || from > to) return null
  const ranges: LeafRange[] = []
  let tree: LeafRange = { from: 0, to }
  let isOldRoot = true
  while (tree.to !== from) {
    const [left, right] = splitTree(tree)
    ranges.unshift(from <= left.to ? right : left)
    if (from > left.to) isOldRoot = false
    tree = from <= left.to ? left : right
  }
  return isOldRoot ? ranges : [tree, ...ranges]
}

/** Computes a proof out of all leaf hashes of a tree: for small trees and tests. */
export function proveFromLeaves(
  hash: Hash,
  leaves: readonly Uint8Array[],
  ranges: readonly LeafRange[],
): readonly Uint8Array[] {
  return ranges.map(({ from, to }) => rootOf(hash, leaves.slice(from, to)))
}

/** Computes a proof out of stored hashes; reads at most 128 hashes for each complete subtree in them. */
export async function proveFromTiles(
  hash: Hash,
  read: ReadHashes,
  ranges: readonly LeafRange[],
): Promise<readonly Uint8Array[]> {
  return await Promise.all(ranges.map((range) => rootFromTiles(hash, read, range)))
}

/** Computes the root of a range out of stored hashes. The range starts where a subtree of its size may start. */
export async function rootFromTiles(hash: Hash, read: ReadHashes, range: LeafRange): Promise<Uint8Array> {
  const roots = await frontierFromTiles(hash, read, range)
  return roots.length === 0 ? hash(new Uint8Array()) : foldRight(hash, roots)
}

/** Computes the roots of the complete subtrees that a range falls into, out of stored hashes. */
export async function frontierFromTiles(hash: Hash, read: ReadHashes, range: LeafRange): Promise<Uint8Array[]> {
  return await Promise.all(
    splitComplete(range).map(async ({ from, to }) => {
      const [level, span] = levelOf(to - from)
      const hashes = await read(level, from / span, to / span)
      if (hashes.length !== (to - from) / span) throw new RangeError(`hashes ${from} to ${to} are not all stored`)
      return foldComplete(hash, hashes)
    }),
  )
}

/** The highest tile level whose hashes make up a complete subtree, and how many leaves one of them spans. */
function levelOf(size: number): readonly [level: number, span: number] {
  let [level, span] = [0, 1]
  while (span * 256 <= size) [level, span] = [level + 1, span * 256]
  return [level, span]
}

/** What an inclusion proof claims. */
export interface InclusionClaim {
  readonly index: number
  readonly size: number
  readonly leaf: Uint8Array
  readonly root: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/** True where the proof shows the leaf at `index` in the tree with this root (RFC 9162 section 2.1.3.2). */
export function verifyInclusion(hash: Hash, { index, size, leaf, root, proof }: InclusionClaim): boolean {
  if (!isCount(index) || !isCount(size) || index >= size || !areHashes([leaf, root], proof)) return false
  let [at, last, computed] = [index, size - 1, leaf]
  for (const sibling of proof) {
    if (last === 0) return false
    const isRight = at % 2 === 1 || at === last
    computed = isRight ? hashNode(hash, sibling, computed) : hashNode(hash, computed, sibling)
    if (isRight) [at, last] = climb(at, last)
    ;[at, last] = [halve(at), halve(last)]
  }
  return last === 0 && equalBytes(computed, root)
}

/** What a consistency proof claims. */
export interface ConsistencyClaim {
  readonly from: number
  readonly to: number
  readonly fromRoot: Uint8Array
  readonly toRoot: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/**
 * True where the proof shows the tree of `from` leaves to be the beginning of the tree of `to` leaves
 * (RFC 9162 section 2.1.4.2). False for `from` 0: see `consistencyRanges`.
 */
export function verifyConsistency(hash: Hash, { from, to, fromRoot, toRoot, proof }: ConsistencyClaim): boolean {
  if (!isCount(from) || !isCount(to) || from < 1 || from > to || !areHashes([fromRoot, toRoot], proof)) return false
  if (from === to) return proof.length === 0 && equalBytes(fromRoot, toRoot)
  const path = powerAtMost(from) === from ? [fromRoot, ...proof] : proof
  const [first, ...rest] = path
  if (first === undefined || proof.length === 0) return false
  return foldBoth(hash, { from, to, fromRoot, toRoot, proof: rest }, first)
}

function foldBoth(hash: Hash, { from, to, fromRoot, toRoot, proof }: ConsistencyClaim, first: Uint8Array): boolean {
  let [at, last] = [from - 1, to - 1]
  while (at % 2 === 1) [at, last] = [halve(at), halve(last)]
  let [older, newer] = [first, first]
  for (const sibling of proof) {
    if (last === 0) return false
    const isRight = at % 2 === 1 || at === last
    newer = isRight ? hashNode(hash, sibling, newer) : hashNode(hash, newer, sibling)
    if (isRight) {
      older = hashNode(hash, sibling, older)
      ;[at, last] = climb(at, last)
    }
    ;[at, last] = [halve(at), halve(last)]
  }
  return last === 0 && equalBytes(older, fromRoot) && equalBytes(newer, toRoot)
}

/** Goes up, past levels at which the right edge has no sibling, until this is a right child or the top. */
function climb(at: number, last: number): readonly [at: number, last: number] {
  let [x, y] = [at, last]
  while (x % 2 === 0 && x !== 0) [x, y] = [halve(x), halve(y)]
  return [x, y]
}

function halve(count: number): number {
  return Math.floor(count / 2) // not a shift: sizes pass 32 bits
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function areHashes(hashes: readonly Uint8Array[], proof: readonly Uint8Array[]): boolean {
  return proof.length <= proofHashesMax && [...hashes, ...proof].every((each) => each.length === hashBytes)
}

function pick(hashes: readonly Uint8Array[], at: number): Uint8Array {
  const hash = hashes[at]
  if (hash === undefined) throw new RangeError(`there is no hash ${at} of ${hashes.length}`)
  return hash
}
