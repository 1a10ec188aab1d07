import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Kept } from '../../contract/change.ts'
import type { DelegationGrant } from '../../contract/register/delegation-grant.ts'
import { isInForce } from '../../contract/register/entitlement.ts'
import type { PersonRight } from '../../contract/register/person-right.ts'
import { RemitError } from '../../ground/errors.ts'
import { type DelegationProfile, letAct } from '../../register/delegation.ts'
import { endGrant } from '../delegation/end-grants.ts'
import { lookAtProofs, lookAtTwins, outside, refuseRetired } from '../delegation/look-at-delegation.ts'
import type { House } from '../house.ts'
import { type Cautions, lookAtScope } from '../look-twice.ts'
import { findIdentity } from '../read-surroundings.ts'

/**
 * Lets an identity act for who asks, inside what they may do themselves: with a token by which an identity provider of the
 * organisation vouches for them, it opens tasks on their behalf. It takes no role. Errors: `not_found`, `request_invalid` for
 * an identity that nobody answers for.
 */
export async function letActForMe(
  house: House,
  caller: PersonCaller,
  { to, ...profile }: DelegationProfile & { readonly to: string },
): Promise<{ readonly grant: DelegationGrant; readonly entry: number; readonly cautions: Cautions }> {
  const identity = await findIdentity(house, to)
  if (identity.owner === null)
    throw new RemitError('request_invalid', {
      detail: `Nobody answers for ${identity.name}: let nobody like that act for you.`,
    })
  refuseRetired(identity)
  const by = { actor: actorOf(caller), ids: house.ids, atMs: house.clock.nowMs() }
  const known = await house.register.delegationGrantsFrom(caller.person.id)
  const { grant, fact } = letAct(caller.person, identity, profile, by, known)
  const entry = (await house.log.record(fact)).index
  const [rights, bindings, inVain] = await Promise.all([
    house.register.rightsOf(caller.person.id),
    house.register.bindingsOf(identity.id),
    lookAtScope(house, grant.scope, grant.classes),
  ])
  const own = rights.filter((right) => isInForce(right, by.atMs))
  return {
    grant,
    entry,
    cautions: [
      ...lookAtRights(grant, own),
      ...lookAtTwins(grant, known),
      ...lookAtProofs(identity, grant, bindings, caller.person.roles.length > 0),
      ...inVain,
    ],
  }
}

/** Gives cautions for what whoever lets may do nothing of themselves, as it comes to nothing. */
function lookAtRights(grant: DelegationGrant, rights: readonly PersonRight[]): Cautions {
  if (rights.length === 0) return [NO_RIGHT]
  return outside(grant, rights).map(
    ({ action, resource }) =>
      `You have no right to ${grant.classes.join(', ')} by ${action} on ${resource} yourself, so nothing comes of that until an administrator gives you one (remit person entitle).`,
  )
}

const NO_RIGHT =
  'You have no right to anything yourself, so it gets nothing on your behalf until an administrator gives you one (remit person entitle).'

/** Gives what lets identities act for who asks, what has ended too. */
export async function listLettings(house: House, { person }: PersonCaller): Promise<readonly Kept<DelegationGrant>[]> {
  return await house.register.delegationGrantsFrom(person.id)
}

/** Ends that an identity acts for who asks, with every task that it has opened so. It takes no role. Error: `not_found`. */
export async function endLetting(house: House, caller: PersonCaller, grantId: string, reason: string): Promise<number> {
  const grant = await house.register.delegationGrant(grantId)
  if (grant?.from !== caller.person.id || grant.state === 'ended')
    throw new RemitError('not_found', { detail: 'Nothing of this id lets anybody act for you.' })
  return await endGrant(house, grant.id, reason, actorOf(caller))
}
