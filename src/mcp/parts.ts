import type { AgentCaller } from '../authenticate/caller.ts'
import type { OpenStreams } from '../enforce/open-streams.ts'
import type { OwnHeaders } from '../enforce/outward/own-headers.ts'
import type { Upstreams } from '../enforce/upstream.ts'
import type { Clock } from '../ground/clock.ts'
import type { AskedDomain } from './coaz/asked-domain.ts'
import type { Headers } from './era.ts'
import type { McpHouse } from './house.ts'

/** A request as the HTTP door hands it over: authenticated, bounded, its origin checked. Header names in lower case. */
export interface McpRequest {
  readonly server: string
  readonly method: string
  readonly headers: Headers
  readonly body: string
  readonly caller: AgentCaller
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
}

/** What the door is made of. */
export interface McpDoorParts {
  readonly house: McpHouse
  readonly upstreams: Upstreams
  readonly streams: OpenStreams
  readonly clock: Clock
  /** Of servers that are decided on by a domain too: by which, and who issues the tokens that it is asked about. */
  readonly asked?: { readonly issuer: string; readonly domains: ReadonlyMap<string, AskedDomain> }
  /** What the gateway says in headers of its own to each server that gets any, by its name. */
  readonly ownHeaders?: ReadonlyMap<string, OwnHeaders>
  /** What clients are told of the gateway. */
  readonly version: string
  /** Told of what went wrong where nobody waits for an answer, and of errors that are not of the table. */
  readonly report: (error: unknown) => void
}
