import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import { type Change, update } from '../../contract/change.ts'
import type { Actor } from '../../contract/log-entry.ts'
import { findTransition, type Identity } from '../../contract/register/identity.ts'
import { hitBy } from '../../enforce/open-streams.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { moveIdentity, refuseMove } from '../../register/lifecycle.ts'
import { requireRoleOver } from '../../register/require-role.ts'
import { endGrantsOf } from '../delegation/end-grants.ts'
import type { House } from '../house.ts'
import { findIdentity, type KeptSurroundings, readSurroundings } from '../read-surroundings.ts'
import { endTasksOf } from '../task/end-task.ts'
import { tryAgain } from '../try-again.ts'

/** An identity after a change, and the entry that explains it. */
export interface MovedIdentity {
  readonly identity: Identity
  readonly entry: number
  /** The grants by which it might act for others, or others for it, that ended with it; absent where none was to. */
  readonly grantsEnded?: readonly string[]
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
  if (row === undefined) throw refuseMove(identity.state, verb)
  requireRoleOver(caller.person, row.roles, identity)
  const around = await readSurroundings(house, identity)
  const kept = verb === 'suspend' ? { suspendedBecause: reason } : {}
  const fact = moveIdentity(
    identity,
    { verb, reason, actor: actorOf(caller), set: kept, changes: closeOpen(around) },
    around,
  )
  const recorded = await house.log.record(fact)
  const because = `its identity was ${row.to}: ${reason}`
  // it has moved, and is not answered by a failure any more
  const fault = row.to === 'active' ? null : await stopWork(house, identity.id, because, actorOf(caller))
  if (fault !== null) house.carryOnLater(fault)
  const moved = { identity: { ...identity, ...kept, state: row.to }, entry: recorded.index }
  if (row.to !== 'retired') return moved
  const how = { reason: `${identity.name} was retired: ${reason}`, actor: actorOf(caller) }
  const grants = await endGrantsOf(house, identity.id, how)
  if (grants.fault !== null) house.carryOnLater(grants.fault)
  return { ...moved, grantsEnded: grants.ids }
}

/**
 * Suspends an identity if it is pending or active, and still the one that is meant; again where it changed meanwhile. Gives the
 * entry, or null where there was nothing to do.
 */
export async function suspendIdentity(
  house: House,
  identityId: string,
  because: string,
  actor: Actor,
  isMeant: (identity: Identity) => boolean = () => true,
): Promise<number | null> {
  return await tryAgain(async () => {
    const identity = await house.register.identity(identityId)
    if (identity === undefined || findTransition('suspend', identity.state) === undefined) return null
    if (!isMeant(identity)) return null
    const around = await readSurroundings(house, identity)
    const move = { verb: 'suspend', reason: because, actor, set: { suspendedBecause: because } }
    const fact = moveIdentity(identity, { ...move, changes: closeOpen(around) }, around)
    const { index } = await house.log.record(fact)
    const fault = await stopWork(house, identityId, `its identity was suspended: ${because}`, actor)
    if (fault !== null) throw fault
    return index
  })
}

/** What an identity asked for when it was still another falls with the move. */
function closeOpen({ approval }: KeptSurroundings): readonly Change[] {
  return approval === undefined ? [] : [update('approvals', approval, { ...approval, state: 'expired' })]
}

/**
 * Cuts what an identity has open and ends its tasks: what ends here must not come back when the identity does. Gives the first
 * fault where a task could not be ended, and null where all have.
 */
export async function stopWork(house: House, identityId: string, because: string, actor: Actor): Promise<Error | null> {
  house.streams.endWhere(hitBy('identity', identityId), new RemitError('identity_inactive'))
  const how = { because: because.slice(0, LIMITS.textCharsMax).toWellFormed(), actor }
  return (await endTasksOf(house, 'identity', identityId, how)).fault
}
