import type { IdentityId } from './register/identity.ts'
import type { TaskId } from './task.ts'

/** What a permit became. The token itself is never kept. Times in epoch milliseconds. */
export interface Credential {
  /** The token's `jti`. */
  readonly id: string
  /**
   * `x509_svid` is a certificate of our own trust domain, bound to the key that it is of; `id_jag` a grant for the
   * authorization server of another domain.
   */
  readonly kind: 'access_token' | 'x509_svid' | 'id_jag'
  readonly identityId: IdentityId
  readonly taskId: TaskId
  readonly audience: string
  /** Of an `id_jag`: what it is for there. */
  readonly across?: { readonly resource: string; readonly scopes: readonly string[] }
  /** RFC 7638 thumbprint of the proof key, where the token is bound to one. */
  readonly keyThumbprint: string | null
  /** SHA-256 of the certificate (RFC 8705 section 3.1), where the token is bound to that. Never beside `keyThumbprint`. */
  readonly certificateThumbprint?: string
  /** How strongly the workload had proved itself for it: `bearer`, `key-bound` or `attested`; where nothing is said, `bearer`. */
  readonly strength?: string
  readonly issuedMs: number
  readonly expiresMs: number
  /** The entry of the intent and the key, of what was signed; a status list finds it by the one, a leaked key by the other. */
  readonly signed?: { readonly intent: number; readonly keyId: string }
  /**
   * `intended` by its permit and `issued` by the outcome that is written with it: `intended` alone was left by a crash while these
   * were two commits, and counts nowhere.
   */
  readonly state: 'intended' | 'issued' | 'revoked'
}

/** A signing key of ours. `sealed` is the private key, encrypted under the master key. */
export interface SigningKey {
  readonly id: string
  /**
   * `svid` signs JWT-SVIDs of our own trust domain, `x509-ca` its X.509-SVIDs, `federation` what clouds take that know OIDC
   * alone.
   */
  readonly use: 'token' | 'svid' | 'x509-ca' | 'federation' | 'log'
  readonly algorithm: 'ES256' | 'RS256' | 'Ed25519'
  readonly publicJwk: Readonly<Record<string, string>>
  /** Of an authority: its certificate, signed by itself, as base64 of DER. */
  readonly certificate?: string
  readonly sealed: string
  readonly createdMs: number
  /** Signs from here on; published before. */
  readonly activatesMs: number
  /** Published until here. */
  readonly retiresMs: number | null
}

/** An assertion that may be shown again until its end, by the key that showed it first and by no other. */
export interface HeldAssertion extends SeenProof {
  /** RFC 7638 thumbprint of that key. */
  readonly thumbprint: string
}

/** An assertion or proof that was shown once and is not taken again before it expires. */
export interface SeenProof {
  /** Hex SHA-256 of issuer and `jti`, or of the whole proof where it has none. */
  readonly id: string
  readonly expiresMs: number
}
