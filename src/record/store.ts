import type { Change } from '../contract/change.ts'

/** The head of a log: how many entries it holds, and the signed note over them. */
export interface LogHead {
  readonly size: number
  /** The signed checkpoint (C2SP tlog-checkpoint) of exactly `size` entries; empty for a log without entries. */
  readonly note: string
}

/** What is kept of a row: its canonical JSON (RFC 8785) to the letter, and the salt of the digest that the entry holds. */
export interface SealedRow {
  readonly body: string
  /** 16 random bytes, base64url. It stands in the row and nowhere else, and goes with it. */
  readonly salt: string
}

/** A change as it is to be made; `row` is null where it puts no row (`meter`, `require`). */
export interface SealedChange {
  readonly change: Change
  readonly row: SealedRow | null
}

/** What is kept of one fact: the bytes of its entry, their RFC 6962 leaf hash, and its changes. */
export interface SealedFact {
  readonly bytes: Uint8Array
  readonly leaf: Uint8Array
  readonly changes: readonly SealedChange[]
}

/**
 * A fact, ready to be kept, and what follows it: all of them or none. The transaction that it is in may be played again from
 * the start: `seal`, and the `close` of its batch, may then be called again, and only the last call counts.
 */
export interface Write {
  /** How many entries it is; they stand one after the other. */
  readonly entries: number
  /** Gives its entries for the place of the first. A write that conflicts may have had one in a try before. */
  readonly seal: (index: number) => readonly SealedFact[]
}

/** What became of a write: the index of its first entry, or the change that conflicted. */
export type Written = { readonly index: number } | { readonly conflict: Change }

/** What the log keeps of its own tree: complete subtrees at tile borders. Level 1 is the root of 256 leaves. */
export interface TileRoot {
  readonly level: number
  readonly n: number
  readonly hash: Uint8Array
}

/**
 * Called inside the transaction, after the entries have their places and before it commits; again on a replay, and after a try in which one
 * conflicted.
 */
export type CloseBatch = (
  firstIndex: number,
  leaves: readonly Uint8Array[],
) => {
  readonly head: LogHead
  readonly tileRoots: readonly TileRoot[]
}

/**
 * What is read of the record. Each sees what is committed, and two of them may see two moments. Errors: `store_failed`;
 * `store_damaged`, `store_edited` where something stands there that no program of ours has written, or (of the head) where the
 * file of the store was moved away; `store_locked` (of the head): another process of ours has taken the log over.
 */
export interface RecordReads {
  readHead(): Promise<LogHead>
  /** Entries `from` to `to` (exclusive), in order; shorter where the log ends. */
  readEntries(from: number, to: number): Promise<readonly Uint8Array[]>
  /** The entries that stand at these places, by their place; those that are not there are left out. */
  readEntriesAt(indexes: readonly number[]): Promise<ReadonlyMap<number, Uint8Array>>
  /** Leaf hashes (level 0) or tile roots (level 1 and up) `from` to `to` (exclusive). */
  readHashes(level: number, from: number, to: number): Promise<readonly Uint8Array[]>
  /** State rows as the auditor needs them, in the order of table and key: those after a place, null for the first. */
  readRows(after: RowPlace | null, rowsMax: number): Promise<readonly StateRow[]>
}

/**
 * What the record needs kept. Entries are append-only and never change; the head is one row that only grows.
 *
 * `commit` is the one write path of the house. It is atomic and durable: when it resolves, every accepted write has
 * its entries and their changes on disk, together with the new head; when it rejects, none has, but where facts.outcome is
 * `unknown`: then all may be there, now or after a crash. A conflicting write is
 * left out alone, with all of its entries. It refuses (`conflict`) when the head is no longer `expectedSize`: another
 * process has written. Errors: `store_failed`, `log_unavailable` (full, read-only), `conflict`, `store_locked`: another
 * process of ours has taken the log over, and nothing was kept.
 */
export interface RecordStore extends RecordReads {
  commit(expectedSize: number, writes: readonly Write[], close: CloseBatch): Promise<readonly Written[]>
  /** Writes the head once more as it is, durably: to know whether anything can be written. Errors: as `commit`. */
  touchHead(): Promise<void>
  /**
   * Deletes at most `rowsMax` rows that have served and can change no answer any more, and gives how many: proofs
   * whose `expiresMs` lies further back than two clocks may differ, sessions and sign-in links that ended by time 30
   * days ago. There is no entry for it: what it takes was over before. Durable or not, it may be done again.
   * Errors: as `commit`, but no `conflict`.
   */
  forget(atMs: number, rowsMax: number): Promise<number>
}

/** Where a state row stands. */
export interface RowPlace {
  readonly table: string
  readonly key: string
}

/** Where a state row stands, which entry explains it, and what it says. */
export interface StateRow extends RowPlace, SealedRow {
  readonly version: number
  readonly entry: number
  /** A column by which the row is found and that says something else than its body; null where all agree. */
  readonly oddColumn: string | null
}
