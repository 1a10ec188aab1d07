import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toUtf8 } from '../contract/log/bytes.ts'
import { hashLeaf, rootOf } from '../contract/log/merkle.ts'
import { sha256 } from '../ground/digest.ts'
import { emptyFrontier, type Frontier, frontierRoot, growFrontier } from './frontier.ts'
import type { TileRoot } from './store.ts'

const sizeMax = 1_600
const leaves = Array.from({ length: sizeMax }, (_, at) => hashLeaf(sha256, toUtf8(`entry-${at}`)))

interface Grown {
  readonly frontier: Frontier
  readonly tileRoots: readonly TileRoot[]
}

/** Puts so many of the leaves on an edge that has grown already. */
function grow({ frontier, tileRoots }: Grown, count: number): Grown {
  const grown = growFrontier(sha256, frontier, leaves.slice(frontier.size, frontier.size + count))
  return { frontier: grown.frontier, tileRoots: [...tileRoots, ...grown.tileRoots] }
}

/** What each size has come to, one leaf at a time. */
const grownTo: Grown[] = [{ frontier: emptyFrontier, tileRoots: [] }]
for (let size = 0; size < sizeMax; size++) grownTo.push(grow(grownTo[size] ?? expect.unreachable(), 1))

const isSame = (one: Uint8Array, other: Uint8Array): boolean => Buffer.from(one).equals(other)

function isSameGrown(one: Grown, other: Grown): boolean {
  const { frontier, tileRoots } = one
  return (
    frontier.size === other.frontier.size &&
    isSame(Buffer.concat(frontier.roots), Buffer.concat(other.frontier.roots)) &&
    tileRoots.length === other.tileRoots.length &&
    tileRoots.every(({ level, n, hash }, at) => {
      const theirs = other.tileRoots[at]
      return theirs !== undefined && theirs.level === level && theirs.n === n && isSame(theirs.hash, hash)
    })
  )
}

describe('the edge of a tree', () => {
  const batch = fc.oneof(
    { weight: 19, arbitrary: fc.integer({ min: 0, max: 8 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 200 }) },
  )

  it('is the same after batches of any size as after one leaf at a time, and so are the tiles that became full', () => {
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 8 }), fc.nat(sizeMax), (batches, from) => {
        const start = grownTo[from] ?? expect.unreachable()
        const grown = batches.reduce(grow, start)
        return isSameGrown(grown, grownTo[grown.frontier.size] ?? expect.unreachable())
      }),
      { numRuns: 10_000 },
    )
  })

  it.each([0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 1_023, 1_025, sizeMax])(
    'after %i leaves it has the root of the tree over them',
    (size) => {
      const { frontier } = grownTo[size] ?? expect.unreachable()
      expect(toBytes(frontierRoot(sha256, frontier))).toEqual(toBytes(rootOf(sha256, leaves.slice(0, size))))
    },
  )
})

function toBytes(hash: Uint8Array): readonly number[] {
  return [...hash]
}
