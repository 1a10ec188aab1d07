/** What an evidence pack says it is, in its first line. Another version is another format. */
export const packFormat = 'remit-pack/1'

/** Longest line in bytes: an entry of 65,535 bytes, escaped, with 64 hashes fits. */
export const packLineBytesMax = 256 * 1024

/** Longest first line in bytes: the largest policy set that decides, escaped, fits. */
export const packManifestBytesMax = 8 * 1024 * 1024

/** What a pack can be about. */
export const PACK_SUBJECTS = ['identity', 'task'] as const

/** The one thing that a pack is about. */
export interface PackSubject {
  readonly kind: (typeof PACK_SUBJECTS)[number]
  readonly id: string
}

/** What each policy set of a pack is called: only its digest tells which one it is. */
export const packPolicyName = 'policies'

/** A policy set as it decided: entries name it by its digest, which is the hex SHA-256 of its text. */
export interface PackPolicy {
  readonly name: typeof packPolicyName
  readonly digest: string
  readonly text: string
}

/** First line of a pack. Of all it says only the checkpoint is signed; the rest is held against it. */
export interface PackManifest {
  readonly format: typeof packFormat
  readonly org: string
  /** Name of the log. */
  readonly origin: string
  /** True where every entry of the log is in the pack. */
  readonly whole: boolean
  /** Entries in the log, as the checkpoint signs it. */
  readonly size: number
  /** The signed head of the log (C2SP signed-note over tlog-checkpoint). */
  readonly checkpoint: string
  /** Which key signed, for people; never trusted. */
  readonly vkey?: string
  /** Texts of policy sets that entries name: in a pack of the whole log of the newest at least, and of no others. */
  readonly policies: readonly PackPolicy[]
  readonly subject?: PackSubject
}

/** One line for each entry, by rising index. */
export interface PackEntry {
  readonly index: number
  /** Exactly the bytes that the tree holds, as text. */
  readonly entry: string
  /** Inclusion proof against the checkpoint: hashes in base64 (RFC 6962 section 2.1.1). */
  readonly proof: readonly string[]
}

/** Last line: shows that nothing was cut off. */
export interface PackEnd {
  readonly end: true
  readonly entries: number
}
