import type { Caller, WorkloadCaller } from '../../authenticate/caller.ts'
import type { PresentedAs } from '../../authenticate/presented.ts'
import { RemitError } from '../../ground/errors.ts'
import { admitAssertion, readProof } from '../entrance/admit.ts'
import type { Context } from '../route.ts'
import { admitClientCertificate } from './client-certificate.ts'
import { type Form, required } from './form.ts'

/** What a `client_assertion_type` says that the assertion is (RFC 7523 section 2.2, draft-ietf-oauth-spiffe-client-auth). */
const CLIENT_ASSERTIONS: ReadonlyMap<string, PresentedAs> = new Map([
  ['urn:ietf:params:oauth:client-assertion-type:jwt-bearer', 'client_assertion:jwt-bearer'],
  ['urn:ietf:params:oauth:client-assertion-type:jwt-spiffe', 'client_assertion:jwt-spiffe'],
])

/**
 * Authenticates the client of a request to an OAuth address, by what stands in its body or by the certificate of its
 * connection: `private_key_jwt` and its kin (RFC 7523 section 2.2), `tls_client_auth` (RFC 8705 section 2). Its proof has to
 * be recorded with whatever the request is for. Errors, as `invalid_client`: those of the assertion or certificate;
 * `authentication_missing` where there is neither.
 */
export async function admitClient(context: Context<Form, null>): Promise<WorkloadCaller> {
  const { body, certificate } = context
  const isAsserted = [body['client_assertion'], body['client_assertion_type']].some((value) => value !== undefined)
  if (!isAsserted && certificate === undefined)
    throw new RemitError('authentication_missing', {
      detail: 'The client has to prove who it is: client_assertion is required.',
    })
  const caller = await (isAsserted ? admitClientAssertion(context) : admitClientCertificate(context)).catch(
    refuseAs('invalid_client'),
  )
  context.admitted(caller)
  return caller
}

/** Gives who was let in at the door, or else who the body proves; two proofs at once are refused (RFC 6749 section 2.3). */
export async function admitOrKnow(context: Context<Form, Caller | null>): Promise<Caller> {
  const { caller, body } = context
  if (caller === null) return admitClient({ ...context, caller })
  if (body['client_assertion'] !== undefined)
    throw new RemitError('request_invalid', { detail: 'A client proves itself in one way, and not in two.' })
  return caller
}

async function admitClientAssertion(context: Context<Form, null>): Promise<WorkloadCaller> {
  const { body } = context
  const jwt = required(body, 'client_assertion')
  const as = CLIENT_ASSERTIONS.get(required(body, 'client_assertion_type'))
  if (as === undefined)
    throw new RemitError('request_invalid', { detail: 'client_assertion_type must be that of a JWT.' })
  const caller = await admitAssertion(context, { jwt, as }, readProof(context, undefined))
  const { client_id: clientId = caller.identity.id } = body
  if (![caller.binding.subject, caller.identity.id].includes(clientId))
    throw new RemitError('assertion_claims', { detail: 'client_id is not whom the assertion proves.' })
  return caller
}

const OF_PROOFS = ['invalid_dpop_proof', 'use_dpop_nonce']

/**
 * Tells what is wrong with a proof by the OAuth error of its place: `invalid_client` for that of a client, `invalid_grant`
 * for that of a grant (RFC 6749 section 5.2, RFC 7523 section 3.1). What is wrong with a proof of possession stays so.
 */
export function refuseAs(oauth: 'invalid_client' | 'invalid_grant'): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof RemitError) || error.status !== 401 || OF_PROOFS.includes(error.oauth)) throw error
    const { code, detail, facts, cause } = error
    throw new RemitError(code, { detail, facts, cause, oauth })
  }
}
