import { DPOP_ALGORITHMS } from '../../authenticate/dpop/proof.ts'
import { ACTION_CLASSES } from '../../contract/action-class.ts'
import { gatewayAddress } from '../../contract/token/gateway-address.ts'
import type { House } from '../../flow/house.ts'
import { RemitError } from '../../ground/errors.ts'
import { ALGORITHM_NAMES } from '../../ground/jws-names.ts'
import { LIMITS } from '../../ground/limits.ts'
import { restBehindOwn } from '../input/own-path.ts'
import { type Context, Reply } from '../route.ts'
import { describeAttestations } from './client-attestation.ts'
import { describeCertificates } from './client-certificate.ts'
import { DETAILS_TYPES } from './details/types.ts'
import { GRANTS } from './grant/grants.ts'
import { TOKEN_TYPES } from './grant/token-types.ts'

/** How clients prove themselves; a static secret only in tier T0. `jwt-spiffe` is a draft that has no name for it. */
const CLIENT_METHODS = ['private_key_jwt', 'client_secret_basic', 'client_secret_post']

/** Of grants that say more than their type does: an ID-JAG of an identity provider. */
const GRANT_PROFILES = ['urn:ietf:params:oauth:grant-profile:id-jag']

/** RFC 8414. */
export async function authorizationServer({ house }: Context<null, null>): Promise<object> {
  const at = (path: string): string => `${house.publicUrl}${path}`
  const certificates = describeCertificates(house)
  const attestations = describeAttestations(house)
  const methods = [...CLIENT_METHODS, ...certificates.methods, ...attestations.methods]
  return {
    issuer: house.publicUrl,
    authorization_endpoint: at('/oauth/authorize'),
    token_endpoint: at('/oauth/token'),
    introspection_endpoint: at('/oauth/introspect'),
    revocation_endpoint: at('/oauth/revoke'),
    jwks_uri: at('/oauth/jwks'),
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    // OpenID Connect Discovery section 3: who does not say so takes them
    request_uri_parameter_supported: false,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    scopes_supported: ACTION_CLASSES,
    client_id_metadata_document_supported: house.clientDocuments !== null,
    grant_types_supported: GRANTS.map(({ type }) => type),
    token_endpoint_auth_methods_supported: ['none', ...methods],
    token_endpoint_auth_signing_alg_values_supported: ALGORITHM_NAMES,
    introspection_endpoint_auth_methods_supported: methods,
    introspection_endpoint_auth_signing_alg_values_supported: ALGORITHM_NAMES,
    introspection_signing_alg_values_supported: ['ES256'],
    revocation_endpoint_auth_methods_supported: ['none', ...methods],
    revocation_endpoint_auth_signing_alg_values_supported: ALGORITHM_NAMES,
    ...(house.speaks('id-jag') ? describeGrants(house) : {}),
    authorization_details_types_supported: DETAILS_TYPES,
    ...(house.speaks('rar-metadata') ? { authorization_details_types_metadata_endpoint: at('/oauth/details') } : {}),
    dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
    ...certificates.members,
    ...attestations.members,
  }
}

/**
 * The same for who looks where OpenID Connect has it, as clients do that know one of the two; it makes no ID tokens, and says
 * nothing of them. A proxy that takes the path of the issuer away makes this the third place of MCP authorization too.
 */
export async function openidConfiguration(context: Context<null, null>): Promise<object> {
  return authorizationServer(context)
}

/** RFC 8414 section 3.1: the well-known part stands before the path of the issuer. Errors: `not_found` for any other path. */
export async function authorizationServerAt(context: Context<null, null>): Promise<object> {
  requireOwnPath(context)
  return authorizationServer(context)
}

/**
 * As `authorizationServerAt`, for who looks where OpenID Connect has it (MCP authorization, "Authorization Server Metadata
 * Discovery").
 */
export async function openidConfigurationAt(context: Context<null, null>): Promise<object> {
  requireOwnPath(context)
  return authorizationServer(context)
}

/** RFC 9728 section 3.1: the well-known part stands before the path of the resource. Errors: `not_found`. */
export async function protectedResourceAt(context: Context<null, null>): Promise<object> {
  const [, server] = /^\/mcp\/([^/]+)$/.exec(requireOwnPath(context, true)) ?? []
  return server === undefined ? protectedResource(context) : protectedServer({ ...context, params: { server } })
}

/** Gives what comes after the path of the issuer; nothing may, unless it `mayGoOn`. */
function requireOwnPath({ house, params }: Context<null, null>, mayGoOn = false): string {
  const rest = restBehindOwn(house.publicUrl, params['*'] ?? '')
  if (rest === undefined || !(rest === '' || (mayGoOn && /^\/mcp\/[^/]+$/.test(rest))))
    throw new RemitError('not_found')
  return rest
}

/** What is said of ID-JAGs: taken from others, and made for others where there are any. */
function describeGrants({ targets }: House): object {
  const made = { identity_chaining_requested_token_types_supported: [TOKEN_TYPES.idJag] }
  return { authorization_grant_profiles_supported: GRANT_PROFILES, ...(targets.length === 0 ? {} : made) }
}

/** RFC 9728, for the house itself. */
export async function protectedResource({ house }: Context<null, null>): Promise<object> {
  return describeResource(house, house.publicUrl)
}

/** RFC 9728, for one server behind the gateway. */
export async function protectedServer({ house, params }: Context<null, null>): Promise<object> {
  const server = params['server'] ?? ''
  if (!house.servers.some((row) => row.name === server)) throw new RemitError('not_found')
  return { ...describeResource(house, gatewayAddress(house.publicUrl, server)), scopes_supported: ACTION_CLASSES }
}

function describeResource(house: House, resource: string): object {
  return {
    resource,
    authorization_servers: [house.publicUrl],
    jwks_uri: `${house.publicUrl}/oauth/jwks`,
    bearer_methods_supported: ['header'],
    authorization_details_types_supported: DETAILS_TYPES,
    dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
    ...(house.mutual === null ? {} : { tls_client_certificate_bound_access_tokens: true }),
  }
}

/** RFC 7517: every key that signs now or has signed a token that may still live. */
export async function listKeys({ house }: Context<null, null>): Promise<Reply> {
  return new Reply(
    200,
    { 'content-type': 'application/jwk-set+json', 'cache-control': `public, max-age=${LIMITS.keySetSeconds}` },
    JSON.stringify({ keys: house.tokens.keys.published() }),
  )
}
