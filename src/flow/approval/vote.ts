import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Approval, ApprovalEffect } from '../../contract/approval/approval.ts'
import type { Envelope } from '../../contract/approval/envelope.ts'
import type { Kept } from '../../contract/change.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { castVote } from '../../register/approval.ts'
import type { House } from '../house.ts'
import { tryAgain } from '../try-again.ts'
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

interface About {
  /** Whose owner and sponsor answer for what is asked; policies belong to nobody but the organisation. */
  readonly identity: Pick<Identity, 'owner' | 'sponsor'>
  /** When the task ends that it is about, or in. */
  readonly latestMs: number | undefined
}

async function readAbout(house: House, approval: Kept<Approval>): Promise<About> {
  if (approval.subject === 'policy') return { identity: { owner: null, sponsor: null }, latestMs: undefined }
  if (approval.subject === 'delegation') return await readHelper(house, approval)
  const isOfIdentity = approval.subject === 'identity' || approval.subject === 'binding'
  const task = isOfIdentity ? undefined : await house.register.task(approval.subjectId)
  const id = isOfIdentity ? approval.subjectId : task?.identityId
  const identity = id === undefined ? undefined : await house.register.identity(id)
  if (identity === undefined) throw new RemitError('not_found', { detail: 'What this approval is about is gone.' })
  return { identity, latestMs: task?.endsMs }
}

/** Who answers for the identity that would act is asked whether it may. */
async function readHelper(house: House, { subjectId }: Kept<Approval>): Promise<About> {
  const grant = await house.register.delegationGrant(subjectId)
  const identity = grant === undefined ? undefined : await house.register.identity(grant.to)
  if (identity === undefined) throw new RemitError('not_found', { detail: 'What this approval is about is gone.' })
  return { identity, latestMs: undefined }
}
