import { exchangeTransaction, type TransactionAsk } from '../../../flow/token/acting/exchange-transaction.ts'
import { RemitError } from '../../../ground/errors.ts'
import type { Context, Reply } from '../../route.ts'
import { admitClient } from '../client.ts'
import { type Form, required } from '../form.ts'
import { writeToken } from './answer-token.ts'
import { refuseSubject } from './refuse-subject.ts'
import { TOKEN_TYPES } from './token-types.ts'

const SUBJECTS: ReadonlyMap<string, TransactionAsk['of']> = new Map([
  [TOKEN_TYPES.accessToken, 'access_token'],
  [TOKEN_TYPES.txnToken, 'txn_token'],
])

/**
 * RFC 8693 for a transaction token (OAuth Transaction Tokens section 7.1): `audience` is the trust domain, `scope` what it is
 * for.
 */
export async function exchangeForTransaction(context: Context<Form, null>): Promise<Reply> {
  const { house, body } = context
  const { transactions } = house
  if (transactions === null)
    throw new RemitError('request_invalid', {
      detail: 'Transaction tokens are not made here: drafts.transaction-tokens.',
    })
  const of = SUBJECTS.get(required(body, 'subject_token_type'))
  if (of === undefined)
    throw new RemitError('request_invalid', {
      detail: `subject_token_type is one of ${[...SUBJECTS.keys()].join(', ')}.`,
    })
  const unheard = ['actor_token', 'authorization_details', 'request_details', 'request_context', 'resource'].find(
    (name) => body[name] !== undefined,
  )
  if (unheard !== undefined)
    throw new RemitError('request_invalid', {
      detail: `${unheard} is not taken here: what is authorised is what the task allows.`,
    })
  if (required(body, 'audience') !== transactions.trustDomain)
    throw new RemitError('target_invalid', { detail: `The trust domain is ${transactions.trustDomain}.` })
  const ask = { subject: required(body, 'subject_token'), of, scope: readScope(required(body, 'scope')) }
  const caller = await admitClient(context)
  const issued = await exchangeTransaction(house, transactions, caller, ask).catch(refuseToken)
  const expiresSeconds = Math.max(1, Math.floor((issued.expiresMs - house.clock.nowMs()) / 1000))
  const told = { ...issued, tokenType: 'N_A', expiresSeconds, authorizationDetails: [] } as const
  return writeToken(told, { issued_token_type: TOKEN_TYPES.txnToken, scope: issued.scope })
}

function readScope(scope: string): string {
  if (/^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(scope) && scope.length <= 2_000) return scope
  throw new RemitError('scope_exceeded', { detail: 'scope is names of actions with one space between.' })
}

/** What the decision says of the caller or the task is told as it is: only what is said of a token is about the subject token. */
function refuseToken(error: unknown): never {
  if (error instanceof RemitError && error.oauth === 'invalid_token') refuseSubject(error)
  throw error
}
