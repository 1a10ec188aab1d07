import type { IdentityId } from './identity.ts'
import type { PersonId } from './person.ts'

/** The issuer that bindings of OAuth clients have: their subject is the `client_id`. */
export const clientIssuer = 'client'

/** What people said of an OAuth client when they registered it; one that brings its own document (CIMD) has none. */
export type ClientTerms = {
  /** Where answers may go, letter by letter; of a loopback address any port counts (RFC 8252 section 7.3). */
  readonly redirectUris: readonly string[]
  /** The server behind the gateway that is meant where a request names none; null where it has to name one. */
  readonly server: string | null
  /** True where it has to prove itself when it shows a code, by any other binding of its identity; absent for a public one. */
  readonly confidential?: true
}

/**
 * A code that a person's consent became (RFC 6749 section 4.1.2): good for one try, for the client, the address, the
 * resource and the key that it was made for. The code itself is never kept. Times in epoch milliseconds.
 */
export interface AuthorizationCode {
  /** Hex SHA-256 of the code. */
  readonly id: string
  readonly clientId: string
  readonly bindingId: string
  readonly identityId: IdentityId
  /** Who consented. */
  readonly personId: PersonId
  /** The task that was opened on their behalf. */
  readonly taskId: string
  readonly redirectUri: string
  /** RFC 7636 S256 challenge. */
  readonly challenge: string
  readonly resource: string
  /** RFC 7638 thumbprint of the one key that may use it (`dpop_jkt`), where one was named. */
  readonly keyThumbprint: string | null
  /** The classes of action that were granted, as `scope` says it. */
  readonly scope: string
  /** Digest of what was asked, so that the same ask is known again while its task lives. */
  readonly ask: string
  readonly createdMs: number
  readonly expiresMs: number
  readonly usedMs: number | null
}
