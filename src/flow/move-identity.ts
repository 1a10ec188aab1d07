import type { PersonCaller } from '../authenticate/caller.ts'
import { update } from '../contract/change.ts'
import { findTransition, type Identity } from '../contract/identity.ts'
import type { Actor } from '../contract/log-entry.ts'
import { isError, RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { moveIdentity } from '../register/lifecycle.ts'
import { requireRole } from '../register/standing.ts'
import { actorOf } from './actor.ts'
import type { House } from './house.ts'
import { findIdentity, readSurroundings } from './read-surroundings.ts'

/** An identity after a change, and the entry that explains it. */
export interface MovedIdentity {
  readonly identity: Identity
  readonly entry: number
}

/** Moves an identity by a verb of the lifecycle on a person's word: `return`, `suspend` or `retire`. */
export async function moveByPerson(
  house: House,
  caller: PersonCaller,
  idOrName: string,
  verb: string,
  reason: string,
): Promise<MovedIdentity> {
  const identity = await findIdentity(house, idOrName)
  const row = findTransition(verb, identity.state)
  if (row === undefined)
    throw new RemitError('transition_invalid', { detail: `An identity that is ${identity.state} cannot ${verb}.` })
  requireRole(caller.person, row.roles, identity)
  const around = await readSurroundings(house, identity)
  const open =
    around.approval === undefined
      ? []
      : [update('approvals', around.approval, { ...around.approval, state: 'expired' as const })]
  const because = verb === 'suspend' ? { suspendedBecause: reason } : {}
  const fact = moveIdentity(identity, { verb, reason, actor: actorOf(caller), set: because, changes: open }, around)
  const recorded = await house.log.record(fact)
  return { identity: { ...identity, ...because, state: row.to }, entry: recorded.index }
}

/** Suspends an identity if it is pending or active; again where it changed meanwhile. Gives the entry, or null where there was nothing to do. */
export async function suspendIdentity(
  house: House,
  identityId: string,
  because: string,
  actor: Actor,
): Promise<number | null> {
  for (let tries = 1; ; tries++) {
    const identity = await house.register.identity(identityId)
    if (identity === undefined || findTransition('suspend', identity.state) === undefined) return null
    const fact = moveIdentity(
      identity,
      { verb: 'suspend', reason: because, actor, set: { suspendedBecause: because } },
      await readSurroundings(house, identity),
    )
    try {
      return (await house.log.record(fact)).index
    } catch (error) {
      if (!isError(error, 'conflict') || tries >= LIMITS.decideRetriesMax) throw error
    }
  }
}
