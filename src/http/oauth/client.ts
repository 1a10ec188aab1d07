import { placeCaller, type WorkloadCaller } from '../../authenticate/caller.ts'
import type { DocumentClient } from '../../authenticate/client/document-key.ts'
import type { ShownSecret } from '../../authenticate/client/static-secret.ts'
import type { PresentedAs } from '../../authenticate/presented.ts'
import { RemitError } from '../../ground/errors.ts'
import { admitAssertion, admitSecret, readProof } from '../entrance/admit.ts'
import { readBasic } from '../entrance/basic.ts'
import type { Context } from '../route.ts'
import { admitClientAttestation, isAttested } from './client-attestation.ts'
import { admitClientCertificate, type CertificateTaken } from './client-certificate.ts'
import { type Form, required } from './form.ts'

/** What a `client_assertion_type` says that the assertion is (RFC 7523 section 2.2, draft-ietf-oauth-spiffe-client-auth). */
const CLIENT_ASSERTIONS: ReadonlyMap<string, PresentedAs> = new Map([
  ['urn:ietf:params:oauth:client-assertion-type:jwt-bearer', 'client_assertion:jwt-bearer'],
  ['urn:ietf:params:oauth:client-assertion-type:jwt-spiffe', 'client_assertion:jwt-spiffe'],
])

/**
 * Authenticates the client of a request to an OAuth address, by what stands in its body or by the certificate of its
 * connection: `private_key_jwt` and its kin (RFC 7523 section 2.2), `tls_client_auth` (RFC 8705 section 2), a static secret in
 * the body or the header (RFC 6749 section 2.3.1), or what an attester says of it. Its proof has to be recorded with whatever
 * the request is for. Errors, as `invalid_client`: those of the assertion, secret or certificate; `authentication_missing`
 * where there is none; `request_invalid` where there are two.
 */
export async function admitClient(context: Context<Form, null>, taken: CertificateTaken = {}): Promise<WorkloadCaller> {
  const { body, certificate } = context
  const isAsserted = [body['client_assertion'], body['client_assertion_type']].some((value) => value !== undefined)
  const secret = readSecret(context)
  const isVouchedFor = isAttested(context)
  const ways = [isAsserted, secret !== null, isVouchedFor].filter((way) => way).length
  if (ways > 1) throw refuseTwo()
  if (ways === 0 && certificate === undefined)
    throw new RemitError('authentication_missing', {
      detail: 'The client has to prove who it is: client_assertion is required.',
    })
  const admit = async (): Promise<WorkloadCaller> => {
    if (secret !== null) return admitSecret(context, secret, await readProof(context, undefined))
    if (isVouchedFor) return admitClientAttestation(context)
    return isAsserted ? admitClientAssertion(context) : admitClientCertificate(context, taken)
  }
  const caller = await admit().catch(refuseAs('invalid_client'))
  context.admitted(caller)
  return caller
}

/**
 * True where a client shows a proof of itself beside what it asks for; a certificate of its connection is none to be counted.
 */
export function showsProof(context: Context<Form, null>): boolean {
  const { body } = context
  const isShown = ['client_assertion', 'client_assertion_type', 'client_secret'].some(
    (name) => body[name] !== undefined,
  )
  return isShown || readBasic(context.headers) !== null || isAttested(context)
}

/** A client that proves itself twice is refused (RFC 6749 section 2.3). */
export const refuseTwo = (): RemitError =>
  new RemitError('request_invalid', { detail: 'A client proves itself in one way, and not in two.' })

/** The secret of the header or of the body; null where there is none. */
function readSecret({ headers, body }: Context<Form, null>): ShownSecret | null {
  const basic = readBasic(headers)
  const { client_secret: secret, client_id: clientId } = body
  if (basic !== null && secret !== undefined) throw refuseTwo()
  if (basic !== null && clientId !== undefined && clientId !== basic.clientId)
    throw new RemitError('secret_refused', { detail: 'client_id is not whose secret it is.' })
  return secret === undefined ? basic : { clientId: required(body, 'client_id'), secret }
}

async function admitClientAssertion(context: Context<Form, null>): Promise<WorkloadCaller> {
  const { body } = context
  const jwt = required(body, 'client_assertion')
  const as = CLIENT_ASSERTIONS.get(required(body, 'client_assertion_type'))
  if (as === undefined)
    throw new RemitError('request_invalid', { detail: 'client_assertion_type must be that of a JWT.' })
  const caller = await admitAssertion(context, { jwt, as }, await readProof(context, undefined))
  context.admitted(caller) // what proved it was shown, whatever is wrong beside it
  const { client_id: clientId = caller.identity.id } = body
  if (![caller.binding.subject, caller.identity.id].includes(clientId))
    throw new RemitError('assertion_claims', { detail: 'client_id is not whom the assertion proves.' })
  return caller
}

/** Authenticates a client by the keys of its own document: `private_key_jwt` and nothing else. Errors: as `admitClient`. */
export async function admitDocumentClient(
  context: Context<Form, null>,
  client: DocumentClient,
): Promise<WorkloadCaller> {
  const { body, house, source, certificate } = context
  const as = CLIENT_ASSERTIONS.get(body['client_assertion_type'] ?? '')
  if (body['client_assertion'] === undefined || as !== 'client_assertion:jwt-bearer')
    throw new RemitError('authentication_missing', { detail: 'The client has to prove who it is by private_key_jwt.' })
  if (readSecret(context) !== null || isAttested(context)) throw refuseTwo()
  const proved = { proof: await readProof(context, undefined), certificate }
  const found = house.authenticate.byDocument(body['client_assertion'], client, proved)
  const caller = placeCaller(await found.catch(refuseAs('invalid_client')), source)
  context.admitted(caller)
  return caller
}

const OF_PROOFS = ['invalid_dpop_proof', 'use_dpop_nonce', 'invalid_client_attestation']

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
