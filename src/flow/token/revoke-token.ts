import { actorOf } from '../../authenticate/actor.ts'
import type { Caller } from '../../authenticate/caller.ts'
import type { Credential } from '../../contract/credential.ts'
import type { Actor } from '../../contract/log-entry.ts'
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
  return await takeBack(house, credentialId, { actor: actorOf(caller), mayTake: (it) => !isForeign(house, caller, it) })
}

/**
 * Takes back the token of a client that proves itself by nothing but that token (RFC 7009 section 2.1): of a public one, or
 * one of which nobody can say now what it has to prove. One that is not of a task of this client is none. Gives the entry, or
 * null where there was nothing to take back.
 */
export async function revokeTokenOfClient(house: House, clientId: string, token: string): Promise<number | null> {
  const footing = await house.authenticate.standingOf(token)
  const binding = footing?.bindings.find(({ id }) => id === footing.task.bindingId)
  if (footing === undefined || binding?.kind !== 'client' || binding.subject !== clientId) return null
  const { credential, identity, task } = footing
  const actor: Actor = { kind: 'identity', id: identity.id, chain: task.chain }
  return await takeBack(house, credential.id, { actor, mayTake: () => true })
}

interface Taking {
  readonly actor: Actor
  readonly mayTake: (credential: Credential) => boolean
}

async function takeBack(house: House, credentialId: string, { actor, mayTake }: Taking): Promise<number | null> {
  const revoked = await tryAgain(async () => {
    const credential = await house.revoke.credential(credentialId)
    if (credential === undefined || credential.state === 'revoked' || !mayTake(credential)) return null
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
