import { actorOf } from '../../authenticate/actor.ts'
import type { Caller, PersonCaller } from '../../authenticate/caller.ts'
import { type Change, type Fact, requireVersion } from '../../contract/change.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import type { Recorded } from '../../record/recorded.ts'
import type { House } from '../house.ts'
import { tryAgain } from '../try-again.ts'

/**
 * Gives the house as a caller may use it for one request. What a person begins there is recorded only while they are
 * active, have the roles that they asked with (`role_missing`), and their session has not ended (`session_invalid`);
 * what they have begun is carried through.
 */
export function holdToCaller(house: House, caller: Caller | null): House {
  if (caller?.kind !== 'person') return house
  let hasBegun = false
  const record = async <F extends Fact>(fact: F): Promise<Recorded<F>> => {
    if (hasBegun || fact.entry.actor.id !== actorOf(caller).id) return house.log.record(fact)
    const recorded = await recordHeld(house, caller, fact)
    hasBegun = true
    return recorded
  }
  return { ...house, log: { ...house.log, record } }
}

/** A person who was given another name meanwhile is the same person: the fact is tried again with who they are now. */
async function recordHeld<F extends Fact>(house: House, caller: PersonCaller, fact: F): Promise<Recorded<F>> {
  let guards = caller.guards
  const record = (): Promise<Recorded<F>> => house.log.record({ ...fact, changes: [...guards, ...fact.changes] })
  return await tryAgain(record, async (error) => {
    if (!isAboutCaller(error, caller)) return false
    guards = await readGuards(house, caller)
    return true
  })
}

function isAboutCaller(error: unknown, caller: PersonCaller): boolean {
  if (!isError(error, 'conflict')) return false
  const { op, table, key } = error.facts
  const isOwn = (table === 'persons' && key === caller.person.id) || (table === 'sessions' && key === caller.sessionId)
  return op === 'require' && isOwn
}

async function readGuards(house: House, caller: PersonCaller): Promise<readonly Change[]> {
  const [person, session] = await Promise.all([
    house.register.person(caller.person.id),
    house.register.session(caller.sessionId),
  ])
  if (person?.state !== 'active' || session === undefined || session.endedMs !== null)
    throw new RemitError('session_invalid')
  if (person.roles.join() !== caller.person.roles.join())
    throw new RemitError('role_missing', { detail: 'Your roles were changed in this moment; ask again.' })
  return [requireVersion('persons', person), requireVersion('sessions', session)]
}
