import { redeemCode } from '../../../flow/consent/redeem-code.ts'
import { RemitError } from '../../../ground/errors.ts'
import { readProof } from '../../entrance/admit.ts'
import type { Context, Reply } from '../../route.ts'
import { type Form, required } from '../form.ts'
import { writeToken } from './answer-token.ts'
import type { Grant } from './grant.ts'

/** RFC 6749 section 4.1.3 with PKCE (RFC 7636): a code of a person's consent in, an access token of the task out. */
export const authorizationCode: Grant = { type: 'authorization_code', run: takeCode }

async function takeCode(context: Context<Form, null>): Promise<Reply> {
  const { body } = context
  if (body['client_assertion'] !== undefined)
    throw new RemitError('request_invalid', { detail: 'Clients of codes are public here; PKCE is their proof.' })
  const issued = await redeemCode(context.house, {
    code: required(body, 'code'),
    clientId: required(body, 'client_id'),
    verifier: required(body, 'code_verifier'),
    redirectUri: body['redirect_uri'],
    resource: body['resource'],
    proof: readProof(context, undefined),
  })
  return writeToken(issued, { scope: issued.scope })
}
