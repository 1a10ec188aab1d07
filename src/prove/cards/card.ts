import { createHmac, hkdfSync } from 'node:crypto'
import type { CardPart, KeptCard } from '../store.ts'

/** What stands on a card is written with its length and bits: 30, so that one is a small number to the engine. */
const hashBytes = 4

/** Gives the number by which a name stands on a card. Several names may share one: a card may say too much, never too little. */
export function hashName(name: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 12)) >>> 2
}

/** Writes numbers as the bytes of a card, in order. */
export function writeHashes(hashes: ReadonlySet<number>): Uint8Array {
  const bytes = Buffer.alloc(hashes.size * hashBytes)
  for (const [at, hash] of [...hashes].sort((one, other) => one - other).entries())
    bytes.writeUInt32LE(hash, at * hashBytes)
  return bytes
}

/** True where one of these numbers stands on a card. */
export function holdsOne(bytes: Uint8Array, wanted: ReadonlySet<number>): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at + hashBytes <= bytes.length; at += hashBytes)
    if (wanted.has(view.getUint32(at, true))) return true
  return false
}

/** Which card it is: of what part, of which full tile of entries, and the hash over that tile's leaves. */
export interface CardPlace {
  readonly part: CardPart
  readonly n: number
  readonly root: Uint8Array
}

/** Seals cards, so that one counts only for the very entries of which it was written, and only as we wrote it. */
export interface CardSeal {
  seal(place: CardPlace, hashes: Uint8Array): Uint8Array
  isOurs(place: CardPlace, card: KeptCard): boolean
}

/**
 * Makes the seal out of the master key. Where cards come to say something else of the same entries, it gets another name here: those
 * of an older program would pass over what this one looks for.
 */
export function createCardSeal(masterKey: Uint8Array): CardSeal {
  const key = new Uint8Array(hkdfSync('sha256', masterKey, '', 'entry card 3', 32))
  const seal = ({ part, n, root }: CardPlace, hashes: Uint8Array): Buffer =>
    createHmac('sha256', key).update(`${part} ${n} ${root.length} `).update(root).update(hashes).digest()
  return { seal, isOurs: (place, card) => seal(place, card.hashes).equals(card.seal) }
}
