import type { House } from '../../flow/house.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { type Context, Reply } from '../route.ts'

/** The issuer of what clouds are told of identities. */
export async function describeFederation({ house }: Context<null, null>): Promise<object> {
  return describeOutward(requireFederation(house).issuer, 'RS256')
}

/** The keys of that issuer. They verify nothing else, and no token of a task. */
export async function listFederationKeys({ house }: Context<null, null>): Promise<Reply> {
  return replyKeys(requireFederation(house).keys.published())
}

function requireFederation({ federation }: House): NonNullable<House['federation']> {
  if (federation === null) throw new RemitError('not_found', { detail: 'No cloud is named here.' })
  return federation
}

/** An OIDC issuer of tokens for others (OpenID Connect Discovery 1.0 section 3). */
export function describeOutward(issuer: string, algorithm: 'ES256' | 'RS256'): object {
  return {
    issuer,
    jwks_uri: `${issuer}/keys`,
    // what it has none of is required to be named; it is empty where SPIRE says it too
    authorization_endpoint: '',
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [algorithm],
    claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti'],
  }
}

/** A set of keys (RFC 7517), which may be kept as long as any of ours. */
export function replyKeys(keys: readonly object[]): Reply {
  const headers = {
    'content-type': 'application/jwk-set+json',
    'cache-control': `public, max-age=${LIMITS.keySetSeconds}`,
  }
  return new Reply(200, headers, JSON.stringify({ keys }))
}
