import { RemitError } from '../../ground/errors.ts'
import { admitAssertion, readProof } from '../entrance/admit.ts'
import type { Context, Reply } from '../route.ts'
import { answerToken } from './answer-token.ts'
import { type Form, required } from './form.ts'
import type { Grant } from './grant.ts'
import { readTokenRequest } from './token-request.ts'

const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
const SUBJECT_TOKEN_TYPES = ['urn:ietf:params:oauth:token-type:jwt', 'urn:ietf:params:oauth:token-type:id_token']

/** RFC 8693 section 2.1: the workload's assertion in, an access token of one task out. */
export const tokenExchange: Grant = {
  type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  run: exchangeAssertion,
}

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
