import { actorOf } from '../authenticate/actor.ts'
import type { Caller, PersonCaller } from '../authenticate/caller.ts'
import type { Fact } from '../contract/change.ts'
import { isError, RemitError } from '../ground/errors.ts'
import type { Recorded } from '../record/recorded.ts'
import type { House } from './house.ts'

/**
 * Gives the house as a caller may use it for one request. What a person begins there is recorded only while they are
 * still active and their session has not ended (`session_invalid`); what they have begun is carried through.
 */
export function holdToCaller(house: House, caller: Caller | null): House {
  if (caller?.kind !== 'person') return house
  let hasBegun = false
  const record = async <F extends Fact>(fact: F): Promise<Recorded<F>> => {
    if (hasBegun || fact.entry.actor.id !== actorOf(caller).id) return house.log.record(fact)
    const recorded = await house.log.record(guard(fact, caller)).catch((error: unknown) => refuseGone(error, caller))
    hasBegun = true
    return recorded
  }
  return { ...house, log: { ...house.log, record } }
}

function guard<F extends Fact>(fact: F, caller: PersonCaller): F {
  return { ...fact, changes: [...caller.guards, ...fact.changes] }
}

/** A conflict on the caller's own row or session means that they are not any more who they were when they asked. */
function refuseGone(error: unknown, caller: PersonCaller): never {
  if (!isError(error, 'conflict')) throw error
  const { op, table, key } = error.facts
  const isOwn = (table === 'persons' && key === caller.person.id) || (table === 'sessions' && key === caller.sessionId)
  throw op === 'require' && isOwn ? new RemitError('session_invalid', { cause: error }) : error
}
