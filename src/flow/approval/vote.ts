import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Approval, ApprovalEffect } from '../../contract/approval/approval.ts'
import type { Envelope } from '../../contract/approval/envelope.ts'
import type { Change, Kept } from '../../contract/change.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { castVote } from '../../register/approval.ts'
import type { House } from '../house.ts'
import { tryAgain } from '../try-again.ts'
import { isBoundTo } from './find-outdated.ts'
import { findUnfilled } from './find-unfilled.ts'
import { readAbout } from './read-about.ts'
import { settleApproval } from './settle-approval.ts'
import { lookAtVoters } from './voters.ts'

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
  const voted = await tryAgain(() => voteOnce(house, caller, approvalId, said), isOfVoters)
  return { ...voted, effect: await settleApproval(house, approvalId) }
}

/** Another one said something meanwhile, or is no more who they were when they did. */
const isOfVoters = (error: unknown): boolean =>
  isError(error, 'conflict') && ['approvals', 'persons'].includes(String(error.facts['table']))

async function voteOnce(
  house: House,
  caller: PersonCaller,
  approvalId: string,
  said: Said,
): Promise<Omit<Voted, 'effect'>> {
  const approval = await house.register.approval(approvalId)
  if (approval === undefined) throw new RemitError('not_found', { detail: 'There is no such approval.' })
  const { identity, latestMs, endedBecause } = await readAbout(house, approval)
  const cast = castVote(approval, identity, {
    person: caller.person,
    actor: actorOf(caller),
    ...said,
    endsUnfilled: await mayEnd(house, caller, approval, said),
    closedBecause: endedBecause,
    latestMs,
    atMs: house.clock.nowMs(),
  })
  const held = said.verdict === 'approve' ? await holdYes(house, approval) : []
  const recorded = await house.log.record({ ...cast.fact, changes: [...cast.fact.changes, ...held] })
  return { approval: cast.approval, entry: recorded.index }
}

/** What nobody who is there can say yes to is ended by a no of whoever administers: else it would wait until it expires. */
async function mayEnd(
  house: House,
  { person }: PersonCaller,
  approval: Kept<Approval>,
  { verdict }: Said,
): Promise<boolean> {
  if (verdict !== 'deny' || !person.roles.includes('admin')) return false
  return (await findUnfilled(house, [approval])).length > 0
}

/** What is asked about a call is bound to the policies of that moment, which do not come back: brought back, they are a version more. */
async function refuseOutdated({ policies }: House, { call }: Approval): Promise<void> {
  if (call === undefined || isBoundTo(policies.shelf, call)) return
  await policies.refresh() // another server may have been told of newer ones before
  if (isBoundTo(policies.shelf, call)) return
  throw new RemitError('approval_closed', {
    detail:
      'Other policies decide than when it was asked, so that no yes to it counts. Say no to it, or leave it: whoever sends the same again has people asked anew.',
  })
}

/** Nobody is let say yes to what it does not let count; gives what holds each yes before it to what it rests on. */
async function holdYes(house: House, approval: Kept<Approval>): Promise<readonly Change[]> {
  await refuseOutdated(house, approval)
  const voters = await lookAtVoters(house, approval)
  if (voters.fault === null) return voters.guards
  const way =
    approval.subject === 'call'
      ? 'Leave it: whoever sends the same again has people asked anew. A no to it stays.'
      : 'Say no to it; then it can be asked anew.'
  throw new RemitError('approval_closed', {
    detail: `Somebody who said yes to it has left, or has not held the role for it ever since, so that no other yes lets it count. ${way}`,
  })
}
