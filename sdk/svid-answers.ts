/** An X.509-SVID that was made for a key. Times in epoch milliseconds. */
export interface Certified {
  readonly spiffeId: string
  /** The certificate, as PEM. */
  readonly certificate: string
  /** The authorities of the trust domain of the server, as PEM one after the other. */
  readonly authorities: string
  readonly credentialId: string
  readonly expiresMs: number
  readonly entry: number
}

/** The bundle of a trust domain (SPIFFE Trust Domain and Bundle section 4). */
export interface TrustBundle {
  readonly keys: readonly Readonly<Record<string, unknown>>[]
  /** Absent where its own place says none; that of the server always has one. */
  readonly spiffe_sequence?: number
  readonly spiffe_refresh_hint: number
}

/** The bundles of the trust domain of the server, and of those that its workloads are to trust, by name. */
export interface TrustBundles {
  readonly trust_domains: Readonly<Record<string, TrustBundle>>
}
