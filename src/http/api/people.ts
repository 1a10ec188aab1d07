import type { PersonCaller } from '../../authenticate/caller.ts'
import { renameBy, setRolesBy, showPerson } from '../../flow/people/amend-person.ts'
import { endRightBy, grantRightBy } from '../../flow/people/amend-rights.ts'
import { leaveBy } from '../../flow/people/leave.ts'
import { addPersonBy, offerLink, offerOwnLink, signInByLink, signOutCaller } from '../../flow/people/sign-in.ts'
import { writeSessionCookie } from '../entrance/admit-browser.ts'
import { readPage } from '../input/page.ts'
import { type BodyOf, type Context, Reply } from '../route.ts'

/** Exchanges a one-time link for a session; the browser gets it as a cookie too. */
export async function signIn({ house, body }: Context<BodyOf<'session'>, null>): Promise<Reply> {
  const signed = await signInByLink(house, body.link)
  const cookie = writeSessionCookie(house, signed.session)
  return new Reply(201, { 'content-type': 'application/json', 'set-cookie': cookie }, JSON.stringify(signed))
}

export async function signOut({ house, caller }: Context<null, PersonCaller>): Promise<object> {
  return { entry: await signOutCaller(house, caller) }
}

export async function readMe({ caller }: Context<null, PersonCaller>): Promise<object> {
  return { person: caller.person }
}

export async function listPeople({ house, query }: Context<null, PersonCaller>): Promise<object> {
  const { rows, next } = await readPage('persons', query, (page) => house.register.persons(page))
  return { people: rows, next }
}

export async function readPerson({ house, params }: Context<null, PersonCaller>): Promise<object> {
  return showPerson(house, params['id'] ?? '')
}

export async function addPerson({ house, caller, body }: Context<BodyOf<'person'>, PersonCaller>): Promise<object> {
  return addPersonBy(house, caller, body)
}

export async function makeLink({ house, caller, params }: Context<BodyOf<'nothing'>, PersonCaller>): Promise<object> {
  return offerLink(house, caller, params['id'] ?? '')
}

export async function makeOwnLink({ house, caller }: Context<BodyOf<'nothing'>, PersonCaller>): Promise<object> {
  return offerOwnLink(house, caller)
}

export async function setRoles({
  house,
  caller,
  params,
  body,
}: Context<BodyOf<'roles'>, PersonCaller>): Promise<object> {
  return setRolesBy(house, caller, params['id'] ?? '', body.roles)
}

export async function renamePerson({
  house,
  caller,
  params,
  body,
}: Context<BodyOf<'profile'>, PersonCaller>): Promise<object> {
  return renameBy(house, caller, params['id'] ?? '', body)
}

export async function listRights({ house, params }: Context<null, PersonCaller>): Promise<object> {
  return { rights: await house.register.rightsOf(params['id'] ?? '') }
}

export async function grantRight({
  house,
  caller,
  params,
  body,
}: Context<BodyOf<'right'>, PersonCaller>): Promise<object> {
  return grantRightBy(house, caller, params['id'] ?? '', body)
}

export async function endRight({
  house,
  caller,
  params,
  body,
}: Context<BodyOf<'reason'>, PersonCaller>): Promise<object> {
  return { entry: await endRightBy(house, caller, params['id'] ?? '', params['part'] ?? '', body.reason) }
}

export async function removePerson({
  house,
  caller,
  params,
}: Context<BodyOf<'nothing'>, PersonCaller>): Promise<Reply> {
  const left = await leaveBy(house, caller, params['id'] ?? '')
  return new Reply(left.settled ? 200 : 202, { 'content-type': 'application/json' }, JSON.stringify(left))
}
