import type { Caller, WorkloadCaller } from '../../authenticate/caller.ts'
import type { IdentityId } from '../../contract/register/identity.ts'
import { findCodeProof } from '../../flow/consent/find-client.ts'
import { RemitError } from '../../ground/errors.ts'
import type { Context } from '../route.ts'
import { admitClient, admitDocumentClient, refuseTwo } from './client.ts'
import type { Form } from './form.ts'

/**
 * Gives who was let in at the door, or else who the body or the certificate of the connection proves; two proofs at once are
 * refused. A client with a document proves itself by the keys there, as it does with a code.
 */
export async function admitOrKnow(context: Context<Form, Caller | null>): Promise<Caller> {
  const { caller, body } = context
  if (caller === null) return await admitAnyClient({ ...context, caller })
  if (body['client_assertion'] !== undefined || body['client_secret'] !== undefined) throw refuseTwo()
  return caller
}

async function admitAnyClient(context: Context<Form, null>): Promise<WorkloadCaller> {
  const { client_id: clientId } = context.body
  const wanted = clientId === undefined ? null : await findCodeProof(context.house, clientId)
  return wanted?.kind === 'document'
    ? await admitDocumentClient(context, wanted)
    : await admitClient(context, { mayBeUnnamed: true })
}

/**
 * Authenticates the client that a `client_id` names, where people let it act for them and it is not public: by any other binding
 * of its identity (a key, a certificate, an SVID, its attester), or by the keys of its own document. Undefined where nobody lets
 * in a client of this name, or it is public. Errors: as `admitClient`.
 */
export async function admitNamedClient(
  context: Context<Form, null>,
  clientId: string,
): Promise<WorkloadCaller | undefined> {
  const wanted = await findCodeProof(context.house, clientId)
  if (wanted?.kind === 'identity') return await proveIdentity(context, wanted.identityId)
  return wanted?.kind === 'document' ? await admitDocumentClient(context, wanted) : undefined
}

/** A name of somebody else's may read like this id: whose the proof is counts, and not what it is called. */
async function proveIdentity(context: Context<Form, null>, identityId: IdentityId): Promise<WorkloadCaller> {
  const caller = await admitClient({ ...context, body: { ...context.body, client_id: identityId } })
  if (caller.identity.id === identityId) return caller
  throw new RemitError('assertion_claims', { detail: 'It proves another client.', oauth: 'invalid_client' })
}
