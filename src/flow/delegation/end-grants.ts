import { update } from '../../contract/change.ts'
import type { Actor } from '../../contract/log-entry.ts'
import type { DelegationGrant } from '../../contract/register/delegation-grant.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { tryEach } from '../../ground/run-bounded.ts'
import { endDelegation } from '../../register/delegation.ts'
import { allRows } from '../all-rows.ts'
import type { House } from '../house.ts'
import { endTasksFound } from '../task/end-task.ts'
import { tryAgain } from '../try-again.ts'

/**
 * Ends a grant, and all that was opened or handed on under it; nobody is asked any more about one that waits. Error: `not_found`
 * where it has ended before.
 */
export async function endGrant(house: House, grantId: string, reason: string, actor: Actor): Promise<number> {
  const index = await tryAgain(() => recordEnd(house, grantId, reason, actor))
  const { fault } = await endTasksFound(house, (limit) => house.revoke.livingTasksUnderGrant(grantId, limit), {
    because: `the grant under which it was given was ended: ${reason}`,
    actor,
  })
  if (fault !== null) house.carryOnLater(fault)
  return index
}

async function recordEnd(house: House, grantId: string, reason: string, actor: Actor): Promise<number> {
  const grant = await house.register.delegationGrant(grantId)
  if (grant === undefined || grant.state === 'ended')
    throw new RemitError('not_found', { detail: 'There is no such grant that has not ended.' })
  const approval = await house.register.approval(grant.approvalId ?? '')
  const closing =
    approval?.state === 'pending' ? [update('approvals', approval, { ...approval, state: 'expired' })] : []
  const fact = endDelegation(grant, reason, actor, house.clock.nowMs())
  return (await house.log.record({ ...fact, changes: [...fact.changes, ...closing] })).index
}

/**
 * Ends every grant by which an identity may act for others, or others for it: they come to nothing from now on, and are not to
 * count again later. One that cannot be ended keeps none of the others, and no decision counts it meanwhile.
 */
export async function endGrantsOf(house: House, identityId: string, reason: string, actor: Actor): Promise<void> {
  const fault = await tryEach(readGrants(house, identityId), async ({ id, state }) => {
    if (state !== 'ended') await endGrant(house, id, reason.slice(0, LIMITS.textCharsMax).toWellFormed(), actor)
  })
  if (fault !== null) house.carryOnLater(fault)
}

async function* readGrants({ register }: House, identityId: string): AsyncGenerator<DelegationGrant> {
  yield* allRows((page) => register.delegationGrantsFrom(identityId, page))
  yield* allRows((page) => register.delegationGrantsTo(identityId, page))
}
