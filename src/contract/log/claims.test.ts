import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { equalBytes, toUtf8 } from './bytes.ts'
import { formatCheckpoint, formatReceipt, parseCheckpoint, parseReceipt } from './checkpoint.ts'
import {
  consistencyRanges,
  foldRight,
  frontierFromTiles,
  type Hash,
  hashLeaf,
  hashNode,
  inclusionRanges,
  proofHashesMax,
  proveFromLeaves,
  type ReadHashes,
  rootFromTiles,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'
import { packFormat, packLineBytesMax, packManifestBytesMax } from './pack.ts'
import { decodeBundle, encodeBundle, formatTilePath, parseTilePath } from './tile.ts'

const sha256: Hash = (bytes) => Uint8Array.from(hash('sha256', bytes, 'buffer'))
const leaves = Array.from({ length: 12 }, (_, at) => hashLeaf(sha256, toUtf8(`entry-${at}`)))
const rootAt = (size: number): Uint8Array => rootOf(sha256, leaves.slice(0, size))
const leafAt = (at: number): Uint8Array => leaves[at] ?? expect.unreachable()
const prove = (ranges: ReturnType<typeof inclusionRanges>, size: number) =>
  proveFromLeaves(sha256, leaves.slice(0, size), ranges ?? [])

describe('a claim that a leaf is in a tree', () => {
  const claim = {
    index: 5,
    size: 12,
    leaf: leafAt(5),
    root: rootAt(12),
    proof: prove(inclusionRanges(5, 12), 12),
  }
  it('holds by its proof and no other', () => {
    expect(verifyInclusion(sha256, claim)).toBe(true)
    const { proof } = claim
    const others: readonly Partial<typeof claim>[] = [
      { proof: [] },
      { proof: proof.slice(1) },
      { proof: [...proof, leafAt(0)] },
      { index: 4 },
      { index: 12 },
      { index: 13 },
      { index: -1 },
      { index: 5.5 },
      { size: 6 },
      { size: 40 },
      { size: Number.NaN },
      { leaf: leafAt(5).slice(1) },
      { root: rootAt(11) },
      { root: rootAt(12).slice(1) },
      { proof: proof.map((each) => each.slice(1)) },
    ]
    for (const other of others) expect(verifyInclusion(sha256, { ...claim, ...other })).toBe(false)
  })

  it('is of a tree of one leaf where the leaf is its root and nothing is shown beside', () => {
    const single = { index: 0, size: 1, leaf: leafAt(0), root: leafAt(0), proof: [] }
    expect(verifyInclusion(sha256, single)).toBe(true)
    expect(verifyInclusion(sha256, { ...single, proof: [leafAt(1)] })).toBe(false)
    expect(verifyInclusion(sha256, { ...single, root: leafAt(1) })).toBe(false)
  })

  it('of a leaf that is no hash is refused, though a tree of one such leaf would have it as its root', () => {
    const short = { index: 0, size: 1, leaf: Uint8Array.of(1), root: Uint8Array.of(1), proof: [] }
    expect(verifyInclusion(sha256, short)).toBe(false)
  })

  it('is refused where its proof is longer than any is', () => {
    const path = (length: number) => {
      const proof = Array.from({ length }, () => leafAt(0))
      // the leftmost leaf of the largest trees
      const root = proof.reduce((left, right) => hashNode(sha256, left, right), leafAt(1))
      return verifyInclusion(sha256, { index: 0, size: 2 ** 52, leaf: leafAt(1), root, proof })
    }
    expect([path(52), path(proofHashesMax), path(proofHashesMax + 1)]).toEqual([true, false, false])
  })
})

describe('a claim that a tree is the beginning of another', () => {
  const claimOf = (from: number, to: number) => ({
    from,
    to,
    fromRoot: rootAt(from),
    toRoot: rootAt(to),
    proof: prove(consistencyRanges(from, to), to),
  })

  it('holds of every two trees by its proof', () => {
    for (let to = 1; to <= 12; to++)
      for (let from = 1; from <= to; from++) expect(verifyConsistency(sha256, claimOf(from, to))).toBe(true)
  })

  it('does not hold by another, nor of other trees', () => {
    const claim = claimOf(6, 11)
    const { proof } = claim
    const others: readonly Partial<typeof claim>[] = [
      { proof: [] },
      { proof: proof.slice(1) },
      { proof: proof.slice(0, -1) },
      { proof: [...proof, leafAt(0)] },
      { from: 0 },
      { from: 5 },
      { from: 12 },
      { from: -6 },
      { from: 6.5 },
      { to: 7 },
      { to: 40 },
      { to: 11.5 },
      { fromRoot: rootAt(5) },
      { toRoot: rootAt(12) },
      { fromRoot: rootAt(6).slice(1) },
      { toRoot: rootAt(11).slice(1) },
    ]
    for (const other of others) expect(verifyConsistency(sha256, { ...claim, ...other })).toBe(false)
  })

  it('of a tree that is a whole power of two needs a proof too', () => {
    const claim = claimOf(8, 12)
    expect(verifyConsistency(sha256, claim)).toBe(true)
    expect(verifyConsistency(sha256, { ...claim, proof: [] })).toBe(false)
    expect(verifyConsistency(sha256, { ...claim, toRoot: claim.fromRoot, proof: [] })).toBe(false)
  })

  it('of a tree with itself holds by its root alone', () => {
    const claim = claimOf(6, 6)
    expect(verifyConsistency(sha256, claim)).toBe(true)
    expect(verifyConsistency(sha256, { ...claim, proof: [leafAt(0)] })).toBe(false)
    expect(verifyConsistency(sha256, { ...claim, toRoot: rootAt(5) })).toBe(false)
    const short = { from: 6, to: 6, fromRoot: Uint8Array.of(1), toRoot: Uint8Array.of(1), proof: [] }
    expect(verifyConsistency(sha256, short)).toBe(false)
    const empty = rootAt(0)
    expect(verifyConsistency(sha256, { from: 0, to: 0, fromRoot: empty, toRoot: empty, proof: [] })).toBe(false)
  })

  it('is asked of no tree that begins with nothing, or that is longer than the other', () => {
    expect([consistencyRanges(0, 5), consistencyRanges(6, 5), consistencyRanges(1.5, 5)]).toEqual([null, null, null])
    expect(consistencyRanges(5, 5)).toEqual([])
    expect([inclusionRanges(5, 5), inclusionRanges(0, 0), inclusionRanges(-1, 5)]).toEqual([null, null, null])
  })
})

describe('hashes', () => {
  it('of a node over what is no hash are not taken for those over hashes', () => {
    const [long, short] = [new Uint8Array(33), new Uint8Array(31)]
    const [one, other] = [leafAt(0), leafAt(1)]
    const plain = (left: Uint8Array, right: Uint8Array) => sha256(Uint8Array.of(1, ...left, ...right))
    for (const [left, right] of [
      [one, other],
      [long, other],
      [one, short],
      [short, long],
    ] as const)
      expect(equalBytes(hashNode(sha256, left, right), plain(left, right))).toBe(true)
  })

  it('that are not stored are missed by their places', async () => {
    const none: ReadHashes = async () => []
    await expect(rootFromTiles(sha256, none, { from: 0, to: 1 })).rejects.toThrow('hashes 0 to 1 are not all stored')
    expect(await rootFromTiles(sha256, none, { from: 3, to: 3 })).toEqual(rootAt(0))
    expect(await frontierFromTiles(sha256, none, { from: 0, to: 0 })).toEqual([])
    expect(() => foldRight(sha256, [])).toThrow('there is no hash -1 of 0')
  })

  it('of 256 leaves are read as one of the level above', async () => {
    const asked: [number, number, number][] = []
    const read: ReadHashes = async (level, from, to) => {
      asked.push([level, from, to])
      return Array.from({ length: to - from }, () => leafAt(0))
    }
    await rootFromTiles(sha256, read, { from: 0, to: 256 })
    await rootFromTiles(sha256, read, { from: 0, to: 255 })
    await rootFromTiles(sha256, read, { from: 0, to: 65_536 })
    expect(asked[0]).toEqual([1, 0, 1])
    expect(asked[1]).toEqual([0, 0, 128])
    expect(asked.at(-1)).toEqual([2, 0, 1])
  })
})

describe('a bundle of entries', () => {
  it('is read to its end and no further', () => {
    const bundle = encodeBundle([Uint8Array.of(1, 2), new Uint8Array()])
    expect([...bundle]).toEqual([0, 2, 1, 2, 0, 0])
    expect(decodeBundle(bundle, 2)).toEqual([Uint8Array.of(1, 2), new Uint8Array()])
    expect(decodeBundle(new Uint8Array(), 0)).toEqual([])
    for (const [bytes, width] of [
      [bundle, 1],
      [bundle, 3],
      [bundle, 0],
      [Uint8Array.of(0), 1],
      [Uint8Array.of(0, 1), 1],
      [Uint8Array.of(0, 2, 9), 1],
      [Uint8Array.of(1, 0, 9), 1],
    ] as const)
      expect(decodeBundle(bytes, width)).toBeNull()
  })

  it('takes no entry that its length cannot say', () => {
    expect(() => encodeBundle([new Uint8Array(0x1_0000)])).toThrow('an entry has at most 65,535 bytes')
    expect(encodeBundle([new Uint8Array(0xffff)]).subarray(0, 2)).toEqual(Uint8Array.of(0xff, 0xff))
  })
})

describe('the path of a tile', () => {
  it.each([
    [{ level: 0, n: 0, width: 256 }, 'tile/0/000'],
    [{ level: 63, n: 1_234_067, width: 17 }, 'tile/63/x001/x234/067.p/17'],
    [{ level: 'entries', n: 5, width: 1 }, 'tile/entries/005.p/1'],
  ] as const)('is written in one way: %#', (name, path) => {
    expect(formatTilePath(name)).toBe(path)
    expect(parseTilePath(path)).toEqual(name)
  })

  it.each([
    '',
    'tile/0/',
    'x/tile/0/000',
    'tile/0/000/x',
    'tile/0/000.p/1x',
    'tile/64/000',
    'tile/00/000',
    'tile/entry/000',
    'tile//000',
    'tile/0/x000/001',
    'tile/0/000.p/256',
    'tile/0/000.p/0',
    'tile/0/x999/x999/x999/x999/x999/999',
  ])('is not %j', (path) => {
    expect(parseTilePath(path)).toBeNull()
  })
})

describe('the head of a log', () => {
  const head = { origin: 'remit.example/log', size: 0, root: rootAt(0), extensions: [] }
  it('may be that of an empty one, and says what it says in one way', () => {
    const text = formatCheckpoint(head)
    expect(text).toBe('remit.example/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n')
    expect(parseCheckpoint(text)).toEqual(head)
    expect(parseCheckpoint(formatCheckpoint({ ...head, extensions: ['x'] }))).toEqual({ ...head, extensions: ['x'] })
  })

  it.each([
    ['', 'a checkpoint ends in a newline'],
    ['\n', 'a checkpoint has no empty lines'],
    ['a\n', 'the size of a checkpoint is a whole number without leading zeroes'],
    ['a\n01\n', 'the size of a checkpoint is a whole number without leading zeroes'],
    ['a\n9007199254740992\n', 'the size of a checkpoint is a whole number without leading zeroes'],
    ['a\n1\n', 'the root of a checkpoint is 32 bytes in base64'],
    ['a\n1\nAAAA\n', 'the root of a checkpoint is 32 bytes in base64'],
    ['a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n', 'a checkpoint has no empty lines'],
  ])('that is %j says what is wrong with it', (text, malformed) => {
    expect(parseCheckpoint(text)).toEqual({ malformed })
  })

  it('is written of a tree and of nothing else', () => {
    for (const more of [{ size: -1 }, { size: 0.5 }, { root: new Uint8Array(31) }])
      expect(() => formatCheckpoint({ ...head, ...more })).toThrow('no such tree')
    for (const more of [{ origin: '' }, { extensions: [''] }, { extensions: ['a\nb'] }])
      expect(() => formatCheckpoint({ ...head, ...more })).toThrow('a checkpoint has no empty lines')
  })
})

describe('a receipt', () => {
  const receipt = { index: 3, proof: [leafAt(0), leafAt(1)], note: 'a note\n' }
  it('is read as it was written, with what is told beside or without', () => {
    const extra = Uint8Array.of(7)
    expect(parseReceipt(formatReceipt(receipt))).toStrictEqual(receipt)
    expect(parseReceipt(formatReceipt({ ...receipt, extra }))).toStrictEqual({ ...receipt, extra })
    expect(parseReceipt(formatReceipt({ ...receipt, proof: [] }))).toStrictEqual({ ...receipt, proof: [] })
    expect(formatReceipt({ ...receipt, proof: [], extra })).toBe(
      'c2sp.org/tlog-proof@v1\nextra Bw==\nindex 3\n\na note\n',
    )
  })

  const header = 'c2sp.org/tlog-proof@v1'
  const proof = 'a proof has at most 64 hashes of 32 bytes in base64'
  it.each([
    ['', 'an empty line stands between proof and checkpoint'],
    [`${header}\nindex 1\n`, 'an empty line stands between proof and checkpoint'],
    ['\n\nnote', `a receipt begins with ${header}`],
    ['other\nindex 1\n\nnote', `a receipt begins with ${header}`],
    [`${header}\n\nnote`, 'a receipt says its index'],
    [`${header}\nextra ***\nindex 1\n\nnote`, 'the extra line of a receipt is base64'],
    [`${header}\nextra AAAA\n\nnote`, 'a receipt says its index'],
    [`${header}\nindex -1\n\nnote`, 'a receipt says its index'],
    [`${header}\nwhere 1\n\nnote`, 'a receipt says its index'],
    [`${header}\nindex 1\n***\n\nnote`, proof],
    [`${header}\nindex 1\nAAAA\n\nnote`, proof],
    [formatReceipt({ ...receipt, proof: Array.from({ length: 65 }, () => leafAt(0)) }), proof],
  ])('that is none says what is wrong with it: %#', (text, malformed) => {
    expect(parseReceipt(text)).toEqual({ malformed })
  })

  it('may have the longest proof', () => {
    const longest = { ...receipt, proof: Array.from({ length: 64 }, () => leafAt(0)) }
    expect(parseReceipt(formatReceipt(longest))).toEqual(longest)
  })
})

it('a pack says its format, and how long its lines may be', () => {
  expect([packFormat, packLineBytesMax, packManifestBytesMax]).toEqual(['remit-pack/1', 262_144, 8_388_608])
})
