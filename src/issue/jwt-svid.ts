import type { Permit } from '../contract/decision.ts'
import { LIMITS } from '../ground/limits.ts'
import type { Recorded } from '../record/recorded.ts'
import { spend } from '../record/recorded.ts'
import type { IssuedToken } from './access-token.ts'
import { signJwt } from './sign-jwt.ts'
import type { OpenKey } from './signing-key.ts'

/** The SPIFFE ID of an identity in our own trust domain: by its id, which nobody else ever gets. */
export const spiffeIdOf = (trustDomain: string, identityId: string): string =>
  `spiffe://${trustDomain}/identity/${identityId}`

/**
 * Turns a recorded permit into a JWT-SVID (SPIFFE JWT-SVID sections 2 and 3): for one audience, with the id of its key and the
 * OIDC issuer that it is found by. Errors: `permit_spent`.
 */
export function issueJwtSvid(
  recorded: Recorded<Permit<'token'>>,
  key: OpenKey,
  { trustDomain, issuer }: { readonly trustDomain: string; readonly issuer: string },
): Promise<IssuedToken> {
  return issueOutward(recorded, key, { issuer, subjectOf: (identityId) => spiffeIdOf(trustDomain, identityId) })
}

/**
 * Turns a recorded permit into a JWT that others take for an ID token of the identity (OpenID Connect Core section 2): for one
 * audience. It ends with the permit, or after `LIMITS.svidSecondsMax`, as nobody can take it back from those who verify it. It
 * is a bearer token, and counts at none of our own doors. Errors: `permit_spent`.
 */
export async function issueOutward(
  recorded: Recorded<Permit<'token'>>,
  key: OpenKey,
  { issuer, subjectOf }: { readonly issuer: string; readonly subjectOf: (identityId: string) => string },
): Promise<IssuedToken> {
  const { credential, identity } = spend(recorded).grant
  const expiresMs = Math.min(credential.expiresMs, credential.issuedMs + LIMITS.svidSecondsMax * 1000)
  const claims = {
    iss: issuer,
    sub: subjectOf(identity.id),
    aud: credential.audience,
    iat: Math.floor(credential.issuedMs / 1000),
    exp: Math.floor(expiresMs / 1000),
    jti: credential.id,
  }
  return {
    token: await signJwt(key, 'JWT', claims),
    credential,
    keyId: key.id,
    tokenType: 'Bearer',
    expiresSeconds: Math.floor((expiresMs - credential.issuedMs) / 1000),
    authorizationDetails: [],
  }
}
