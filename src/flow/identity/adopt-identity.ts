import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { AdoptionPreset } from '../../authenticate/issuer-trust.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { RemitError } from '../../ground/errors.ts'
import { type IdentityProfile, tierOf } from '../../register/identity.ts'
import { moveIdentity, refuseMove } from '../../register/lifecycle.ts'
import { requireRoleOver } from '../../register/require-role.ts'
import { allRows } from '../all-rows.ts'
import type { House } from '../house.ts'
import { findIdentity, readSurroundings } from '../read-surroundings.ts'
import { refuseNamesake, requireProfile } from './draft-identity.ts'
import type { MovedIdentity } from './move-identity.ts'

/**
 * What a person says of a discovered identity; the rest is as it was seen, or as its issuer's row says of all of its workloads.
 */
export type AdoptionSaid = { readonly [K in keyof IdentityProfile]?: IdentityProfile[K] | null | undefined }

/**
 * Adopts a discovered identity: somebody now answers for it, whoever adopts it where nobody else is named. The proof that it
 * was seen with is its binding. Errors: `transition_invalid` for what has an owner already, `request_invalid` for what neither
 * they nor the row of its issuer say, `already_exists` for the name of another one, `conflict`.
 */
export async function adoptByPerson(
  house: House,
  caller: PersonCaller,
  idOrName: string,
  said: AdoptionSaid,
): Promise<MovedIdentity> {
  const found = await findIdentity(house, idOrName)
  requireRoleOver(caller.person, ['admin', 'owner'], found)
  if (found.state !== 'discovered') throw refuseMove(found.state, 'adopt')
  const named = await completeProfile(house, caller, found, said)
  const purpose = await requireProfile(house, named)
  const around = await readSurroundings(house, { ...found, ...named })
  const set = { ...named, requestedBy: caller.person.id, ...tierOf(named, purpose, around.entitlements) }
  const fact = moveIdentity(
    found,
    { verb: 'adopt', actor: actorOf(caller), set, data: { bindings: around.bindings.map((binding) => binding.id) } },
    around,
  )
  const recorded = await house.log.record(fact).catch(async (error: unknown) => {
    const namesake = await house.register.identityNamed(named.name)
    if (namesake !== undefined && namesake.id !== found.id) refuseNamesake(error)
    throw error
  })
  return { identity: { ...found, ...set, state: 'draft' }, entry: recorded.index }
}

async function completeProfile(
  house: House,
  caller: PersonCaller,
  found: Identity,
  said: AdoptionSaid,
): Promise<IdentityProfile> {
  const preset = found.foundAt === undefined ? undefined : house.authenticate.trustOf(found.foundAt)?.adoption
  const profile = {
    name: said.name ?? found.name,
    runtime: said.runtime ?? found.runtime,
    vendor: said.vendor === undefined ? found.vendor : said.vendor,
    owner: said.owner ?? (preset === undefined ? undefined : caller.person.id),
    sponsor: said.sponsor ?? (await findSponsor(house, preset)),
    purpose: said.purpose ?? preset?.purpose,
    kind: said.kind ?? preset?.kind,
    autonomy: said.autonomy ?? preset?.autonomy,
    reach: said.reach ?? preset?.reach,
  }
  const missing = Object.entries(profile).flatMap(([part, value]) => (value === undefined ? [part] : []))
  if (missing.length === 0) return profile as IdentityProfile // no part is missing
  throw new RemitError('request_invalid', {
    detail: `Neither you nor the row of its issuer (adoption) say: ${missing.join(', ')}.`,
    facts: { missing },
  })
}

/** There are few people, and one is adopted seldom: nobody has to be found by their address elsewhere. */
async function findSponsor(house: House, preset: AdoptionPreset | undefined): Promise<string | undefined> {
  if (preset === undefined) return undefined
  for await (const person of allRows((page) => house.register.persons(page)))
    if (person.email.toLowerCase() === preset.sponsor.toLowerCase() && person.state === 'active') return person.id
  throw new RemitError('request_invalid', {
    detail: 'Whom the row of its issuer names as sponsor is nobody here, or has left; name another one.',
    facts: { missing: ['sponsor'] },
  })
}
