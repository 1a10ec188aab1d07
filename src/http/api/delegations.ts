import type { PersonCaller } from '../../authenticate/caller.ts'
import { delegateByPerson, endDelegationByPerson, showDelegations } from '../../flow/delegation/grant-delegation.ts'
import { endActing, listActing } from '../../flow/people/acts-for-me.ts'
import { endLetting, letActForMe, listLettings } from '../../flow/people/let-act.ts'
import { findIdentity } from '../../flow/read-surroundings.ts'
import { readPage } from '../input/page.ts'
import type { BodyOf, Context } from '../route.ts'

export async function listDelegations({ house, params, query }: Context<null, PersonCaller>): Promise<object> {
  const { id } = await findIdentity(house, params['id'] ?? '')
  const { rows, next } = await readPage('delegation_grants', query, (page) => showDelegations(house, id, page))
  return { grants: rows, next }
}

export async function askForDelegation(context: Context<BodyOf<'delegationGrant'>, PersonCaller>): Promise<object> {
  return delegateByPerson(context.house, context.caller, context.params['id'] ?? '', context.body)
}

export async function endDelegation(context: Context<BodyOf<'reason'>, PersonCaller>): Promise<object> {
  const { house, caller, params, body } = context
  const which = { idOrName: params['id'] ?? '', grantId: params['part'] ?? '' }
  return { entry: await endDelegationByPerson(house, caller, which, body.reason) }
}

export async function listActingForMe({ house, caller }: Context<null, PersonCaller>): Promise<object> {
  return { tasks: await listActing(house, caller) }
}

export async function endActingForMe(context: Context<BodyOf<'reason'>, PersonCaller>): Promise<object> {
  return endActing(context.house, context.caller, context.params['id'] ?? '', context.body.reason)
}

export async function listLetActForMe({ house, caller }: Context<null, PersonCaller>): Promise<object> {
  return { grants: await listLettings(house, caller) }
}

export async function letAct({
  house,
  caller,
  body,
}: Context<BodyOf<'delegationGrant'>, PersonCaller>): Promise<object> {
  return letActForMe(house, caller, body)
}

export async function endLetAct({
  house,
  caller,
  params,
  body,
}: Context<BodyOf<'reason'>, PersonCaller>): Promise<object> {
  return { entry: await endLetting(house, caller, params['id'] ?? '', body.reason) }
}
