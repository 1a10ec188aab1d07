import type { PackPolicy, PackSubject } from '../contract/log/pack.ts'
import type { Explanation } from './explanation.ts'

/**
 * What proving reads of the log, all of it append-only. Consistency: `readHead` gives a head whose entries and hashes
 * are there already; what it covers never changes. Errors: `store_failed`, `store_damaged`. The store of the
 * record is one of these.
 */
export interface ProveStore {
  /** How many entries, and the signed note over exactly these; empty for a log without entries. */
  readHead(): Promise<{ readonly size: number; readonly note: string }>
  /** Bytes of entries `from` to `to` (exclusive), in order; shorter where the log ends. */
  readEntries(from: number, to: number): Promise<readonly Uint8Array[]>
  /** Leaf hashes (level 0), or roots of complete subtrees of 256^level leaves, `from` to `to` (exclusive). */
  readHashes(level: number, from: number, to: number): Promise<readonly Uint8Array[]>
}

/** What a card of a tile says: of what its entries tell and which they answer, or which ids they name. */
export type CardPart = 'told' | 'named'

/** A card as it is kept, of the full tile `n` of entries. */
export interface KeptCard {
  readonly part: CardPart
  readonly n: number
  readonly hashes: Uint8Array
  readonly seal: Uint8Array
}

/**
 * Keeps the cards of full tiles. They are no part of the record: any of them may be missing, old or somebody else's, and
 * whoever reads one holds it against its seal. Errors: `store_failed`, `store_damaged`; of what writes, as of a
 * commit, but no `conflict`.
 */
export interface CardShelf {
  /** Those of the tiles `from` to `to` (exclusive) that are there. */
  readCards(part: CardPart, from: number, to: number): Promise<readonly KeptCard[]>
  /** Keeps these, in place of what was kept of the same tiles. */
  keepCards(cards: readonly KeptCard[]): Promise<void>
  /** The last tile of which one is kept; -1 where none is. */
  lastCard(): Promise<number>
}

/**
 * The texts of policy sets, each written with the `policy.loaded` that brought it, and kept. Whoever reads one holds it
 * against its digest. Errors: `store_failed`, `store_damaged`.
 */
export interface PolicyTexts {
  /** Those that were brought by entries below `size`, the latest first. */
  readPolicies(size: number): Promise<readonly PackPolicy[]>
  /** One by its digest; null where it is not kept. */
  readPolicyText(digest: string): Promise<string | null>
  /** What policies were asked, by the id under which an entry names it; null where it is gone, or not as it was kept. */
  readQuestions(id: string): Promise<string | null>
}

/** What a pack is to hold: the whole log, or all that is about one identity or task. */
export type PackOrder = { readonly whole: true } | { readonly about: PackSubject }

/** What others ask of this room. */
export interface PackDesk {
  /**
   * Writes a pack as lines, each ending in a newline, one at a time. Errors: `not_found` before the first line where
   * the log tells nothing of what it is to be about.
   */
  write(order: PackOrder): AsyncIterable<string>
  /** Explains an entry out of the log alone. Errors: `not_found` where there is no such entry. */
  explain(index: number): Promise<Explanation>
}
