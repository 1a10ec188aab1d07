import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import { type Change, type Kept, requireVersion } from '../../contract/change.ts'
import { LIVING_IDENTITY_STATES } from '../../contract/register/identity.ts'
import type { Person, Role } from '../../contract/register/person.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { rename, setRoles } from '../../register/person.ts'
import { requireRole } from '../../register/require-role.ts'
import { allRows } from '../all-rows.ts'
import type { House } from '../house.ts'

/** A person after a change, and the entry that explains it. */
export interface AmendedPerson {
  readonly person: Person
  readonly entry: number
}

/** Gives a person other roles than they had. Errors: `transition_needs` where nobody would administer any more. */
export async function setRolesBy(
  house: House,
  caller: PersonCaller,
  personId: string,
  roles: readonly Role[],
): Promise<AmendedPerson> {
  requireRole(caller.person, ['admin'])
  const person = await findActivePerson(house, personId)
  const guards = roles.includes('admin') ? [] : await keepAnotherAdmin(house, person, 'lose the role')
  // last, and recorded in this very turn: what they said before it counts no more, and some may have been said meanwhile
  const by = { actor: actorOf(caller), atMs: house.clock.nowMs() }
  const { person: next, fact } = setRoles(person, roles, by)
  const recorded = await house.log.record({ ...fact, changes: [...fact.changes, ...guards] })
  return { person: next, entry: recorded.index }
}

/** Changes what a person is called, or how they are reached. Errors: `already_exists` for a mail address that is known. */
export async function renameBy(
  house: House,
  caller: PersonCaller,
  personId: string,
  profile: { readonly name?: string | undefined; readonly email?: string | undefined },
): Promise<AmendedPerson> {
  requireRole(caller.person, ['admin'])
  const person = await findActivePerson(house, personId)
  const fact = rename(
    person,
    { name: profile.name ?? person.name, email: profile.email ?? person.email },
    actorOf(caller),
  )
  const recorded = await house.log.record(fact).catch(async (error: unknown) => {
    const isUnchanged = (await house.register.person(personId))?.version === person.version
    if (!isError(error, 'conflict') || !isUnchanged) throw error
    throw new RemitError('already_exists', { detail: 'A person with this mail address is known.', cause: error })
  })
  return { person: await findActivePerson(house, personId), entry: recorded.index }
}

/** Gives a person who is here, or was. Errors: `not_found`. */
export async function findPerson(house: House, personId: string): Promise<Kept<Person>> {
  const person = await house.register.person(personId)
  if (person === undefined) throw new RemitError('not_found', { detail: 'There is no such person.' })
  return person
}

/** For how many identities somebody answers: how many they own, and of those that act or wait to, how many they own and sponsor. */
export interface Estate {
  readonly identities: number
  readonly living: number
  readonly sponsored: number
}

/**
 * Gives a person with how many identities they own, how many of those act or wait to, and how many such they sponsor. Errors: `not_found`.
 */
export async function showPerson(
  house: House,
  personId: string,
): Promise<{ readonly person: Person; readonly estate: Estate }> {
  const person = await findPerson(house, personId)
  const [identities, living, sponsored] = await Promise.all([
    house.register.ownedCount([personId]),
    house.register.ownedCount([personId], LIVING_IDENTITY_STATES),
    house.register.sponsoredCount([personId], LIVING_IDENTITY_STATES),
  ])
  return { person, estate: { identities, living, sponsored } }
}

/** Gives a person who is here. Errors: `not_found`. */
export async function findActivePerson(house: House, personId: string): Promise<Kept<Person>> {
  const person = await house.register.person(personId)
  if (person === undefined || person.state === 'left')
    throw new RemitError('not_found', { detail: 'There is no such active person.' })
  return person
}

/**
 * Gives what must hold while a person ceases to administer: that another one still does, as two who end each other's
 * role at once would lock everybody out. Nothing for who is no administrator. Errors: `transition_needs`.
 */
export async function keepAnotherAdmin(house: House, person: Kept<Person>, step: string): Promise<readonly Change[]> {
  if (!person.roles.includes('admin')) return []
  for await (const other of allRows((page) => house.register.persons(page))) {
    if (other.id !== person.id && other.state === 'active' && other.roles.includes('admin'))
      return [requireVersion('persons', other)]
  }
  throw new RemitError('transition_needs', {
    detail: `The last administrator cannot ${step}; give another person the role first: remit person roles.`,
  })
}
