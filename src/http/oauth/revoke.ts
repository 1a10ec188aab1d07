import type { Caller } from '../../authenticate/caller.ts'
import { takesBackByName } from '../../flow/consent/find-client.ts'
import { revokeToken as revokeTokenFlow, revokeTokenOfClient } from '../../flow/token/revoke-token.ts'
import type { Context } from '../route.ts'
import { showsProof } from './client.ts'
import { type Form, required } from './form.ts'
import { admitOrKnow } from './named-client.ts'

/** RFC 7009: a token that is not known is no error. A public client says who it is, and takes back what it holds. */
export async function revokeToken(context: Context<Form, Caller | null>): Promise<object> {
  const { house, caller, body } = context
  const token = required(body, 'token')
  const { client_id: clientId } = body
  const saysAlone = caller === null && clientId !== undefined && !showsProof({ ...context, caller })
  if (saysAlone && (await takesBackByName(house, clientId)))
    return { entry: await revokeTokenOfClient(house, clientId, token) }
  return { entry: await revokeTokenFlow(house, await admitOrKnow(context), house.authenticate.tokenId(token)) }
}
