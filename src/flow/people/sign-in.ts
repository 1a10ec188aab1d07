import { actorOf, systemActor } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Person } from '../../contract/register/person.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { addPerson, offerLogin, signIn, signOut } from '../../register/person.ts'
import { requireRole } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import { findActivePerson } from './amend-person.ts'

/** Exchanges a one-time link for a session. Errors: `login_link_invalid`. */
export async function signInByLink(
  house: House,
  secret: string,
): Promise<{ readonly session: string; readonly person: Person; readonly expiresMs: number; readonly entry: number }> {
  const { link, person } = await house.authenticate.byLoginLink(secret)
  const signed = signIn(link, house.ids, house.clock.nowMs())
  try {
    const recorded = await house.log.record(signed.fact)
    return { session: signed.secret, person, expiresMs: signed.session.expiresMs, entry: recorded.index }
  } catch (error) {
    throw isError(error, 'conflict') ? new RemitError('login_link_invalid', { cause: error }) : error
  }
}

/** Ends the caller's session. */
export async function signOutCaller(house: House, caller: PersonCaller): Promise<number> {
  const session = await house.register.session(caller.sessionId)
  if (session === undefined) throw new RemitError('session_invalid')
  return (await house.log.record(signOut(session, house.clock.nowMs()))).index
}

/** Adds a person, with a one-time link for their first sign-in. Errors: `already_exists` for a mail address that is known. */
export async function addPersonBy(
  house: House,
  caller: PersonCaller | null,
  profile: Pick<Person, 'name' | 'email' | 'roles'>,
): Promise<{ readonly person: Person; readonly link: string; readonly entry: number }> {
  if (caller !== null) requireRole(caller.person, ['admin'])
  const actor = caller === null ? systemActor : actorOf(caller)
  const { person, fact } = addPerson(profile, actor, house.ids, house.clock.nowMs())
  const offered = offerLogin(person.id, actor, house.ids, house.clock.nowMs())
  try {
    // in one fact: a first administrator without a link could never sign in
    const recorded = await house.log.record({ ...fact, changes: [...fact.changes, ...offered.fact.changes] })
    return { person, link: offered.secret, entry: recorded.index }
  } catch (error) {
    throw isError(error, 'conflict')
      ? new RemitError('already_exists', { detail: 'A person with this mail address is known.', cause: error })
      : error
  }
}

/** Makes a one-time sign-in link for a person. */
export async function offerLink(
  house: House,
  caller: PersonCaller | null,
  personId: string,
): Promise<{ readonly link: string; readonly entry: number }> {
  if (caller !== null) requireRole(caller.person, ['admin'])
  await findActivePerson(house, personId)
  const offered = offerLogin(personId, caller === null ? systemActor : actorOf(caller), house.ids, house.clock.nowMs())
  return { link: offered.secret, entry: (await house.log.record(offered.fact)).index }
}

/** Makes a one-time link for the caller themselves, to sign in elsewhere: good for minutes, and within their session. */
export async function offerOwnLink(
  house: House,
  caller: PersonCaller,
): Promise<{ readonly link: string; readonly entry: number }> {
  const session = await house.register.session(caller.sessionId)
  if (session === undefined) throw new RemitError('session_invalid')
  const offered = offerLogin(caller.person.id, actorOf(caller), house.ids, house.clock.nowMs(), session)
  return { link: offered.secret, entry: (await house.log.record(offered.fact)).index }
}
