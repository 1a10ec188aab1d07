import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Approval } from '../../contract/approval/approval.ts'
import { RemitError } from '../../ground/errors.ts'
import { requireRole } from '../../register/require-role.ts'
import { cancelFact } from '../access/access-task.ts'
import type { House } from '../house.ts'
import { tryAgain } from '../try-again.ts'

/**
 * Takes back a yes to a call, used in part or not at all: what is decided from then on does not rest on it. Any approver
 * may; it needs no more than one. Errors: `role_missing`, `not_found`, `approval_closed` where no yes to a call stands.
 */
export async function withdrawApproval(
  house: House,
  caller: PersonCaller,
  id: string,
  reason: string,
): Promise<{ readonly approval: Approval; readonly entry: number }> {
  requireRole(caller.person, ['approver'])
  return await tryAgain(async () => {
    const approval = await house.register.approval(id)
    if (approval === undefined) throw new RemitError('not_found', { detail: 'There is no such approval.' })
    if (approval.subject !== 'call' || approval.state !== 'approved')
      throw new RemitError('approval_closed', { detail: 'No yes to a call stands here that could be taken back.' })
    const { index } = await house.log.record(cancelFact(approval, actorOf(caller), reason))
    return { approval: { ...approval, state: 'cancelled' as const }, entry: index }
  })
}
