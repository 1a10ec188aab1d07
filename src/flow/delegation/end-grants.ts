import { type Kept, update } from '../../contract/change.ts'
import type { Actor } from '../../contract/log-entry.ts'
import type { DelegationGrant } from '../../contract/register/delegation-grant.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { tryEach } from '../../ground/run-bounded.ts'
import { toError } from '../../ground/to-error.ts'
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

/** The ids of the grants that ended with an identity, and the first fault where one could not be ended. */
export interface EndedGrants {
  readonly ids: readonly string[]
  readonly fault: Error | null
}

/**
 * Ends the grants by which an identity may act for others, or others for it; where `isMeant` is given, those alone that it
 * names. They come to nothing from now on, and are not to count again later. One that cannot be ended keeps none of the
 * others, and is told as the fault: this never throws. Of the reason `LIMITS.textCharsMax` characters are kept.
 */
export async function endGrantsOf(
  house: House,
  identityId: string,
  how: { readonly reason: string; readonly actor: Actor },
  isMeant: (grant: Kept<DelegationGrant>) => boolean = () => true,
): Promise<EndedGrants> {
  const ids: string[] = []
  const reason = how.reason.slice(0, LIMITS.textCharsMax).toWellFormed()
  const end = async (grant: Kept<DelegationGrant>): Promise<void> => {
    if (grant.state === 'ended' || !isMeant(grant)) return
    await endGrant(house, grant.id, reason, how.actor).then(
      () => ids.push(grant.id),
      (error: unknown) => {
        if (!isError(error, 'not_found')) throw error // somebody else ended it meanwhile
      },
    )
  }
  const fault = await tryEach(readGrants(house, identityId), end).catch(toError)
  return { ids, fault }
}

async function* readGrants({ register }: House, identityId: string): AsyncGenerator<Kept<DelegationGrant>> {
  yield* allRows((page) => register.delegationGrantsFrom(identityId, page))
  yield* allRows((page) => register.delegationGrantsTo(identityId, page))
}
