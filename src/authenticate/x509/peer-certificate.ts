import { sha256 } from '../../ground/digest.ts'

/** The certificate with whose key somebody answers for a connection (RFC 8446 section 4.4.3). Of what it says nothing is proved yet. */
export interface PeerCertificate {
  /** SHA-256 of the whole as base64url (RFC 8705 section 3.1). */
  readonly thumbprint: string
  /** As DER, the certificate itself first; the others as they were sent, in any order. */
  readonly chain: readonly Uint8Array[]
}

/** Makes one out of what a connection showed. */
export function makePeer(leaf: Uint8Array, others: readonly Uint8Array[]): PeerCertificate {
  return { thumbprint: Buffer.from(sha256(leaf)).toString('base64url'), chain: [leaf, ...others] }
}
