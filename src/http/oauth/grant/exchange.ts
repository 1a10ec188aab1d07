import type { PresentedAs } from '../../../authenticate/presented.ts'
import { RemitError } from '../../../ground/errors.ts'
import { admitAssertion, readProof } from '../../entrance/admit.ts'
import type { Context, Reply } from '../../route.ts'
import { type Form, required } from '../form.ts'
import { answerToken } from './answer-token.ts'
import { exchangeAcross } from './exchange-across.ts'
import { exchangeForTransaction } from './exchange-transaction.ts'
import { exchangeWithActor } from './exchange-with-actor.ts'
import type { Grant } from './grant.ts'
import { readTokenRequest } from './token-request.ts'
import { TOKEN_TYPES } from './token-types.ts'

/** RFC 8693 section 3: what a `subject_token_type` says that the subject token is. */
const SUBJECT_TOKENS: ReadonlyMap<string, PresentedAs> = new Map([
  [TOKEN_TYPES.jwt, 'subject_token'],
  [TOKEN_TYPES.idToken, 'subject_token:id_token'],
])

/**
 * RFC 8693: a workload's own assertion in, a token of one of its tasks out; or, with an `actor_token`, what somebody else lets
 * it do.
 */
export const tokenExchange: Grant = {
  type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  run: exchange,
}

async function exchange(context: Context<Form, null>): Promise<Reply> {
  const { body } = context
  if (body['requested_token_type'] === TOKEN_TYPES.txnToken) return exchangeForTransaction(context)
  if (body['client_assertion'] !== undefined)
    throw new RemitError('request_invalid', {
      detail:
        'The subject_token, or the actor_token where there is one, is the proof here; a client_assertion goes with the grant type client_credentials.',
    })
  const { requested_token_type: wanted = TOKEN_TYPES.accessToken, actor_token: actor } = body
  if (actor === undefined && wanted === TOKEN_TYPES.idJag) return exchangeAcross(context, readSubject(body))
  if (wanted !== TOKEN_TYPES.accessToken)
    throw new RemitError('request_invalid', {
      detail: 'Only access tokens are issued here, and ID-JAGs without an actor.',
    })
  return actor === undefined ? exchangeAssertion(context) : exchangeWithActor(context)
}

async function exchangeAssertion(context: Context<Form, null>): Promise<Reply> {
  const shown = readSubject(context.body)
  const asked = readTokenRequest(context)
  const caller = await admitAssertion(context, shown, await readProof(context, undefined))
  context.admitted(caller)
  return answerToken(context, caller, asked, { issued_token_type: TOKEN_TYPES.accessToken })
}

/** Reads the assertion that is the subject, and as what it is shown. Error: `request_invalid`. */
function readSubject(body: Form): { readonly jwt: string; readonly as: PresentedAs } {
  const jwt = required(body, 'subject_token')
  const as = SUBJECT_TOKENS.get(required(body, 'subject_token_type'))
  if (as === undefined)
    throw new RemitError('request_invalid', {
      detail: 'subject_token_type must be that of a JWT; other tokens go with an actor_token.',
    })
  return { jwt, as }
}
