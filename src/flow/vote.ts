import { actorOf } from '../authenticate/actor.ts'
import type { PersonCaller } from '../authenticate/caller.ts'
import type { Approval } from '../contract/approval.ts'
import type { Kept } from '../contract/change.ts'
import type { Identity } from '../contract/identity.ts'
import { RemitError } from '../ground/errors.ts'
import { castVote } from '../register/approval.ts'
import type { House } from './house.ts'
import { type Effect, settleApproval } from './settle-approval.ts'

/** A vote, what the approval is now, and what followed from it. */
export interface Voted {
  readonly approval: Approval
  readonly entry: number
  readonly effect: Effect
}

/** Takes a person's answer to an approval, and carries out what it completes. */
export async function vote(
  house: House,
  caller: PersonCaller,
  approvalId: string,
  answer: { readonly verdict: 'approve' | 'deny'; readonly reason: string },
): Promise<Voted> {
  const approval = await house.register.approval(approvalId)
  if (approval === undefined) throw new RemitError('not_found', { detail: 'There is no such approval.' })
  const identity = await identityAbout(house, approval)
  const cast = castVote(approval, identity, {
    person: caller.person,
    actor: actorOf(caller),
    ...answer,
    atMs: house.clock.nowMs(),
  })
  const recorded = await house.log.record(cast.fact)
  return { approval: cast.approval, entry: recorded.index, effect: await settleApproval(house, approvalId) }
}

async function identityAbout(house: House, approval: Kept<Approval>): Promise<Identity> {
  const id =
    approval.subject === 'identity' ? approval.subjectId : (await house.register.task(approval.subjectId))?.identityId
  const identity = id === undefined ? undefined : await house.register.identity(id)
  if (identity === undefined) throw new RemitError('not_found', { detail: 'What this approval is about is gone.' })
  return identity
}
