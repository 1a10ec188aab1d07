import { z } from 'zod'
import type { AgentCaller, Caller, PersonCaller, WorkloadCaller } from '../authenticate/caller.ts'
import { DPOP_ALGORITHMS } from '../authenticate/dpop-proof.ts'
import type { TokenRequest } from '../decide/requests.ts'
import type { House } from '../flow/house.ts'
import { exchangeToken as exchangeTokenFlow } from '../flow/token/exchange-token.ts'
import { introspectToken } from '../flow/token/introspect-token.ts'
import { revokeToken as revokeTokenFlow } from '../flow/token/revoke-token.ts'
import { RemitError } from '../ground/errors.ts'
import { ALGORITHM_NAMES } from '../ground/jws-names.ts'
import { taskDetailsType } from '../issue/access-token.ts'
import { admitAssertion, readProof } from './entrance/admit.ts'
import { parseJsonBody } from './input/json-body.ts'
import { composition } from './input/shapes.ts'
import { type BodyOf, type Context, Reply } from './route.ts'

type Form = BodyOf<'form'>

const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
const SUBJECT_TOKEN_TYPES = ['urn:ietf:params:oauth:token-type:jwt', 'urn:ietf:params:oauth:token-type:id_token']

const CLIENT_ASSERTION_TYPES = [
  'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe',
]

const details = z.tuple([
  z.strictObject({
    type: z.literal(taskDetailsType),
    task_id: z.string().min(1).max(200),
    composition: composition.optional(),
  }),
])

const GRANTS: ReadonlyMap<string, (context: Context<Form, null>) => Promise<Reply>> = new Map([
  [exchangeGrant, exchangeAssertion],
  ['client_credentials', takeClientAssertion],
])

/** The token endpoint: one row of `GRANTS` a grant type. */
export async function issueToken(context: Context<Form, null>): Promise<Reply> {
  const grant = GRANTS.get(required(context.body, 'grant_type'))
  if (grant === undefined) throw new RemitError('grant_unsupported')
  return grant(context)
}

/** What would ask for more than the tokens of this house can say: it is refused, so that nobody believes it was heard. */
const UNHEARD: Readonly<Record<string, RemitError>> = {
  actor_token: new RemitError('request_invalid', {
    detail: 'The subject of the token is who acts; a task is handed on by delegation, and not by an actor_token.',
  }),
  scope: new RemitError('scope_exceeded', {
    detail: 'There are no scopes here: authorization_details names the task, and its scope is what counts.',
  }),
}

/** RFC 8693 section 2.1: the workload's assertion in, an access token of one task out. */
async function exchangeAssertion(context: Context<Form, null>): Promise<Reply> {
  const { body } = context
  const assertion = required(body, 'subject_token')
  if (body['client_assertion'] !== undefined)
    throw new RemitError('request_invalid', {
      detail: 'The subject_token is the proof here; a client_assertion goes with the grant type client_credentials.',
    })
  if (!SUBJECT_TOKEN_TYPES.includes(required(body, 'subject_token_type')))
    throw new RemitError('request_invalid', { detail: 'subject_token_type must be that of a JWT.' })
  if ((body['requested_token_type'] ?? accessTokenType) !== accessTokenType)
    throw new RemitError('request_invalid', { detail: 'Only access tokens are issued here.' })
  const asked = readTokenRequest(context)
  const caller = await admitAssertion(context, assertion, readProof(context, undefined))
  context.admitted(caller)
  return answerToken(context, caller, asked, { issued_token_type: accessTokenType })
}

/** RFC 6749 section 4.4, the client authenticated by a JWT (RFC 7523 section 2.2): `private_key_jwt`. */
async function takeClientAssertion(context: Context<Form, null>): Promise<Reply> {
  const { body } = context
  const assertion = required(body, 'client_assertion')
  if (!CLIENT_ASSERTION_TYPES.includes(required(body, 'client_assertion_type')))
    throw new RemitError('request_invalid', { detail: 'client_assertion_type must be that of a JWT.' })
  const asked = readTokenRequest(context)
  const caller = await admitAssertion(context, assertion, readProof(context, undefined)).catch(refuseClient)
  context.admitted(caller)
  if ((body['client_id'] ?? caller.binding.subject) !== caller.binding.subject)
    refuseClient(new RemitError('assertion_claims', { detail: 'client_id is not the subject of the assertion.' }))
  return answerToken(context, caller, asked, {})
}

/** RFC 6749 section 5.2: what is wrong with the proof of a client is told as `invalid_client`. */
function refuseClient(error: unknown): never {
  if (!(error instanceof RemitError) || error.status !== 401 || error.oauth === 'invalid_dpop_proof') throw error
  const { code, detail, facts, cause } = error
  throw new RemitError(code, { detail, facts, cause, oauth: 'invalid_client' })
}

