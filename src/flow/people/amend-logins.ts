import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Kept } from '../../contract/change.ts'
import type { PersonLogin } from '../../contract/person/person-login.ts'
import type { Task } from '../../contract/task.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { addLogin, endLogin } from '../../register/login.ts'
import { requireRole } from '../../register/require-role.ts'
import { allRows } from '../all-rows.ts'
import type { House } from '../house.ts'
import { endTasksFound } from '../task/end-task.ts'
import { findActivePerson } from './amend-person.ts'

/**
 * Says by which subject an identity provider knows a person. Errors: `request_invalid` for an issuer that does not serve
 * people, `already_exists` for a subject that is somebody's already, `not_found`.
 */
export async function addLoginBy(
  house: House,
  caller: PersonCaller,
  personId: string,
  known: Pick<PersonLogin, 'issuer' | 'subject'>,
): Promise<{ readonly login: PersonLogin; readonly entry: number }> {
  requireRole(caller.person, ['admin'])
  const person = await findActivePerson(house, personId)
  if (house.authenticate.trustOf(known.issuer)?.serves !== 'people')
    throw new RemitError('request_invalid', {
      detail: 'This issuer does not speak for people here: it needs a row in issuers that says serves: people.',
    })
  const living = (await house.register.loginsOf(personId)).filter((row) => row.endedMs === null)
  if (living.length >= LIMITS.personLoginsMax)
    throw new RemitError('request_invalid', { detail: `A person has at most ${LIMITS.personLoginsMax} logins.` })
  const by = { actor: actorOf(caller), ids: house.ids, atMs: house.clock.nowMs() }
  const { login, fact } = addLogin(person, known, by)
  const recorded = await house.log.record(fact).catch(async (error: unknown) => {
    const isUnchanged = (await house.register.person(personId))?.version === person.version
    if (!isError(error, 'conflict') || !isUnchanged) throw error
    throw new RemitError('already_exists', { detail: 'This subject of the issuer is that of a person.', cause: error })
  })
  return { login, entry: recorded.index }
}

/**
 * Ends a login, and every task that was opened on its word: administrators and responders may, and the person whose it is, also
 * of who has left. Error: `not_found`.
 */
export async function endLoginBy(
  house: House,
  caller: PersonCaller,
  personId: string,
  loginId: string,
  reason: string,
): Promise<number> {
  if (caller.person.id !== personId) requireRole(caller.person, ['admin', 'responder'])
  const login = await house.register.login(loginId)
  if (login === undefined || login.personId !== personId || login.endedMs !== null)
    throw new RemitError('not_found', { detail: 'There is no such login in force.' })
  const actor = actorOf(caller)
  const { index } = await house.log.record(endLogin(login, reason, actor, house.clock.nowMs()))
  const because = `the login on whose word it was opened has ended: ${reason}`
  const { fault } = await endTasksFound(house, (limit) => findTasksOn(house, login, limit), { because, actor })
  if (fault !== null) house.carryOnLater(fault)
  return index
}

/**
 * The living tasks of a person that were opened on the word of whoever knows them by this login: few, and for hours at most.
 */
async function findTasksOn(
  house: House,
  { id, personId }: Pick<PersonLogin, 'id' | 'personId'>,
  limit: number,
): Promise<readonly Kept<Task>[]> {
  const found: Kept<Task>[] = []
  for await (const task of allRows((page) => house.revoke.livingTasksOpenedFor(personId, page)))
    if (task.loginId === id && found.push(task) >= limit) break
  return found
}
