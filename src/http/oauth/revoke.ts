import type { Caller } from '../../authenticate/caller.ts'
import { parseCompactJwt } from '../../authenticate/compact-jwt.ts'
import { takesBackByName } from '../../flow/consent/find-client.ts'
import { revokeToken as revokeTokenFlow, revokeTokenOfClient } from '../../flow/token/revoke-token.ts'
import { RemitError } from '../../ground/errors.ts'
import { JWT_TYPES } from '../../issue/jwt-types.ts'
import type { Context } from '../route.ts'
import { showsProof } from './client.ts'
import { type Form, required } from './form.ts'
import { admitOrKnow } from './named-client.ts'

/**
 * RFC 7009: a token that is not known is no error; one of a kind that counts elsewhere until it ends is
 * `revocation_unsupported`. A public client says who it is, and takes back what it holds.
 */
export async function revokeToken(context: Context<Form, Caller | null>): Promise<object> {
  const { house, caller, body } = context
  const token = required(body, 'token')
  const { client_id: clientId } = body
  const saysAlone = caller === null && clientId !== undefined && !showsProof({ ...context, caller })
  if (saysAlone && (await takesBackByName(house, clientId)))
    return { entry: await revokeTokenOfClient(house, clientId, token) }
  const known = await admitOrKnow(context)
  if (endsByItselfAlone(token)) throw new RemitError('revocation_unsupported')
  return { entry: await revokeTokenFlow(house, known, house.authenticate.tokenId(token)) }
}

/** Of all kinds that we sign, access tokens alone are looked up again: another one is believed until its end. */
function endsByItselfAlone(token: string): boolean {
  try {
    const { typ } = parseCompactJwt(token).header
    return typeof typ === 'string' && typ !== 'at+jwt' && Object.hasOwn(JWT_TYPES, typ)
  } catch {
    return false // no JWT at all, so none of ours
  }
}
