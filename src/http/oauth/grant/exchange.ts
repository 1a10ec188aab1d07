import type { PresentedAs } from '../../../authenticate/presented.ts'
import { RemitError } from '../../../ground/errors.ts'
import { admitAssertion, readProof } from '../../entrance/admit.ts'
import type { Context, Reply } from '../../route.ts'
import { type Form, required } from '../form.ts'
import { answerToken } from './answer-token.ts'
import type { Grant } from './grant.ts'
import { readTokenRequest } from './token-request.ts'

const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
/** RFC 8693 section 3: what a `subject_token_type` says that the subject token is. */
const SUBJECT_TOKENS: ReadonlyMap<string, PresentedAs> = new Map([
  ['urn:ietf:params:oauth:token-type:jwt', 'subject_token'],
  ['urn:ietf:params:oauth:token-type:id_token', 'subject_token:id_token'],
])

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
  const as = SUBJECT_TOKENS.get(required(body, 'subject_token_type'))
  if (as === undefined) throw new RemitError('request_invalid', { detail: 'subject_token_type must be that of a JWT.' })
  if ((body['requested_token_type'] ?? accessTokenType) !== accessTokenType)
    throw new RemitError('request_invalid', { detail: 'Only access tokens are issued here.' })
  const asked = readTokenRequest(context)
  const caller = await admitAssertion(context, { jwt: assertion, as }, readProof(context, undefined))
  context.admitted(caller)
  return answerToken(context, caller, asked, { issued_token_type: accessTokenType })
}
