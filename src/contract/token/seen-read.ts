/** A proof of possession that came with a request which only read: kept without an entry, as nothing was decided on it. */
export interface SeenRead {
  /** Digest of key and `jti`, as that of `seen_proofs`. */
  readonly id: string
  /** RFC 7638 thumbprint of its key. */
  readonly thumbprint: string
  /** When it says that it was made. */
  readonly issuedMs: number
  /** Until when somebody could take it. */
  readonly expiresMs: number
}
