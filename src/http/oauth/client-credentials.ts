import type { PresentedAs } from '../../authenticate/presented.ts'
import { RemitError } from '../../ground/errors.ts'
import { admitAssertion, readProof } from '../entrance/admit.ts'
import type { Context, Reply } from '../route.ts'
import { answerToken } from './answer-token.ts'
import { admitClientCertificate } from './client-certificate.ts'
import { type Form, required } from './form.ts'
import type { Grant } from './grant.ts'
import { readTokenRequest } from './token-request.ts'

/** What a `client_assertion_type` says that the assertion is (RFC 7523 section 2.2, draft-ietf-oauth-spiffe-client-auth). */
const CLIENT_ASSERTIONS: ReadonlyMap<string, PresentedAs> = new Map([
  ['urn:ietf:params:oauth:client-assertion-type:jwt-bearer', 'client_assertion:jwt-bearer'],
  ['urn:ietf:params:oauth:client-assertion-type:jwt-spiffe', 'client_assertion:jwt-spiffe'],
])

/** RFC 6749 section 4.4, the client authenticated by a JWT (RFC 7523 section 2.2): `private_key_jwt`. */
export const clientCredentials: Grant = { type: 'client_credentials', run: takeClientAssertion }

async function takeClientAssertion(context: Context<Form, null>): Promise<Reply> {
  const { body } = context
  if (body['client_assertion'] === undefined && context.certificate !== undefined) return takeCertificate(context)
  const assertion = required(body, 'client_assertion')
  const as = CLIENT_ASSERTIONS.get(required(body, 'client_assertion_type'))
  if (as === undefined)
    throw new RemitError('request_invalid', { detail: 'client_assertion_type must be that of a JWT.' })
  const asked = readTokenRequest(context)
  const caller = await admitAssertion(context, { jwt: assertion, as }, readProof(context, undefined)).catch(
    refuseClient,
  )
  context.admitted(caller)
  if ((body['client_id'] ?? caller.binding.subject) !== caller.binding.subject)
    refuseClient(new RemitError('assertion_claims', { detail: 'client_id is not the subject of the assertion.' }))
  return answerToken(context, caller, asked, {})
}

/** The client authenticated by the certificate of its connection (RFC 8705). */
async function takeCertificate(context: Context<Form, null>): Promise<Reply> {
  const asked = readTokenRequest(context)
  const caller = await admitClientCertificate(context).catch(refuseClient)
  context.admitted(caller)
  return answerToken(context, caller, asked, {})
}

/** RFC 6749 section 5.2: what is wrong with the proof of a client is told as `invalid_client`. */
function refuseClient(error: unknown): never {
  if (!(error instanceof RemitError) || error.status !== 401 || error.oauth === 'invalid_dpop_proof') throw error
  const { code, detail, facts, cause } = error
  throw new RemitError(code, { detail, facts, cause, oauth: 'invalid_client' })
}
