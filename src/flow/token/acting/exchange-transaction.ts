import { actorOf } from '../../../authenticate/actor.ts'
import type { WorkloadCaller } from '../../../authenticate/caller.ts'
import { type KeptFooting, readFooting } from '../../../authenticate/footing.ts'
import { containsScope, type Scope } from '../../../contract/scope.ts'
import { findStandingFault } from '../../../contract/standing.ts'
import { isError, RemitError } from '../../../ground/errors.ts'
import { unique } from '../../../ground/unique.ts'
import type { Transactions, TransactionToken } from '../../../issue/txn-token.ts'
import type { House } from '../../house.ts'
import { shareAssertion } from '../share-assertion.ts'
import { findCallerFault } from './find-caller-fault.ts'

/** What a server asks for a transaction token with. */
export interface TransactionAsk {
  /** An access token of ours that is for it, or a transaction token that it got. */
  readonly subject: string
  readonly of: 'access_token' | 'txn_token'
  readonly scope: string
}

/** A transaction token that was issued, with its entry. */
export type IssuedTransaction = TransactionToken & { readonly scope: string; readonly entry: number }

/**
 * Gives a server of the trust domain a transaction token (OAuth Transaction Tokens section 7): for what an access token that
 * was shown to it allows, or in the place of one that it got, and never for more or for longer. It is written down that there
 * is one, and not what it says. Errors: `token_invalid`, `token_expired`, `scope_exceeded`, `identity_inactive` for who runs no
 * server or counts no more, `cut_off`.
 */
export async function exchangeTransaction(
  house: House,
  transactions: Transactions,
  caller: WorkloadCaller,
  { subject, of, scope }: TransactionAsk,
): Promise<IssuedTransaction> {
  const requester = caller.identity
  const ours = house.resourceServers.filter(({ identity }) => identity === requester.name)
  if (ours.length === 0)
    throw new RemitError('identity_inactive', {
      detail: 'Transaction tokens are for servers that resourceServers names with their identity.',
    })
  await requireCounting(house, caller)
  const words = unique(scope.split(' ')).join(' ')
  const before = of === 'txn_token' ? transactions.read(subject) : undefined
  const footing = await readStanding(house, subject, before?.rctx.credential)
  const { credential, task } = footing
  if (before === undefined && !ours.some(({ resource }) => resource === credential.audience))
    throw new RemitError('token_audience')
  const held = await house.decide.held(task)
  const told = before?.scope.split(' ')
  requireScope(words, (word) => (told === undefined || told.includes(word)) && mayDo(held.scope, word))
  const txn = before?.txn ?? house.ids.next('transaction')
  const latestMs = Math.min(credential.expiresMs, task.endsMs)
  const facts = { txn, credentialId: credential.id, taskId: task.id, identityId: task.identityId, scope: words }
  const { index } = await recordIssue(house, caller, facts)
  // whatever fell while that was written takes this along
  await Promise.all([requireCounting(house, caller), readStanding(house, subject, credential.id)])
  const made =
    before === undefined
      ? transactions.make({
          txn,
          onBehalfOf: task.onBehalfOf,
          chain: task.chain,
          foreignAct: task.foreignAct,
          scope: words,
          requester: requester.id,
          authorised: { task_id: task.id, purpose: task.purpose, scope: held.scope, ceiling: task.ceiling },
          circumstances: { credential: credential.id, entry: index, labels: held.labels },
          latestMs,
        })
      : transactions.replace(before, { scope: words, requester: requester.id, latestMs })
  return { ...(await made), scope: words, entry: index }
}

/** Its proof verifies though it was cut off, or nobody answers for it any more: it gets nothing by that. */
async function requireCounting(house: House, caller: WorkloadCaller): Promise<void> {
  const fault = await findCallerFault(house, caller)
  if (fault !== undefined) throw new RemitError(fault)
}

/** Whatever it rests on stands now, whichever token tells of it. */
async function readStanding(house: House, subject: string, credentialId: string | undefined): Promise<KeptFooting> {
  const footing =
    credentialId === undefined
      ? await house.authenticate.standingOf(subject)
      : await readFooting(house.footing, credentialId)
  if (footing === undefined || findStandingFault(footing, house.clock.nowMs()) !== undefined)
    throw new RemitError('token_invalid')
  return footing
}

/** An action that is allowed somewhere. */
function mayDo(held: Scope, action: string): boolean {
  return held.some(({ action: allowed, resource }) =>
    containsScope([{ action: allowed, resource }], [{ action, resource }]),
  )
}

function requireScope(words: string, holds: (word: string) => boolean): void {
  const beyond = words.split(' ').find((word) => !holds(word))
  if (beyond === undefined) return
  throw new RemitError('scope_exceeded', {
    detail: `The token that was shown allows nothing that is called ${beyond}.`,
  })
}

async function recordIssue(
  house: House,
  caller: WorkloadCaller,
  facts: Readonly<Record<string, string>>,
): Promise<{ readonly index: number }> {
  const subject = { kind: 'transaction', id: facts['txn'] ?? '' }
  const entry = { kind: 'transaction.issued', actor: actorOf(caller), subject, data: facts } as const
  try {
    return await shareAssertion(house, caller, ({ changes }) => house.log.record({ entry, changes }))
  } catch (error) {
    throw isError(error, 'conflict') ? new RemitError('assertion_replayed', { cause: error }) : error
  }
}
