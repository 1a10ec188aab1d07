import type { Change } from '../contract/change.ts'

/** The head of a log: how many entries it holds, and the signed note over them. */
export interface LogHead {
  readonly size: number
  /** The signed checkpoint (C2SP tlog-checkpoint) of exactly `size` entries; empty for a log without entries. */
  readonly note: string
}

/** One fact, ready to be kept. `bytes` is null for a write that was rejected before. */
export interface Write {
  readonly changes: readonly Change[]
  /** Gives the bytes of the entry once its place is known, and its RFC 6962 leaf hash. */
  readonly seal: (index: number) => { readonly bytes: Uint8Array; readonly leaf: Uint8Array }
}

/** What became of a write: its index, or the change that conflicted. */
export type Written = { readonly index: number } | { readonly conflict: Change }

/** What the log keeps of its own tree: complete subtrees at tile borders. Level 1 is the root of 256 leaves. */
export interface TileRoot {
  readonly level: number
  readonly n: number
  readonly hash: Uint8Array
}

/** Called inside the transaction, after the entries have their places and before it commits. */
export type CloseBatch = (
  firstIndex: number,
  leaves: readonly Uint8Array[],
) => {
  readonly head: LogHead
  readonly tileRoots: readonly TileRoot[]
}

/**
 * What the record needs kept. Entries are append-only and never change; the head is one row that only grows.
 *
 * `commit` is the one write path of the house. It is atomic and durable: when it resolves, every accepted write has
 * its entry and its changes on disk, together with the new head; when it rejects, none has. A conflicting write is
 * left out alone, without an entry. It refuses (`conflict`) when the head is no longer `expectedSize`: another
 * process has written. Errors: `store_failed`, `log_unavailable` (full, read-only), `conflict`.
 */
export interface RecordStore {
  commit(expectedSize: number, writes: readonly Write[], close: CloseBatch): Promise<readonly Written[]>
  readHead(): Promise<LogHead>
  /** Entries `from` to `to` (exclusive), in order; shorter where the log ends. */
  readEntries(from: number, to: number): Promise<readonly Uint8Array[]>
  /** Leaf hashes (level 0) or tile roots (level 1 and up) `from` to `to` (exclusive). */
  readHashes(level: number, from: number, to: number): Promise<readonly Uint8Array[]>
  /** Every state row as the auditor needs it: table, key, version, entry. Streams in batches. */
  readRows(afterTable: string, afterKey: string, rowsMax: number): Promise<readonly StateRow[]>
}

/** Where a state row stands and which entry explains it. */
export interface StateRow {
  readonly table: string
  readonly key: string
  readonly version: number
  readonly entry: number
}
