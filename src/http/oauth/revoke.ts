import type { Caller } from '../../authenticate/caller.ts'
import { revokeToken as revokeTokenFlow } from '../../flow/token/revoke-token.ts'
import type { Context } from '../route.ts'
import { type Form, required } from './form.ts'
import { admitOrKnow } from './named-client.ts'

/** RFC 7009: a token that is not known is no error. */
export async function revokeToken(context: Context<Form, Caller | null>): Promise<object> {
  const { house } = context
  const tokenId = house.authenticate.tokenId(required(context.body, 'token'))
  return { entry: await revokeTokenFlow(house, await admitOrKnow(context), tokenId) }
}
