import type { AgentCaller, PersonCaller } from '../../authenticate/caller.ts'
import { revokeToken as revokeTokenFlow } from '../../flow/token/revoke-token.ts'
import type { Context } from '../route.ts'
import { type Form, required } from './form.ts'

/** RFC 7009: a token that is not known is no error. */
export async function revokeToken({ house, caller, body }: Context<Form, PersonCaller | AgentCaller>): Promise<object> {
  const tokenId = house.authenticate.tokenId(required(body, 'token'))
  return { entry: tokenId === undefined ? null : await revokeTokenFlow(house, caller, tokenId) }
}
