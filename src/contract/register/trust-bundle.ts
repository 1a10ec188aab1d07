/** The newest bundle of a SPIFFE trust domain that was taken here: none that is older is taken after it. */
export interface TrustBundle {
  /** The name of the trust domain. */
  readonly domain: string
  /** Its `spiffe_sequence`, all digits of it. */
  readonly sequence: string
  /** The bundle as it was read. */
  readonly body: string
  readonly readMs: number
}

/** An issuer or a trust domain as it was when something was written down of it: what has changed since is told, over a restart too. */
export interface WatchedSource {
  /** The issuer, or the name of the trust domain. */
  readonly name: string
  /** Its keys and authorities; none where they could not be read yet. */
  readonly held: readonly HeldKey[]
  readonly isTold: WatchTold
}

/** A key or authority that is published: what it is called, else its thumbprint; and that. */
export interface HeldKey {
  readonly id: string
  readonly thumbprint: string
}

/** What was told of a source and still held then. */
export interface WatchTold {
  readonly unreachable: boolean
  readonly clock: boolean
}
