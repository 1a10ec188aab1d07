import type { WorkloadCaller } from '../../../authenticate/caller.ts'
import { redeemCode } from '../../../flow/consent/redeem-code.ts'
import { RemitError } from '../../../ground/errors.ts'
import { readProof } from '../../entrance/admit.ts'
import type { Context, Reply } from '../../route.ts'
import { showsProof } from '../client.ts'
import { type Form, required } from '../form.ts'
import { admitNamedClient } from '../named-client.ts'
import { writeToken } from './answer-token.ts'
import type { Grant } from './grant.ts'
import { readNamedTarget } from './token-request.ts'

/** RFC 6749 section 4.1.3 with PKCE (RFC 7636): a code of a person's consent in, an access token of the task out. */
export const authorizationCode: Grant = { type: 'authorization_code', run: takeCode }

async function takeCode(context: Context<Form, null>): Promise<Reply> {
  const { body } = context
  const clientId = required(body, 'client_id')
  if (body['authorization_details'] !== undefined)
    throw new RemitError('details_invalid', { detail: 'With a code, what the person consented to is what counts.' })
  const resource = readNamedTarget(context)
  const proved = await proveClient(context, clientId)
  const issued = await redeemCode(context.house, {
    code: required(body, 'code'),
    clientId,
    verifier: required(body, 'code_verifier'),
    redirectUri: body['redirect_uri'],
    resource,
    proof: await readProof(context, undefined),
    proved,
  })
  return writeToken(issued, { scope: issued.scope })
}

/**
 * A client that is not public proves itself by any other binding of its identity (a key, a certificate, an SVID, its attester),
 * or by the keys of its own document. The code is not looked at before that, so that whoever only has the code cannot spend it.
 * Errors: as `admitClient`; `request_invalid` for a public client that shows a proof: nobody checks it, and so nobody may rely
 * on it.
 */
async function proveClient(context: Context<Form, null>, clientId: string): Promise<WorkloadCaller | undefined> {
  const proved = await admitNamedClient(context, clientId)
  if (proved !== undefined || !showsProof(context)) return proved
  throw new RemitError('request_invalid', { detail: 'This client is public here; PKCE is its proof.' })
}
