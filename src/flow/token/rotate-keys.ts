import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import { RemitError } from '../../ground/errors.ts'
import { requireRole } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import type { KeyRotated, TokenKeys } from './keyring.ts'

/**
 * Replaces the key that signs tokens, SVIDs of either kind of our own, or what clouds take, before its time. Of a leaked key,
 * all that was ever signed ends with it: every workload exchanges its proof anew, and what streams is cut; whoever verifies
 * SVIDs learns of it with the next bundle. For the roles admin and responder.
 */
export async function rotateKeysBy(
  house: House,
  caller: PersonCaller,
  why: { readonly reason: string; readonly leaked: boolean; readonly use: TokenKeys['use'] },
): Promise<KeyRotated> {
  requireRole(caller.person, ['admin', 'responder'])
  const keys = {
    token: house.tokens.keys,
    svid: house.svids?.keys,
    'x509-ca': house.svids?.authorityKeys,
    federation: house.federation?.keys,
  }[why.use]
  if (keys === undefined)
    throw new RemitError('not_found', { detail: 'Nothing here is configured that such a key would sign for.' })
  const made = await keys.rotate(actorOf(caller), { because: why.reason, isLeaked: why.leaked })
  if (why.leaked && why.use === 'token') house.streams.endWhere(() => true, new RemitError('token_revoked'))
  return made
}
