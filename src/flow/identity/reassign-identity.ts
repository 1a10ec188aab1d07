import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Kept } from '../../contract/change.ts'
import type { DelegationGrant } from '../../contract/register/delegation-grant.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { RemitError } from '../../ground/errors.ts'
import { type Accountable, reassignIdentity } from '../../register/identity.ts'
import { requireRole } from '../../register/require-role.ts'
import { type EndedGrants, endGrantsOf } from '../delegation/end-grants.ts'
import type { House } from '../house.ts'
import { findIdentity } from '../read-surroundings.ts'
import { type MovedIdentity, suspendIdentity } from './move-identity.ts'

/** Who is to answer for an identity; the sponsor stays where none is named. */
export interface Reassignment {
  readonly owner: string
  readonly sponsor: string | null
  readonly reason: string
}

/** With the same owner no grant ends. */
const NONE: EndedGrants = { ids: [], fault: null }

/**
 * Gives an identity another owner, and another sponsor where one is named. What was approved was approved with the one
 * before, so an identity that is active or waits for approval is suspended first: the new owner has said nothing yet. To whom it
 * may hand tasks on, and for whom it may act, was said by the owner before, and ends too.
 */
export async function reassignByPerson(
  house: House,
  caller: PersonCaller,
  idOrName: string,
  to: Reassignment,
): Promise<MovedIdentity> {
  requireRole(caller.person, ['admin'])
  const found = await findIdentity(house, idOrName)
  refuseState(found)
  const accountable = await findAccountable(house, found, to)
  const isHandedOver = accountable.owner.id !== found.owner
  const because = `it gets another ${isHandedOver ? 'owner' : 'sponsor'}: ${to.reason}`
  await suspendIdentity(house, found.id, because, actorOf(caller))
  const ending = { reason: `${found.name} gets another owner: ${to.reason}`, actor: actorOf(caller) }
  const before = isHandedOver ? await endGrantsOf(house, found.id, ending) : NONE
  if (before.fault !== null) throw before.fault // one that stays would count again once its owner of now is the owner again
  const identity = await findIdentity(house, found.id)
  refuseState(identity)
  // whose grants end was said by who owned it then
  if (identity.owner !== found.owner)
    throw new RemitError('conflict', { detail: 'Somebody else has handed it over meanwhile; look at it again.' })
  const by = { actor: actorOf(caller), personId: caller.person.id, reason: to.reason }
  const recorded = await house.log.record(reassignIdentity(identity, accountable, by))
  // what was given between those that ended and this entry
  const isOfBefore = ({ entry }: Kept<DelegationGrant>): boolean => entry < recorded.index
  const between = isHandedOver ? await endGrantsOf(house, found.id, ending, isOfBefore) : NONE
  if (between.fault !== null) house.carryOnLater(between.fault)
  const moved = { identity: await findIdentity(house, identity.id), entry: recorded.index }
  return isHandedOver ? { ...moved, grantsEnded: [...before.ids, ...between.ids] } : moved
}

function refuseState({ state }: Identity): void {
  if (state === 'retired' || state === 'discovered')
    throw new RemitError('transition_invalid', {
      detail: `An identity that is ${state} cannot be reassigned${state === 'discovered' ? '; adopt it' : ''}.`,
      facts: { state, verb: 'reassign' },
    })
}

async function findAccountable(house: House, identity: Kept<Identity>, to: Reassignment): Promise<Accountable> {
  const [owner, sponsor] = await Promise.all([
    house.register.person(to.owner),
    house.register.person(to.sponsor ?? identity.sponsor ?? ''),
  ])
  if (owner?.state !== 'active') throw refusal('owner', 'The new owner is not known or not active here.')
  if (sponsor?.state !== 'active') throw refusal('sponsor', 'Its sponsor is not active here; name another one too.')
  if (owner.id === sponsor.id)
    throw refusal('sponsor', 'Owner and sponsor must be two people; name another sponsor too.')
  if (owner.id === identity.owner && sponsor.id === identity.sponsor)
    throw refusal('owner', 'They answer for it already.')
  return { owner, sponsor }
}

function refusal(missing: string, detail: string): RemitError {
  return new RemitError('request_invalid', { detail, facts: { missing: [missing] } })
}
