import type { FastifyRequest } from 'fastify'
import type { Caller } from '../../authenticate/caller.ts'
import type { Context } from '../route.ts'

/** What is known of a request before its body is read. It stands on the request itself, and goes with it. */
export interface Visit {
  readonly base: Pick<
    Context,
    'house' | 'headers' | 'method' | 'path' | 'isForToken' | 'source' | 'reachedAt' | 'certificate' | 'proven'
  >
  /** Who it is from; null until that is known. */
  caller: Caller | null
}

/** The name under which it stands there: fastify makes room for it in every request. */
export const VISIT = 'visit'

type Visited = FastifyRequest & { [VISIT]?: Visit | null }

/** Gives what is known of a request; undefined for one that was not let in as far as that. */
export function visitOf(request: FastifyRequest): Visit | undefined {
  return (request as Visited)[VISIT] ?? undefined
}

/** Notes what is known of a request. */
export function noteVisit(request: FastifyRequest, visit: Visit): Visit {
  ;(request as Visited)[VISIT] = visit
  return visit
}
