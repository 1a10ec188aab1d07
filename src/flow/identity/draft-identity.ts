import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Purpose } from '../../contract/register/purpose.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { draftIdentity, type IdentityProfile, recordDraft } from '../../register/identity.ts'
import { requireRole } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import type { MovedIdentity } from './move-identity.ts'

/** Puts a new identity into the register, as a draft that can do nothing. */
export async function draftByPerson(
  house: House,
  caller: PersonCaller,
  profile: IdentityProfile,
): Promise<MovedIdentity> {
  requireRole(caller.person, ['admin', 'owner'])
  const purpose = await requireProfile(house, profile)
  const identity = draftIdentity(profile, purpose, caller.person.id, house.ids, house.clock.nowMs())
  const recorded = await house.log.record(recordDraft(identity, actorOf(caller))).catch(refuseNamesake)
  return { identity, entry: recorded.index }
}

/** The only way in which a new row can conflict is its name. */
export function refuseNamesake(error: unknown): never {
  if (!isError(error, 'conflict')) throw error
  throw new RemitError('already_exists', {
    detail: 'An identity of this name is in the register, and names are not used twice: choose another one.',
    cause: error,
  })
}

/** Gives the purpose of a profile whose parts are known here. Error: `request_invalid`. */
export async function requireProfile(house: House, profile: IdentityProfile): Promise<Purpose> {
  const [purpose, owner, sponsor] = await Promise.all([
    house.register.purpose(profile.purpose),
    house.register.person(profile.owner),
    house.register.person(profile.sponsor),
  ])
  const missing = [
    purpose === undefined && 'purpose',
    owner?.state !== 'active' && 'owner',
    sponsor?.state !== 'active' && 'sponsor',
  ].filter((part) => part !== false)
  if (purpose === undefined || missing.length > 0)
    throw new RemitError('request_invalid', {
      detail: `These are not known or not active here: ${missing.join(', ')}.`,
      facts: { missing },
    })
  if (profile.runtime === 'vendor' && profile.vendor === null)
    throw new RemitError('request_invalid', {
      detail: 'Say which vendor runs it: a cutoff of that vendor must find it.',
      facts: { missing: ['vendor'] },
    })
  if (profile.owner === profile.sponsor)
    throw new RemitError('request_invalid', {
      detail: 'Owner and sponsor must be two people.',
      facts: { missing: ['sponsor'] },
    })
  return purpose
}
