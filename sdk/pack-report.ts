import type { PackSubject } from '../src/contract/log/pack.ts'
import type { IdentitySummary } from './summarise-identities.ts'

/** One thing that is wrong. */
export interface PackFailure {
  /** Line of the pack, from 1; 0 where it is the key. */
  readonly line: number
  /** Index of the entry in the log, where the line has one. */
  readonly entry: number | null
  /** Which check failed: `key`, `form`, `checkpoint`, `witness`, `order`, `proof`, `whole`, `end`, `subject`, `policy`, or `law:…`. */
  readonly check: string
  /** One sentence. */
  readonly what: string
}

/** What the verifier found. `ok` is true only where nothing at all is wrong. */
export interface PackReport {
  readonly ok: boolean
  readonly whole: boolean
  readonly subject: PackSubject | null
  /** What the key has signed; null where it has not. */
  readonly checkpoint: { readonly origin: string; readonly size: number; readonly rootHex: string } | null
  /** Those whose keys were given and who have signed it too, and when by their own clock. */
  readonly witnesses: readonly { readonly name: string; readonly atMs: number }[]
  readonly entries: number
  /** Time of the last entry that was read: what came after it the pack cannot tell. Null where none was read. */
  readonly asOfMs: number | null
  readonly kinds: Readonly<Record<string, number>>
  /** The first 1,000 failures. */
  readonly failures: readonly PackFailure[]
  readonly failuresTotal: number
  /** Digests of the policy sets whose text is in the pack and that an entry names; other texts count for nothing. */
  readonly policies: readonly string[]
  /** What the summary of identities is made of: a part of a log may leave out a suspension, an end, a denial. */
  readonly covers: 'the whole log' | 'as far as this pack tells'
  /** Who, what, why, by whom, until when: for each identity that the pack tells of. */
  readonly identities: readonly IdentitySummary[]
}
