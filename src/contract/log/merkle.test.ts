import { hash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../../test/arbitraries.ts'
import { toBase64, toUtf8 } from './bytes.ts'
import {
  consistencyRanges,
  type Hash,
  hashLeaf,
  hashNode,
  inclusionRanges,
  proofHashesMax,
  proveFromLeaves,
  proveFromTiles,
  type ReadHashes,
  rootFromTiles,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'

const sha256: Hash = (bytes) => hash('sha256', bytes, 'buffer')
const sizeMax = 600
const leaves = Array.from({ length: sizeMax }, (_, at) => hashLeaf(sha256, toUtf8(`entry-${at}`)))
const roots = Array.from({ length: sizeMax + 1 }, (_, size) => rootOf(sha256, leaves.slice(0, size)))
const subtrees = new Map<string, Uint8Array>()

/** Roots over `entry-0` … `entry-15` in ASCII, computed by another program from the words of RFC 6962. */
const ROOTS = [
  '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
  'QHZrIDNCkCb1PVRQJnmoOXBrR0H43K86i7pfQbX/4HU=',
  'LyelCCwdQq+kiKw1Cp/EOQwIT1T3Hs3/hZ6Y24QptHk=',
  'pkvybgkSj2/i/m+LLYyAHhZrV8BHp82bK4Ceepai8cs=',
  'JWueiCXl03CkrgBdCQHqKRl34pJ/XPjj5yZg3QlRnts=',
  'GqaNMHSQWlgfhMu9D3U3lJBP2ARRvEwT5p2aU7xZUCw=',
  'CHg6Uj0mBIDeLM8JdtdBHtitrwb3XVpd4iVMWPlo7Kk=',
  'kTlgHMHKirKnoMLBNMBIRfKxulSag9bIRc/NpDnMWF0=',
  '38wTubDKkyxo3j1Z6qqP4mapyAkcAwDoQF6/6w0OWDI=',
  'EvTvqMojKGxwCvIok4Ac/55yxY7WOnMWwwqHzxe9USY=',
  'obtdcHeFAu7MtKcJ+lIf3ym0bpnQb7Fl30wPymyrDOA=',
  'JcH/Xuuoj8jo0b+ZIYLtCRQeriOhLVb3aCzJzvhRacU=',
  'bud3St9iS3VRnvjx+4x0JdYaY4Nz40F6WFTDjADTO3Q=',
  'lqWoftesYODBs9vY1oIn7jfilxqSadt+k6KgLO0/cWA=',
  'OhTaX91AZ496Q//zWdM4VjpaeBHwdMsQAPCgoyG7ZCM=',
  'TG2hplsxFyjW/qN+pYDd2WmwKXWDaIQLNoo0oYbFV0Q=',
  '1or51loV14h+/mifkSEBaZ3sKy3tAx4M58Ki25OxYys=',
]

/** What is read of the file of vectors; without the file, the roots above stand for it. */
interface Vectors {
  readonly rfc6962_roots: { readonly roots: readonly { readonly size: number; readonly root_b64: string }[] }
}
const ownVectors: Vectors = { rfc6962_roots: { roots: ROOTS.map((root_b64, size) => ({ size, root_b64 })) } }

/** Reads hashes as a log would keep them: level 1 is the roots of 256 leaves. */
const read: ReadHashes = async (level, from, to) => {
  const span = 256 ** level
  const stored =
    level === 0 ? leaves : prove(Array.from({ length: Math.floor(sizeMax / span) }, (_, at) => range(at, span)))
  return stored.slice(from, to)
}
const range = (at: number, span: number) => ({ from: at * span, to: (at + 1) * span })

function prove(ranges: readonly { from: number; to: number }[] | null): Uint8Array[] {
  return (ranges ?? []).map(({ from, to }) => {
    const kept = subtrees.get(`${from}-${to}`) ?? rootOf(sha256, leaves.slice(from, to))
    subtrees.set(`${from}-${to}`, kept)
    return kept
  })
}

const at = <T>(items: readonly T[], index: number): T => items[index] ?? expect.unreachable()
const treeUpTo = (max: number) =>
  fc.integer({ min: 1, max }).chain((size) => fc.tuple(fc.integer({ min: 0, max: size - 1 }), fc.constant(size)))
const tree = treeUpTo(sizeMax)
/** Mostly small ones, for what hashes every leaf of every tree. */
const mostlySmall = fc.oneof({ weight: 9, arbitrary: treeUpTo(64) }, { weight: 1, arbitrary: tree })

/** Turns one bit of one of the byte strings. */
function flip(parts: readonly Uint8Array[], bit: number): Uint8Array[] {
  const flipped = parts.map((part) => Uint8Array.from(part))
  const place = bit % (parts.length * 256)
  const part = at(flipped, Math.floor(place / 256))
  part[Math.floor((place % 256) / 8)] = at([...part], Math.floor((place % 256) / 8)) ^ (1 << (place % 8))
  return flipped
}

describe('roots', () => {
  it.each(ROOTS.map((root, size) => ({ size, root })))(
    'the root of $size leaves is that of RFC 6962',
    ({ size, root }) => {
      expect(toBase64(at(roots, size))).toBe(root)
    },
  )

  it('these roots are those of the vectors beside the repository, where there are any', () => {
    const path = new URL('../../../../shared/vectors/tlog/signed-note-vectors.json', import.meta.url)
    const vectors: Vectors = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : ownVectors
    const theirs = vectors.rfc6962_roots.roots
    expect(theirs).toHaveLength(17)
    for (const { size, root_b64 } of theirs) expect(toBase64(at(roots, size))).toBe(root_b64)
    expect(theirs.map(({ root_b64 }) => root_b64)).toEqual(ROOTS)
  })

  it('a leaf and a node over the same bytes have different hashes', () => {
    const [left, right] = [at(leaves, 0), at(leaves, 1)]
    expect(hashNode(sha256, left, right)).not.toEqual(hashLeaf(sha256, Buffer.concat([left, right])))
  })

  it.each([1, 2, 255, 256, 257, 511, 512, 513, 600])(
    'the tiles of a log give the root of its %i leaves',
    async (size) => {
      expect(await rootFromTiles(sha256, read, { from: 0, to: size })).toEqual(at(roots, size))
    },
  )

  it('tiles that lack a hash give an error and no root', async () => {
    await expect(rootFromTiles(sha256, read, { from: 0, to: sizeMax + 1 })).rejects.toThrow(RangeError)
  })
})

describe('inclusion', () => {
  it('every leaf of every tree is proven', () => {
    fc.assert(
      fc.property(tree, ([index, size]) => {
        const proof = prove(inclusionRanges(index, size))
        return verifyInclusion(sha256, { index, size, leaf: at(leaves, index), root: at(roots, size), proof })
      }),
      RUNS,
    )
  })

  it('a proof in which one bit of leaf, root or hash is turned is refused', () => {
    fc.assert(
      fc.property(tree, fc.nat(), ([index, size], bit) => {
        const parts = [at(leaves, index), at(roots, size), ...prove(inclusionRanges(index, size))]
        const [leaf, root, ...proof] = flip(parts, bit)
        return leaf !== undefined && root !== undefined && !verifyInclusion(sha256, { index, size, leaf, root, proof })
      }),
      RUNS,
    )
  })

  it('a proof is refused at every other index', () => {
    fc.assert(
      fc.property(tree, fc.nat(sizeMax), ([index, size], other) => {
        const proof = prove(inclusionRanges(index, size))
        const claim = { index: other, size, leaf: at(leaves, index), root: at(roots, size), proof }
        return other === index || !verifyInclusion(sha256, claim)
      }),
      RUNS,
    )
  })

  it('tiles and leaves give the same proof', async () => {
    await fc.assert(
      fc.asyncProperty(mostlySmall, async ([index, size]) => {
        const ranges = inclusionRanges(index, size) ?? []
        const [fromTiles, fromLeaves] = [await proveFromTiles(sha256, read, ranges), prove(ranges)]
        return fromTiles.length === fromLeaves.length && Buffer.concat(fromTiles).equals(Buffer.concat(fromLeaves))
      }),
      RUNS,
    )
  })

  const claim = { index: 2, size: 7, leaf: at(leaves, 2), root: at(roots, 7), proof: prove(inclusionRanges(2, 7)) }
  const faults: [string, Partial<typeof claim>][] = [
    ['an index that is the size', { index: 7 }],
    ['a negative index', { index: -1 }],
    ['an index between two leaves', { index: 2.5 }],
    ['an index that is not a number', { index: Number.NaN }],
    ['a size beyond safe numbers', { size: 2 ** 53 }],
    ['an empty tree', { index: 0, size: 0 }],
    ['a proof that is too short', { proof: claim.proof.slice(1) }],
    ['a proof that is too long', { proof: [...claim.proof, at(leaves, 0)] }],
    ['a proof without end', { proof: Array.from({ length: proofHashesMax + 1 }, () => at(leaves, 0)) }],
    ['a proof with a short hash', { proof: claim.proof.map((hash) => hash.slice(1)) }],
    ['a leaf that is no hash', { leaf: new Uint8Array() }],
  ]
  it.each(faults)('%s is refused', (_, fault) => {
    expect(verifyInclusion(sha256, claim)).toBe(true)
    expect(verifyInclusion(sha256, { ...claim, ...fault })).toBe(false)
  })

  it.each([
    [0, 0],
    [7, 7],
    [-1, 7],
    [0.5, 7],
    [0, 2 ** 53],
  ])('there is no proof of leaf %d in a tree of %d', (index, size) => {
    expect(inclusionRanges(index, size)).toBeNull()
  })
})

describe('consistency', () => {
  const pair = fc
    .integer({ min: 1, max: sizeMax })
    .chain((to) => fc.tuple(fc.integer({ min: 1, max: to }), fc.constant(to)))

  it('every tree is proven to begin every longer one', () => {
    fc.assert(
      fc.property(pair, ([from, to]) => {
        const proof = prove(consistencyRanges(from, to))
        return verifyConsistency(sha256, { from, to, fromRoot: at(roots, from), toRoot: at(roots, to), proof })
      }),
      RUNS,
    )
  })

  it('a proof in which one bit of a root or hash is turned is refused', () => {
    fc.assert(
      fc.property(pair, fc.nat(), ([from, to], bit) => {
        const parts = flip([at(roots, from), at(roots, to), ...prove(consistencyRanges(from, to))], bit)
        const [fromRoot, toRoot, ...proof] = parts
        return (
          fromRoot !== undefined &&
          toRoot !== undefined &&
          !verifyConsistency(sha256, { from, to, fromRoot, toRoot, proof })
        )
      }),
      RUNS,
    )
  })

  it('a tree with another entry in it is not the beginning of this one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 64 }),
        fc.nat(63),
        fc.integer({ min: 65, max: 200 }),
        (from, edited, to) => {
          const other = leaves.slice(0, from).map((leaf, index) => (index === edited % from ? at(leaves, 500) : leaf))
          const proof = prove(consistencyRanges(from, to))
          const fromRoot = rootOf(sha256, other)
          return !verifyConsistency(sha256, { from, to, fromRoot, toRoot: at(roots, to), proof })
        },
      ),
      RUNS,
    )
  })

  const claim = { from: 3, to: 7, fromRoot: at(roots, 3), toRoot: at(roots, 7), proof: prove(consistencyRanges(3, 7)) }
  const faults: [string, Partial<typeof claim>][] = [
    ['an empty older tree: it would prove nothing', { from: 0, fromRoot: at(roots, 0), proof: [] }],
    ['an older tree that is longer', { from: 8 }],
    ['a proof that is too short', { proof: claim.proof.slice(1) }],
    ['a proof that is too long', { proof: [...claim.proof, at(leaves, 0)] }],
    ['no proof', { proof: [] }],
    ['the same size with another root', { from: 7, proof: [] }],
    ['the same size with a proof', { from: 7, fromRoot: at(roots, 7) }],
  ]
  it.each(faults)('%s is refused', (_, fault) => {
    expect(verifyConsistency(sha256, claim)).toBe(true)
    expect(verifyConsistency(sha256, { ...claim, ...fault })).toBe(false)
  })

  it.each([
    [0, 5],
    [6, 5],
    [1, 2 ** 53],
  ])('there is no proof from %d to %d', (from, to) => {
    expect(consistencyRanges(from, to)).toBeNull()
  })

  it('proofs computed from leaves are those computed from ranges', () => {
    const ranges = consistencyRanges(5, 13) ?? []
    expect(proveFromLeaves(sha256, leaves.slice(0, 13), ranges)).toEqual(prove(ranges))
  })
})
