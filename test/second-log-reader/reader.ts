import { createHash } from 'node:crypto'
import { type Head, openNote, readHead, readVerifierKey, Unverified } from './note.ts'

/** Fetches a resource under the prefix of the log: `checkpoint`, `tile/0/000`… */
export type Get = (path: string) => Promise<Uint8Array>

/** What a reader has seen verified. */
export interface VerifiedLog {
  readonly head: Head
  readonly entries: readonly Buffer[]
  /** Leaf hashes, as the tiles say them and the entries give them. */
  readonly leaves: readonly Buffer[]
}

/**
 * Reads a whole log with nothing but its public key, and verifies all of it: signature, every tile at every level,
 * every entry, and the root. Written from the words of the C2SP formats alone; shares no line with the log.
 */
export async function readLog(get: Get, vkey: string, origin: string): Promise<VerifiedLog> {
  const head = readHead(openNote(Buffer.from(await get('checkpoint')), readVerifierKey(vkey)), origin)
  const leaves = await readLevel(get, 0, head.size)
  const entries = await readEntries(get, leaves)
  let [level, below] = [0, leaves]
  for (;;) {
    const full = Math.floor(below.length / 256)
    if (full === 0) break
    level += 1
    const said = await readLevel(get, level, BigInt(full))
    for (let n = 0; n < full; n += 1) {
      if (!treeHash(below.slice(n * 256, n * 256 + 256)).equals(said[n] ?? Buffer.alloc(0))) {
        throw new Unverified(`tile ${n} at level ${level - 1} does not give hash ${n} at level ${level}`)
      }
    }
    below = said
  }
  if (!treeHash(leaves).equals(head.root)) throw new Unverified('the leaves do not give the signed root')
  return { head, entries, leaves }
}

/** Verifies that a log that was read is the continuation of one that was read before, by a consistency proof from hashes. */
export function checkContinuation(older: VerifiedLog, newer: VerifiedLog): void {
  const [from, to] = [older.leaves.length, newer.leaves.length]
  if (from > to) throw new Unverified('the log has shrunk')
  if (from === 0) return
  checkConsistency(older.head, newer.head, prove(from, newer.leaves, true))
}

/** Verifies that the tree of one head begins that of another, by the hashes of SUBPROOF that somebody gave. */
export function checkConsistency(older: Head, newer: Head, proof: readonly Buffer[]): void {
  const { roots, rest } = follow(Number(older.size), Number(newer.size), proof, older.root)
  if (rest > 0) throw new Unverified('the proof is too long')
  if (!roots[0].equals(older.root) || !roots[1].equals(newer.root)) {
    throw new Unverified('the newer checkpoint does not continue the older one')
  }
}

/** SUBPROOF of RFC 6962 section 2.1.2. */
function prove(from: number, leaves: readonly Buffer[], isWhole: boolean): Buffer[] {
  if (from === leaves.length) return isWhole ? [] : [treeHash(leaves)]
  const split = splitOf(leaves.length)
  if (from <= split) return [...prove(from, leaves.slice(0, split), isWhole), treeHash(leaves.slice(split))]
  return [...prove(from - split, leaves.slice(split), false), treeHash(leaves.slice(0, split))]
}

/** Gives both roots that a proof of SUBPROOF's form leads to, by the same recursion, and how many hashes it left over. */
function follow(
  from: number,
  to: number,
  proof: readonly Buffer[],
  oldRoot: Buffer,
): { readonly roots: readonly [Buffer, Buffer]; readonly rest: number } {
  const left = [...proof]
  const walk = (m: number, n: number, isWhole: boolean): readonly [Buffer, Buffer] => {
    if (m === n) {
      const hash = isWhole ? oldRoot : (left.shift() ?? Buffer.alloc(0))
      return [hash, hash]
    }
    const split = splitOf(n)
    if (m <= split) {
      const [old, fresh] = walk(m, split, isWhole)
      return [old, nodeHash(fresh, left.shift() ?? Buffer.alloc(0))]
    }
    const [old, fresh] = walk(m - split, n - split, false)
    const whole = left.shift() ?? Buffer.alloc(0)
    return [nodeHash(whole, old), nodeHash(whole, fresh)]
  }
  const roots = walk(from, to, true)
  return { roots, rest: left.length }
}

/** Reads all hashes of a level that has `count` of them, tile by tile. */
async function readLevel(get: Get, level: number, count: bigint): Promise<Buffer[]> {
  const hashes: Buffer[] = []
  for (let n = 0n; n * 256n < count; n += 1n) {
    const width = Number(count - n * 256n < 256n ? count - n * 256n : 256n)
    const tile = Buffer.from(await get(pathOf(String(level), n, width)))
    if (tile.length !== width * 32) throw new Unverified(`tile ${n} at level ${level} has ${tile.length} bytes`)
    for (let at = 0; at < width; at += 1) hashes.push(tile.subarray(at * 32, at * 32 + 32))
  }
  return hashes
}

async function readEntries(get: Get, leaves: readonly Buffer[]): Promise<Buffer[]> {
  const entries: Buffer[] = []
  for (let n = 0; n * 256 < leaves.length; n += 1) {
    const width = Math.min(256, leaves.length - n * 256)
    const bundle = Buffer.from(await get(pathOf('entries', BigInt(n), width)))
    let place = 0
    for (let at = 0; at < width; at += 1) {
      if (place + 2 > bundle.length) throw new Unverified(`bundle ${n} ends within entry ${at}`)
      const end = place + 2 + bundle.readUInt16BE(place)
      const entry = bundle.subarray(place + 2, end)
      if (end > bundle.length) throw new Unverified(`bundle ${n} ends within entry ${at}`)
      const index = n * 256 + at
      if (!leafHash(entry).equals(leaves[index] ?? Buffer.alloc(0)))
        throw new Unverified(`entry ${index} is not what was hashed`)
      entries.push(entry)
      place = end
    }
    if (place !== bundle.length) throw new Unverified(`bundle ${n} holds more than ${width} entries`)
  }
  return entries
}

function pathOf(level: string, n: bigint, width: number): string {
  const groups = [String(n % 1000n).padStart(3, '0')]
  for (let rest = n / 1000n; rest > 0n; rest /= 1000n) groups.unshift(`x${String(rest % 1000n).padStart(3, '0')}`)
  return `tile/${level}/${groups.join('/')}${width === 256 ? '' : `.p/${width}`}`
}

/** Hash of a leaf, RFC 6962 section 2.1. */
export function leafHash(entry: Uint8Array): Buffer {
  return createHash('sha256').update(Uint8Array.of(0)).update(entry).digest()
}

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest()
}

/** MTH of RFC 6962 section 2.1, over leaf hashes. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return createHash('sha256').digest()
  const [only] = leaves
  if (leaves.length === 1 && only !== undefined) return only
  const split = splitOf(leaves.length)
  return nodeHash(treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)))
}

/** Largest power of two below `count`. */
function splitOf(count: number): number {
  return 2 ** (Math.ceil(Math.log2(count)) - 1)
}
