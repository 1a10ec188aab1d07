import type { Credential } from '../credential.ts'

/** The key that somebody has proved to hold: by a DPoP proof (RFC 9449), or by the certificate of their connection (RFC 8705). */
export interface Possession {
  /** Named as the member of `cnf` that tells it (RFC 7800). */
  readonly kind: 'jkt' | 'x5t#S256'
  /** SHA-256 as base64url: of the key (RFC 7638), or of the whole certificate (RFC 8705 section 3.1). */
  readonly thumbprint: string
}

/** What a credential is bound to, as it is kept. */
type Bound = Pick<Credential, 'keyThumbprint' | 'certificateThumbprint'>

/** Gives what a credential is bound to; null for one that counts in any hands. */
export function possessionOf({ keyThumbprint, certificateThumbprint }: Bound): Possession | null {
  if (keyThumbprint !== null) return { kind: 'jkt', thumbprint: keyThumbprint }
  return certificateThumbprint === undefined ? null : { kind: 'x5t#S256', thumbprint: certificateThumbprint }
}

/** Gives how a credential keeps what it is bound to. */
export function bindTo(possession: Possession | null): Bound {
  if (possession === null) return { keyThumbprint: null }
  return possession.kind === 'jkt'
    ? { keyThumbprint: possession.thumbprint }
    : { keyThumbprint: null, certificateThumbprint: possession.thumbprint }
}

/** True where both are the same key, or both none. */
export function isSamePossession(one: Possession | null, other: Possession | null): boolean {
  return one?.kind === other?.kind && one?.thumbprint === other?.thumbprint
}

/** Gives the claim `cnf` of a token that is bound; nothing for one that is not. */
export function confirm(possession: Possession | null): { readonly cnf?: Readonly<Record<string, string>> } {
  return possession === null ? {} : { cnf: { [possession.kind]: possession.thumbprint } }
}

/** Gives by which scheme a token is shown: one that is bound to a certificate is a bearer token in its form (RFC 8705 section 3). */
export function tokenTypeOf(possession: Possession | null): 'Bearer' | 'DPoP' {
  return possession?.kind === 'jkt' ? 'DPoP' : 'Bearer'
}
