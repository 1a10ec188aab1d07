import { z } from 'zod'
import { id, index, sensitivity } from '../input/shapes.ts'

const url = z.string().regex(/^https?:\/\//)
const texts = z.array(z.string())
/** Seconds since 1970 (RFC 7519 `NumericDate`). */
const seconds = index

const taskDetails = z.object({
  type: z.string(),
  task_id: id,
  purpose: z.string(),
  goal: z.string(),
  ticket: z.string().optional(),
  on_behalf_of: id.optional(),
  scope: z.array(z.object({ action: z.string(), resource: z.string() })),
  ceiling: sensitivity,
})

/** RFC 8705 section 5: the addresses at which certificates are asked for. */
const mutualAliases = z.object({ token_endpoint: url, introspection_endpoint: url, revocation_endpoint: url })

const resourceServer = {
  tls_client_certificate_bound_access_tokens: z.boolean().optional(),
  authorization_details_types_supported: texts,
  dpop_signing_alg_values_supported: texts,
}

const ecKey = { kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string() }
const rsaKey = { kty: z.literal('RSA'), n: z.string(), e: z.string() }

/** What the answers of the OAuth and AuthZEN addresses look like, as far as they are no errors. */
export const OAUTH_ANSWERS = {
  /** RFC 8693 section 2.2.1, RFC 9396 section 7. */
  token: z.object({
    access_token: z.string().regex(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    issued_token_type: z.string().optional(),
    token_type: z.enum(['Bearer', 'DPoP', 'N_A']),
    /** 0 where less than a second is left. */
    expires_in: z.int().min(0),
    scope: z.string().optional(),
    authorization_details: z.array(taskDetails).max(1),
    entry: index,
  }),
  /** RFC 7662 section 2.2. Of a token that does not count nothing else is told. */
  introspection: z.union([
    z.object({ active: z.literal(false) }),
    z.object({
      active: z.literal(true),
      iss: url,
      aud: url,
      sub: id,
      client_id: id,
      jti: id,
      iat: seconds,
      exp: seconds,
      token_type: z.enum(['Bearer', 'DPoP']),
      cnf: z.union([z.object({ jkt: z.string() }), z.object({ 'x5t#S256': z.string() })]).optional(),
      authorization_details: z.array(taskDetails).length(1),
      act: z.record(z.string(), z.unknown()).optional(),
      chain: z.array(z.object({ identityId: id, name: z.string(), taskId: id })).min(1),
      labels: z.object({ confidentiality: z.string(), integrity: z.string() }).optional(),
    }),
  ]),
  /** RFC 7009 section 2.2: a token that is not known is none that there was anything to record about. */
  revocation: z.object({ entry: index.nullable() }),
  /** RFC 8414 section 2. */
  authorizationServer: z.object({
    issuer: url,
    authorization_endpoint: url,
    token_endpoint: url,
    introspection_endpoint: url,
    revocation_endpoint: url,
    jwks_uri: url,
    response_types_supported: texts.min(1),
    response_modes_supported: texts.min(1),
    request_uri_parameter_supported: z.literal(false),
    code_challenge_methods_supported: texts.length(1),
    authorization_response_iss_parameter_supported: z.literal(true),
    client_id_metadata_document_supported: z.boolean(),
    scopes_supported: texts.min(1),
    grant_types_supported: texts.min(1),
    token_endpoint_auth_methods_supported: texts.min(1),
    token_endpoint_auth_signing_alg_values_supported: texts.min(1),
    introspection_endpoint_auth_methods_supported: texts.min(1),
    introspection_endpoint_auth_signing_alg_values_supported: texts.min(1),
    identity_chaining_requested_token_types_supported: texts.min(1).optional(),
    authorization_grant_profiles_supported: texts.min(1).optional(),
    introspection_signing_alg_values_supported: texts.min(1),
    revocation_endpoint_auth_methods_supported: texts.min(1),
    revocation_endpoint_auth_signing_alg_values_supported: texts.min(1),
    mtls_endpoint_aliases: mutualAliases.optional(),
    challenge_endpoint: z.string().optional(),
    client_attestation_signing_alg_values_supported: z.array(z.string()).optional(),
    client_attestation_pop_signing_alg_values_supported: z.array(z.string()).optional(),
    authorization_details_types_metadata_endpoint: url.optional(),
    ...resourceServer,
  }),
  /** OAuth RAR Metadata: a JSON Schema for each type. */
  detailsTypes: z.object({
    authorization_details_types_metadata: z.record(
      z.string(),
      z.object({
        version: z.string(),
        description: z.string(),
        schema: z.record(z.string(), z.unknown()),
        examples: z.array(z.record(z.string(), z.unknown())),
      }),
    ),
  }),
  /** RFC 9728 section 2. */
  protectedResource: z.object({
    resource: url,
    authorization_servers: z.array(url).length(1),
    jwks_uri: url,
    bearer_methods_supported: texts,
    scopes_supported: texts.optional(),
    ...resourceServer,
  }),
  /** AuthZEN 1.0 section 9. */
  decisionPoint: z.object({
    policy_decision_point: url,
    access_evaluation_endpoint: url,
    access_evaluations_endpoint: url,
    search_subject_endpoint: url,
    search_resource_endpoint: url,
    search_action_endpoint: url,
    access_request_endpoint: url.optional(),
    jwks_uri: url.optional(),
    capabilities: texts.optional(),
    supported_obligations: texts.optional(),
  }),
  /** SPIFFE Trust Domain and Bundle section 4: public halves only. */
  /** OpenID Connect Discovery 1.0 section 3. */
  oidcIssuer: z.object({
    issuer: url,
    jwks_uri: url,
    authorization_endpoint: z.literal(''),
    response_types_supported: texts,
    subject_types_supported: texts,
    id_token_signing_alg_values_supported: texts,
    claims_supported: texts,
  }),
  trustBundle: z.object({
    keys: z.array(
      z.union([
        z.strictObject({ ...ecKey, kid: id, use: z.literal('jwt-svid') }),
        z.strictObject({ ...ecKey, x5c: z.array(z.string()).length(1), use: z.literal('x509-svid') }),
      ]),
    ),
    spiffe_sequence: index,
    spiffe_refresh_hint: z.int(),
  }),
  /** A map of bundles: those of others hold keys of any kind. */
  trustBundles: z.object({
    trust_domains: z.record(
      z.string(),
      z.object({
        keys: z.array(z.looseObject({ kty: z.string(), use: z.enum(['jwt-svid', 'x509-svid']) })),
        spiffe_sequence: index.optional(),
        spiffe_refresh_hint: z.int(),
      }),
    ),
  }),
  /** RFC 7517: public halves only. */
  keys: z.object({
    keys: z
      .array(
        z.union([
          z.strictObject({ ...ecKey, kid: id, alg: z.literal('ES256'), use: z.literal('sig') }),
          z.strictObject({ ...rsaKey, kid: id, alg: z.literal('RS256'), use: z.literal('sig') }),
        ]),
      )
      .min(1),
  }),
} as const
