import type { StandardFetch } from '../token-fetch.ts'
import { postBounded, readObject } from './get-bounded.ts'
import { type Members, textOf } from './read-jwt.ts'
import { refuseToken, TokenRefused } from './refused.ts'

/** What an issuer is asked by whether a token counts (RFC 7662). */
export interface IntrospectionParts {
  readonly issuer: string
  readonly audience: string
  /** Where it is asked; `/oauth/introspect` of the issuer where not given. */
  readonly endpoint?: string | undefined
  /** Gives what proves this server, anew for each question: a `private_key_jwt` (RFC 7523). */
  readonly assertion: () => Promise<string>
  readonly fetch: StandardFetch
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * Asks the issuer about a token, whose claims were verified; gives what it says. Errors: `invalid_token` where it counts no more,
 * `temporarily_unavailable`.
 */
export async function introspect(parts: IntrospectionParts, token: string, claims: Members): Promise<Members> {
  const assertion = await parts.assertion().catch((cause: unknown) => {
    throw new TokenRefused('temporarily_unavailable', 'This server cannot prove itself to the issuer.', cause)
  })
  const form = new URLSearchParams({
    token,
    token_type_hint: 'access_token',
    client_assertion_type: assertionType,
    client_assertion: assertion.trim(), // a file that a platform writes may end in a line break
  })
  const url = parts.endpoint ?? `${parts.issuer.replace(/\/$/, '')}/oauth/introspect`
  const said = readObject(await postBounded(parts.fetch, url, form), url)
  if (said['active'] !== true) refuseToken('The token counts no more, or this server may not ask about it.')
  const isSame = textOf(said, 'jti') === textOf(claims, 'jti') && textOf(said, 'aud') === parts.audience
  if (!isSame || textOf(said, 'iss') !== parts.issuer)
    throw new TokenRefused('temporarily_unavailable', 'The issuer answered about another token.')
  return said
}
