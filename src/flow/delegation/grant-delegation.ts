import { actorOf, systemActor } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Approval, ApprovalEffect } from '../../contract/approval/approval.ts'
import { type Kept, update } from '../../contract/change.ts'
import type { DelegationGrant } from '../../contract/register/delegation-grant.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { RemitError } from '../../ground/errors.ts'
import { askForDelegation, type DelegationProfile, endDelegation, grantDelegation } from '../../register/delegation.ts'
import { requireRole } from '../../register/require-role.ts'
import type { Page } from '../../register/store.ts'
import { lookAtVoters } from '../approval/voters.ts'
import type { House } from '../house.ts'
import type { Cautions } from '../look-twice.ts'
import { findIdentity } from '../read-surroundings.ts'
import { endGrant } from './end-grants.ts'
import { lookAtDelegation, refuseRetired } from './look-at-delegation.ts'

/** A grant that people are asked for; `cautions` say what of it is in vain. */
interface Asked {
  readonly grant: DelegationGrant
  readonly approval: Approval
  readonly entry: number
  readonly cautions: Cautions
}

/**
 * Asks, as who answers for an identity, that another one may act for it: who answers for that one approves. Errors:
 * `not_found`, `role_missing` for anybody else than the owner, `request_invalid`.
 */
export async function delegateByPerson(
  house: House,
  caller: PersonCaller,
  idOrName: string,
  { to, ...profile }: DelegationProfile & { readonly to: string },
): Promise<Asked> {
  const [from, helper] = await Promise.all([findIdentity(house, idOrName), findIdentity(house, to)])
  requireRole(caller.person, ['owner', 'admin'])
  if (from.owner !== caller.person.id)
    throw new RemitError('role_missing', {
      detail: `Only who answers for ${from.name} lets others act for it.`,
      facts: { missing: ['answering'] },
    })
  for (const each of [from, helper]) refuseRetired(each)
  if (helper.owner === null)
    throw new RemitError('request_invalid', {
      detail: `Nobody answers for ${helper.name}, and so nobody could approve.`,
    })
  const by = { actor: actorOf(caller), personId: caller.person.id, ids: house.ids, atMs: house.clock.nowMs() }
  const known = await house.register.delegationGrantsFrom(from.id)
  const { grant, approval, fact } = askForDelegation(from, helper, profile, by, known)
  const { index: entry } = await house.log.record(fact)
  const cautions = await lookAtDelegation(house, { from, to: helper }, { grant, known }, approval)
  return { grant, approval, entry, cautions }
}

/**
 * Carries out what was said to a grant. A yes counts only where the same people still answer for both, neither of which is
 * retired, and while the grant has not been ended.
 */
export async function settleDelegation(house: House, approval: Kept<Approval>): Promise<ApprovalEffect> {
  const grant = await house.register.delegationGrant(approval.subjectId)
  if (grant === undefined || grant.state !== 'waiting') return 'none'
  const [from, to] = await Promise.all([house.register.identity(grant.from), house.register.identity(grant.to)])
  const atMs = house.clock.nowMs()
  const voters = await lookAtVoters(house, approval)
  const fault = findFault(grant, approval, { from, to, atMs }) ?? voters.fault
  const close = (state: Approval['state']) => update('approvals', approval, { ...approval, state })
  if (fault !== null || from === undefined || to === undefined) {
    const fact = endDelegation(grant, fault ?? 'one of the two is gone', systemActor, atMs)
    const state = approval.state === 'denied' ? 'denied' : 'expired'
    const closing = approval.state === state ? [] : [close(state)]
    await house.log.record({ ...fact, changes: [...fact.changes, ...closing] })
    return 'delegation refused'
  }
  const on = { actor: systemActor, atMs, changes: [...voters.guards, close('used')] }
  await house.log.record(grantDelegation(grant, { from, to }, approval, on))
  return 'delegation granted'
}

interface Between {
  readonly from: Identity | undefined
  readonly to: Identity | undefined
  readonly atMs: number
}

/** Why an answered grant is not given: a no, or a yes that came too late, or to what has changed since. */
function findFault(grant: DelegationGrant, approval: Approval, { from, to, atMs }: Between): string | null {
  if (approval.state !== 'approved') return 'it was not approved'
  if (from?.state === 'retired' || to?.state === 'retired') return 'one of the two is retired'
  if (from?.owner !== grant.fromOwner || to?.owner !== grant.toOwner)
    return 'another person answers for one of the two since it was asked for'
  return atMs < Math.min(grant.endsMs, approval.expiresMs) ? null : 'its approval came too late'
}

/**
 * Ends a grant, with everything that was handed on under it: who answers for either of the two may, administrators and
 * responders. Errors: `not_found`, `role_missing`.
 */
export async function endDelegationByPerson(
  house: House,
  caller: PersonCaller,
  { idOrName, grantId }: { readonly idOrName: string; readonly grantId: string },
  reason: string,
): Promise<number> {
  const identity = await findIdentity(house, idOrName)
  const grant = await house.register.delegationGrant(grantId)
  const isOf = grant !== undefined && [grant.from, grant.to].includes(identity.id)
  if (!isOf || grant.state === 'ended')
    throw new RemitError('not_found', { detail: 'There is no such grant that has not ended.' })
  // who lets an identity act for them may be a person, and ends it at an address of their own
  const both = await Promise.all([house.register.identity(grant.from), house.register.identity(grant.to)])
  const answers = both.some((each) => [each?.owner, each?.sponsor].includes(caller.person.id))
  requireRole(caller.person, answers ? ['owner', 'admin', 'responder'] : ['admin', 'responder'])
  return await endGrant(house, grant.id, reason, actorOf(caller))
}

/**
 * Gives the grants by which others may act for an identity, and by which it may act for others, the ended ones too: everybody in
 * the organisation may let the same one act for them.
 */
export async function showDelegations(
  { register }: Pick<House, 'register'>,
  identityId: string,
  page: Page,
): Promise<readonly Kept<DelegationGrant>[]> {
  const both = [register.delegationGrantsFrom(identityId, page), register.delegationGrantsTo(identityId, page)]
  const grants = (await Promise.all(both)).flat()
  return grants.sort((x, y) => (x.id < y.id ? -1 : 1)).slice(0, page.limit)
}
