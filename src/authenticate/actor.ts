import type { Actor } from '../contract/log-entry.ts'
import type { Caller, ProvenPerson } from './caller.ts'

/** What acts when nobody asked: the passing of time, a start. */
export const systemActor: Actor = { kind: 'system', id: 'remit' }

type Anybody = Caller | ProvenPerson

const ACTORS: { readonly [K in Anybody['kind']]: (caller: Extract<Anybody, { kind: K }>) => Actor } = {
  person: (caller) => ({ kind: 'person', id: caller.person.id }),
  vouched: (caller) => ({ kind: 'person', id: caller.person.id }),
  workload: (caller) => ({ kind: 'identity', id: caller.identity.id }),
  agent: (caller) => ({ kind: 'identity', id: caller.identity.id, chain: caller.task.chain }),
}

/** Gives how the log names a caller, or the person on whose word one asks. */
export function actorOf(caller: Anybody): Actor {
  const name = ACTORS[caller.kind] as (caller: Anybody) => Actor // the row is the caller's own kind
  return name(caller)
}
