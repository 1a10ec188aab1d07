import type { Actor } from '../contract/log-entry.ts'
import type { Caller } from './caller.ts'

/** What acts when nobody asked: the passing of time, a start. */
export const systemActor: Actor = { kind: 'system', id: 'remit' }

const ACTORS: { readonly [K in Caller['kind']]: (caller: Extract<Caller, { kind: K }>) => Actor } = {
  person: (caller) => ({ kind: 'person', id: caller.person.id }),
  workload: (caller) => ({ kind: 'identity', id: caller.identity.id }),
  agent: (caller) => ({ kind: 'identity', id: caller.identity.id, chain: caller.task.chain }),
}

/** Gives how the log names a caller. */
export function actorOf(caller: Caller): Actor {
  const name = ACTORS[caller.kind] as (caller: Caller) => Actor // the row is the caller's own kind
  return name(caller)
}
