import { actorOf } from '../../authenticate/actor.ts'
import type { Caller } from '../../authenticate/caller.ts'
import type { Credential } from '../../contract/credential.ts'
import { RemitError } from '../../ground/errors.ts'
import { requireRole } from '../../register/require-role.ts'
import { revokeCredential } from '../../revoke/task-end.ts'
import type { House } from '../house.ts'
import { endTasksFound } from '../task/end-task.ts'
import { tryAgain } from '../try-again.ts'
import { speaksForHouse } from './speaks-for-house.ts'
import { spendProof } from './spend-proof.ts'

/**
 * Takes back one access token (RFC 7009), named by its `jti`. A token that is none, is not there or is revoked already is
 * no error; calls that are open with it end, and what was handed on with it: it counts no more from this one write on. An
 * agent may take back its own, with a token for one server that token only; a person needs the role admin or responder.
 * Gives the entry, or null where there was nothing to take back.
 */
export async function revokeToken(
  house: House,
  caller: Caller,
  credentialId: string | undefined,
): Promise<number | null> {
  if (caller.kind === 'person') requireRole(caller.person, ['admin', 'responder'])
  await spendProof(house, caller, 'revoke')
  if (credentialId === undefined) return null
  const actor = actorOf(caller)
  const revoked = await tryAgain(async () => {
    const credential = await house.revoke.credential(credentialId)
    if (credential === undefined || credential.state === 'revoked' || isForeign(house, caller, credential)) return null
    const fact = revokeCredential(credential, 'its holder or a responder asked', actor)
    const { index } = await house.log.record(fact)
    house.streams.endWhere((call) => call.credentialId === credentialId, new RemitError('token_revoked'))
    return index
  })
  if (revoked === null) return null
  const { fault } = await endTasksFound(house, (limit) => house.revoke.livingTasksFrom(credentialId, limit), {
    because: 'the token with which it was handed on was taken back',
    actor,
  })
  if (fault !== null) house.carryOnLater(fault)
  return revoked
}

function isForeign(house: House, caller: Caller, { id, identityId }: Credential): boolean {
  if (caller.kind === 'person') return false
  if (caller.kind === 'agent' && !speaksForHouse(house, caller)) return id !== caller.credential.id
  return identityId !== caller.identity.id
}
