import type { House } from '../flow/house.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { type Context, Reply } from './route.ts'

/** The bundle of our own trust domain, as an `https_web` endpoint serves it (SPIFFE Federation section 5.1). */
export async function readTrustBundle({ house }: Context<null, null>): Promise<Reply> {
  const svids = requireSvids(house)
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache' }
  return new Reply(200, headers, JSON.stringify(await svids.readBundle()))
}

/** Our own trust domain as an OIDC issuer (OpenID Connect Discovery 1.0 section 3), for clouds that federate to it. */
export async function describeSvidIssuer({ house }: Context<null, null>): Promise<object> {
  const { issuer } = requireSvids(house)
  return {
    issuer,
    jwks_uri: `${issuer}/keys`,
    // what it has none of is required to be named; it is empty where SPIRE says it too
    authorization_endpoint: '',
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti'],
  }
}

/** The keys of that issuer. They verify nothing else, and no token of a task. */
export async function listSvidKeys({ house }: Context<null, null>): Promise<Reply> {
  const headers = {
    'content-type': 'application/jwk-set+json',
    'cache-control': `public, max-age=${LIMITS.keySetSeconds}`,
  }
  return new Reply(200, headers, JSON.stringify({ keys: requireSvids(house).publishedKeys() }))
}

function requireSvids({ svids }: House): NonNullable<House['svids']> {
  if (svids === null) throw new RemitError('not_found', { detail: 'There is no trust domain of our own here.' })
  return svids
}
