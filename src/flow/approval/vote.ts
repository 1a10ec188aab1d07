import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Approval, ApprovalEffect } from '../../contract/approval/approval.ts'
import type { Envelope } from '../../contract/approval/envelope.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { castVote } from '../../register/approval.ts'
import type { House } from '../house.ts'
import { tryAgain } from '../try-again.ts'
import { readAbout } from './read-about.ts'
import { settleApproval } from './settle-approval.ts'

/** A vote, what the approval is now, and what followed from it. */
export interface Voted {
  readonly approval: Approval
  readonly entry: number
  readonly effect: ApprovalEffect
}

/** What a person says to a question. */
export interface Said {
  readonly verdict: 'approve' | 'deny'
  readonly reason: string
  readonly envelope?: Envelope | undefined
}

/** Takes a person's answer to an approval, and carries out what it completes; of votes at once each is heard in its turn. */
export async function vote(house: House, caller: PersonCaller, approvalId: string, said: Said): Promise<Voted> {
  const voted = await tryAgain(() => voteOnce(house, caller, approvalId, said), isOfApproval)
  return { ...voted, effect: await settleApproval(house, approvalId) }
}

const isOfApproval = (error: unknown): boolean => isError(error, 'conflict') && error.facts['table'] === 'approvals'

async function voteOnce(
  house: House,
  caller: PersonCaller,
  approvalId: string,
  said: Said,
): Promise<Omit<Voted, 'effect'>> {
  const approval = await house.register.approval(approvalId)
  if (approval === undefined) throw new RemitError('not_found', { detail: 'There is no such approval.' })
  const { identity, latestMs } = await readAbout(house, approval)
  const cast = castVote(approval, identity, {
    person: caller.person,
    actor: actorOf(caller),
    ...said,
    latestMs,
    atMs: house.clock.nowMs(),
  })
  const recorded = await house.log.record(cast.fact)
  return { approval: cast.approval, entry: recorded.index }
}
