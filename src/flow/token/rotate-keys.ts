import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import { RemitError } from '../../ground/errors.ts'
import { requireRole } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import type { KeyRotated } from './keyring.ts'

/**
 * Replaces the key that signs tokens, before its time. Of a leaked key, all that was ever signed ends with it: every
 * workload exchanges its proof anew, and what streams is cut. For the roles admin and responder.
 */
export async function rotateKeysBy(
  house: House,
  caller: PersonCaller,
  why: { readonly reason: string; readonly leaked: boolean },
): Promise<KeyRotated> {
  requireRole(caller.person, ['admin', 'responder'])
  const made = await house.rotateTokenKeys(actorOf(caller), { because: why.reason, isLeaked: why.leaked })
  if (why.leaked) house.streams.endWhere(() => true, new RemitError('token_revoked'))
  return made
}
