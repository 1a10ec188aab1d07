import type { PersonCaller } from '../../authenticate/caller.ts'
import { listClientBindings, registerClient } from '../../flow/consent/register-client.ts'
import { readPage } from '../input/page.ts'
import type { BodyOf, Context } from '../route.ts'

export async function addClient({ house, caller, body }: Context<BodyOf<'client'>, PersonCaller>): Promise<object> {
  const { clientId = `app-${house.ids.uuid()}`, confidential, ...profile } = body
  const terms = confidential ? { confidential } : {}
  return { clientId, ...(await registerClient(house, caller, { ...profile, ...terms, clientId })) }
}

export async function listClients({ house, query }: Context<null, PersonCaller>): Promise<object> {
  const { rows, next } = await readPage('bindings', query, (page) => listClientBindings(house, page))
  return { clients: rows, next }
}
