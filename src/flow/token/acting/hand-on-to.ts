import { type AgentCaller, afterProof, bringAlong, type WorkloadCaller } from '../../../authenticate/caller.ts'
import type { DelegationRequest, TokenRequest } from '../../../decide/requests.ts'
import type { House } from '../../house.ts'
import { recordFewWaiting } from '../../task/few-waiting.ts'
import { requireAudience } from '../exchange-token.ts'
import { shareAssertion } from '../share-assertion.ts'
import { type OpenedToken, takeTask } from './take-task.ts'

/** What a helper wishes for, of the task of whoever lets it act. */
export interface PartAsked extends Omit<TokenRequest, 'taskId'> {
  readonly part: Omit<DelegationRequest, 'to' | 'takenBy'>
}

/**
 * Hands a part of an agent's task to the workload that is there, and gives it a token in it (RFC 8693 with `actor_token`). The
 * part is decided on as any that is handed on, and belongs to this workload alone; the chain of the token is that of its
 * delegator, whole, with the helper after it. Both proofs are written down as shown with the first decision. Errors: those of
 * both decisions.
 */
export async function handOnTo(
  house: House,
  delegator: AgentCaller,
  actor: WorkloadCaller,
  { part, ...asked }: PartAsked,
): Promise<OpenedToken> {
  requireAudience(house, asked.audience)
  const { identity, binding } = actor
  const taker = { identityId: identity.id, bindingId: binding.id }
  const request = { to: identity.name, ...part, takenBy: { issuers: [binding.issuer] } }
  const handed = await shareAssertion(house, actor, (own) =>
    recordFewWaiting(house, () => house.decide.delegation(bringAlong(delegator, own), request, taker)),
  )
  return await takeTask(house, afterProof(actor), handed.fact.grant, asked)
}
