import { signJwt } from './sign-jwt.ts'
import type { OpenKey } from './signing-key.ts'

/** What kind of JWT it is, and, under `application/`, what an answer of it is. */
export const INTROSPECTION_TYPE = 'token-introspection+jwt'

/**
 * An answer of introspection that whoever asked can keep as a proof of it (RFC 9701 section 5): ES256, for them alone. It is
 * no token, and says what was true at `iat`.
 */
export async function signIntrospection(
  key: OpenKey,
  { issuer, audience, atMs }: { readonly issuer: string; readonly audience: string; readonly atMs: number },
  said: object,
): Promise<string> {
  const claims = { iss: issuer, aud: audience, iat: Math.floor(atMs / 1000), token_introspection: said }
  return signJwt(key, INTROSPECTION_TYPE, claims)
}
