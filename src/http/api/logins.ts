import type { PersonCaller } from '../../authenticate/caller.ts'
import { addLoginBy, endLoginBy } from '../../flow/people/amend-logins.ts'
import type { BodyOf, Context } from '../route.ts'

export async function listLogins({ house, params }: Context<null, PersonCaller>): Promise<object> {
  return { logins: await house.register.loginsOf(params['id'] ?? '') }
}

export async function addLogin({
  house,
  caller,
  params,
  body,
}: Context<BodyOf<'login'>, PersonCaller>): Promise<object> {
  return addLoginBy(house, caller, params['id'] ?? '', body)
}

export async function endLogin({
  house,
  caller,
  params,
  body,
}: Context<BodyOf<'reason'>, PersonCaller>): Promise<object> {
  return { entry: await endLoginBy(house, caller, params['id'] ?? '', params['part'] ?? '', body.reason) }
}
