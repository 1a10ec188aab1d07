import { z } from 'zod'
import type { AgentCaller, Caller, PersonCaller } from '../authenticate/caller.ts'
import { DPOP_ALGORITHMS } from '../authenticate/dpop-proof.ts'
import { exchangeToken as exchangeTokenFlow } from '../flow/exchange-token.ts'
import type { House } from '../flow/house.ts'
import { introspectToken } from '../flow/introspect-token.ts'
import { revokeToken as revokeTokenFlow } from '../flow/revoke-token.ts'
import { RemitError } from '../ground/errors.ts'
import { taskDetailsType } from '../issue/access-token.ts'
import { admitAssertion, readProof } from './admit.ts'
import { parseJsonBody } from './json-body.ts'
import { type BodyOf, type Context, Reply } from './route.ts'

type Form = BodyOf<'form'>

const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
const SUBJECT_TOKEN_TYPES = ['urn:ietf:params:oauth:token-type:jwt', 'urn:ietf:params:oauth:token-type:id_token']

const details = z.tuple([z.strictObject({ type: z.literal(taskDetailsType), task_id: z.string().min(1).max(200) })])

const GRANTS: ReadonlyMap<string, (context: Context<Form, null>) => Promise<Reply>> = new Map([
  [exchangeGrant, exchangeAssertion],
])

/** The token endpoint: one row of `GRANTS` a grant type. */
export async function issueToken(context: Context<Form, null>): Promise<Reply> {
  const grant = GRANTS.get(required(context.body, 'grant_type'))
  if (grant === undefined) throw new RemitError('grant_unsupported')
  return grant(context)
}

/** RFC 8693 section 2.1: the workload's assertion in, an access token of one task out. */
async function exchangeAssertion(context: Context<Form, null>): Promise<Reply> {
  const { house, body } = context
  const assertion = required(body, 'subject_token')
  if (!SUBJECT_TOKEN_TYPES.includes(required(body, 'subject_token_type')))
    throw new RemitError('request_invalid', { detail: 'subject_token_type must be that of a JWT.' })
  if ((body['requested_token_type'] ?? accessTokenType) !== accessTokenType)
    throw new RemitError('request_invalid', { detail: 'Only access tokens are issued here.' })
  const taskId = readTaskId(required(body, 'authorization_details'))
  const audience = body['resource'] ?? body['audience'] ?? house.publicUrl
  const caller = await admitAssertion(house, assertion, readProof(context, undefined))
  context.admitted(caller)
  const issued = await exchangeTokenFlow(house, caller, { taskId, audience })
  const answer = {
    access_token: issued.token,
    issued_token_type: accessTokenType,
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
function readTaskId(json: string): string {
  const read = details.safeParse(parseJsonBody(json))
  if (!read.success)
    throw new RemitError('details_invalid', {
      detail: `authorization_details must be [{"type":"${taskDetailsType}","task_id":"…"}].`,
    })
  return read.data[0].task_id
}

/** RFC 7662. */
export async function introspect({ house, caller, body }: Context<Form, Caller>): Promise<object> {
  const tokenId = house.authenticate.tokenId(required(body, 'token'))
  return tokenId === undefined ? { active: false } : introspectToken(house, caller, tokenId)
}

/** RFC 7009: a token that is not known is no error. */
export async function revokeToken({ house, caller, body }: Context<Form, PersonCaller | AgentCaller>): Promise<object> {
  const tokenId = house.authenticate.tokenId(required(body, 'token'))
  return { entry: tokenId === undefined ? null : await revokeTokenFlow(house, caller, tokenId) }
}

function required(form: Form, name: string): string {
  const value = form[name]
  if (value === undefined || value === '')
    throw new RemitError('request_invalid', { detail: `The parameter ${name} is required.` })
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
    token_endpoint_auth_methods_supported: ['none'],
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
