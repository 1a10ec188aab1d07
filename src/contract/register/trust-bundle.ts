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
