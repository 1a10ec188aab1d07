import type { PackPolicy, PackSubject } from '../contract/log/pack.ts'
import type { Explanation } from './explanation.ts'

/**
 * What proving reads of the log, all of it append-only. Consistency: `readHead` gives a head whose entries and hashes
 * are there already; what it covers never changes. Errors: `store_failed`. The store of the record is one of these.
 */
export interface ProveStore {
  /** How many entries, and the signed note over exactly these; empty for a log without entries. */
  readHead(): Promise<{ readonly size: number; readonly note: string }>
  /** Bytes of entries `from` to `to` (exclusive), in order; shorter where the log ends. */
  readEntries(from: number, to: number): Promise<readonly Uint8Array[]>
  /** Leaf hashes (level 0), or roots of complete subtrees of 256^level leaves, `from` to `to` (exclusive). */
  readHashes(level: number, from: number, to: number): Promise<readonly Uint8Array[]>
}

/**
 * The texts of policy sets, each written with the `policy.loaded` that brought it, and kept. Whoever reads one holds it
 * against its digest. Errors: `store_failed`.
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
