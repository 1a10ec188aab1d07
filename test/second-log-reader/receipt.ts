import { createHash } from 'node:crypto'
import { type Head, openNote, readHead, readVerifierKey, Unverified } from './note.ts'
import { leafHash } from './reader.ts'

/** Verifies a receipt (c2sp.org/tlog-proof@v1) for an entry, offline; gives its index. */
export function verifyReceipt(receipt: string, entry: Uint8Array, vkey: string, origin: string): bigint {
  const border = receipt.indexOf('\n\n')
  const [header, index = '', ...hashes] = receipt.slice(0, border).split('\n')
  if (header !== 'c2sp.org/tlog-proof@v1' || !/^index (0|[1-9][0-9]*)$/.test(index)) throw new Unverified('no receipt')
  const head = readHead(openNote(Buffer.from(receipt.slice(border + 2)), readVerifierKey(vkey)), origin)
  const place = BigInt(index.slice(6))
  if (place >= head.size) throw new Unverified('the receipt is of an entry beyond the head')
  const proof = hashes.map((line) => Buffer.from(line, 'base64'))
  checkInclusion({ head, index: place, entry, proof })
  return place
}

/** What an inclusion proof is about. */
export interface Inclusion {
  readonly head: Head
  readonly index: bigint
  readonly entry: Uint8Array
  readonly proof: readonly Buffer[]
}

/** Verifies that an entry stands at an index of the tree of a head, by the hashes of PATH that somebody gave. */
export function checkInclusion({ head, index, entry, proof }: Inclusion): void {
  if (index >= head.size || !climb(index, head.size, leafHash(entry), proof).equals(head.root))
    throw new Unverified('the proof does not lead to the root')
}

/** PATH of RFC 6962 section 2.1.1, read from its end: the last hash is the sibling at the top. */
function climb(index: bigint, size: bigint, leaf: Buffer, path: readonly Buffer[]): Buffer {
  if (size === 1n) {
    if (path.length > 0) throw new Unverified('the proof is too long')
    return leaf
  }
  const sibling = path.at(-1)
  if (sibling?.length !== 32) throw new Unverified('the proof is too short')
  let split = 1n
  while (split * 2n < size) split *= 2n
  const rest = path.slice(0, -1)
  const node = createHash('sha256').update(Uint8Array.of(1))
  return index < split
    ? node
        .update(climb(index, split, leaf, rest))
        .update(sibling)
        .digest()
    : node
        .update(sibling)
        .update(climb(index - split, size - split, leaf, rest))
        .digest()
}
