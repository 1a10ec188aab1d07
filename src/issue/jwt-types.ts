import type { SigningKey } from '../contract/credential.ts'

/** A kind of JWT that we sign. */
interface JwtKind {
  /** Whose keys sign it: whoever verifies by other keys never takes it, whatever it says. */
  readonly keys: readonly SigningKey['use'][]
  /** What it is, and where its form comes from. */
  readonly says: string
}

/** Every kind of JWT that we sign, by its `typ` (RFC 8725 section 3.11): no two that the same keys sign have one in common. */
export const JWT_TYPES = {
  'at+jwt': { keys: ['token'], says: 'an access token of a task (RFC 9068)' },
  'statuslist+jwt': { keys: ['token'], says: 'which tokens count no more (OAuth Token Status List)' },
  'token-introspection+jwt': { keys: ['token'], says: 'what introspection answered (RFC 9701)' },
  'remit-denial+jwt': { keys: ['token'], says: 'what was denied, for a request for access (AuthZEN)' },
  'oauth-id-jag+jwt': { keys: ['token'], says: 'a grant for the authorization server of another domain (ID-JAG)' },
  'txntoken+jwt': {
    keys: ['token'],
    says: 'one permitted call, for the services behind a server (Transaction Tokens)',
  },
  'client-authentication+jwt': {
    keys: ['token'],
    says: 'who we are, for the authorization server of an upstream (RFC 7523)',
  },
  JWT: {
    keys: ['token', 'svid', 'federation'],
    says: 'who an identity is, for others: an SVID, for a cloud, or the subject of an exchange at an upstream',
  },
} as const satisfies Readonly<Record<string, JwtKind>>

/** The `typ` of a JWT of ours. */
export type JwtType = keyof typeof JWT_TYPES

/** True where the keys of a use may sign this kind. */
export function maySign(use: SigningKey['use'], type: JwtType): boolean {
  const { keys }: JwtKind = JWT_TYPES[type]
  return keys.includes(use)
}
