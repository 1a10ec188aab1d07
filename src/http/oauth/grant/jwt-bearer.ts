import { RemitError } from '../../../ground/errors.ts'
import { admitAssertion, readProof } from '../../entrance/admit.ts'
import type { Context, Reply } from '../../route.ts'
import { refuseAs } from '../client.ts'
import { type Form, required } from '../form.ts'
import { answerClient, readClientAsk } from './answer-client.ts'
import type { Grant } from './grant.ts'
import { isIdentityGrant, takeIdentityGrant } from './identity-grant.ts'

/**
 * RFC 7523 section 2.1: what the platform of a workload says of it, as the grant. What a workload says of itself proves a
 * client, and is no grant. What an identity provider says of a person is one too, of another kind (ID-JAG).
 */
export const jwtBearer: Grant = { type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', run: takeAssertion }

async function takeAssertion(context: Context<Form, null>): Promise<Reply> {
  const { body } = context
  const jwt = required(body, 'assertion')
  if (isIdentityGrant(jwt)) return takeIdentityGrant(context)
  if (body['client_assertion'] !== undefined)
    throw new RemitError('request_invalid', {
      detail: 'The assertion is the proof here; a client_assertion goes with the grant type client_credentials.',
    })
  const asked = readClientAsk(context)
  const caller = await admitAssertion(
    context,
    { jwt, as: 'grant:jwt-bearer' },
    await readProof(context, undefined),
  ).catch(refuseAs('invalid_grant'))
  context.admitted(caller)
  return await answerClient(context, caller, asked).catch(refuseAs('invalid_grant'))
}