function readTokenRequest({ house, body }: Context<Form, null>): TokenRequest {
  const unheard = Object.entries(UNHEARD).find(([name]) => body[name] !== undefined)
  if (unheard !== undefined) throw unheard[1]
  const { resource = body['audience'] ?? house.publicUrl, audience = resource } = body
  if (audience !== resource)
    throw new RemitError('target_invalid', { detail: 'resource and audience name two targets; a token has one.' })
  const asked = readDetails(required(body, 'authorization_details'))
  return {
    taskId: asked.task_id,
    audience,
    ...(asked.composition === undefined ? {} : { composition: asked.composition }),
  }
}

/** Issues the token, and answers as RFC 6749 section 5.1 asks. */
async function answerToken(
  context: Context<Form, null>,
  caller: WorkloadCaller,
  asked: TokenRequest,
  more: Readonly<Record<string, string>>,
): Promise<Reply> {
  const issued = await exchangeTokenFlow(context.house, caller, asked)
  const answer = {
    access_token: issued.token,
    ...more,
    token_type: issued.tokenType,
    expires_in: issued.expiresSeconds,
    authorization_details: issued.authorizationDetails,
    entry: issued.entry,
  }
  return new Reply(
    200,
    { 'content-type': 'application/json', 'cache-control': 'no-store', pragma: 'no-cache' },
    JSON.stringify(answer),
  )
}

/** RFC 9396 section 2: exactly one detail, of the one type that is offered, with no member that is not known. */
function readDetails(json: string): z.infer<typeof details>[0] {
  const read = details.safeParse(parseDetails(json))
  if (!read.success)
    throw new RemitError('details_invalid', {
      detail: `authorization_details must be [{"type":"${taskDetailsType}","task_id":"…"}]; a composition in it has a model, and a promptDigest and toolsDigest of 64 lowercase hexadecimal digits or null.`,
    })
  return read.data[0]
}

function parseDetails(json: string): unknown {
  try {
    return parseJsonBody(json)
  } catch (cause) {
    throw new RemitError('details_invalid', { detail: 'authorization_details is not JSON.', cause })
  }
}

/** RFC 7662. */
export async function introspect({ house, caller, body }: Context<Form, Caller>): Promise<object> {
  return introspectToken(house, caller, required(body, 'token'))
}

/** RFC 7009: a token that is not known is no error. */
export async function revokeToken({ house, caller, body }: Context<Form, PersonCaller | AgentCaller>): Promise<object> {
  const tokenId = house.authenticate.tokenId(required(body, 'token'))
  return { entry: tokenId === undefined ? null : await revokeTokenFlow(house, caller, tokenId) }
}

function required(form: Form, name: string): string {
  const value = form[name]
  if (value === undefined) throw new RemitError('request_invalid', { detail: `The parameter ${name} is required.` })
  return value
}

/** RFC 8414. */
export async function authorizationServer({ house }: Context<null, null>): Promise<object> {
  const at = (path: string): string => `${house.publicUrl}${path}`
  return {
    issuer: house.publicUrl,
    token_endpoint: at('/oauth/token'),
    introspection_endpoint: at('/oauth/introspect'),
    revocation_endpoint: at('/oauth/revoke'),
    jwks_uri: at('/oauth/jwks'),
    response_types_supported: [],
    grant_types_supported: [...GRANTS.keys()],
    token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ALGORITHM_NAMES,
    authorization_details_types_supported: [taskDetailsType],
    dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
  }
}

/** RFC 9728, for the house itself. */
export async function protectedResource({ house }: Context<null, null>): Promise<object> {
  return describeResource(house, house.publicUrl)
}

/** RFC 9728, for one server behind the gateway. */
export async function protectedServer({ house, params }: Context<null, null>): Promise<object> {
  const server = params['server'] ?? ''
  if (!house.servers.some((row) => row.name === server)) throw new RemitError('not_found')
  return describeResource(house, `${house.publicUrl}/mcp/${server}`)
}

function describeResource(house: House, resource: string): object {
  return {
    resource,
    authorization_servers: [house.publicUrl],
    jwks_uri: `${house.publicUrl}/oauth/jwks`,
    bearer_methods_supported: ['header'],
    authorization_details_types_supported: [taskDetailsType],
    dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
  }
}

/** RFC 7517: every key that signs now or has signed a token that may still live. */
export async function listKeys({ house }: Context<null, null>): Promise<Reply> {
  return new Reply(
    200,
    { 'content-type': 'application/jwk-set+json', 'cache-control': 'public, max-age=300' },
    JSON.stringify({ keys: house.tokenKeys() }),
  )
}
