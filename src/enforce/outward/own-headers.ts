import type { AgentCaller } from '../../authenticate/caller.ts'
import type { Permit } from '../../contract/decision.ts'
import type { Recorded } from '../../record/recorded.ts'

/** A permitted call, and by whom. */
export interface PermittedBy {
  readonly caller: AgentCaller
  readonly permitted: Recorded<Permit<'call'>>
}

/** What the gateway says in headers of its own with one call; nothing of what the agent has shown ever is. */
export interface OwnHeaders {
  make(call: PermittedBy): Promise<Readonly<Record<string, string>>>
  /** Is told of a call whose credential the server did not take: that one is not shown again. */
  refused(call: PermittedBy): void
}

/**
 * By this name the gateway tells its own transport which credential goes with a request: it is renamed there, and never leaves.
 */
export const OWN_AUTHORIZATION = 'remit-own-authorization'

/** The header by which a transaction token travels (OAuth Transaction Tokens section 4). */
export const TRANSACTION_HEADER = 'txn-token'

/** Gives the headers of a request as they leave: the credential of the gateway in its own place. */
export function placeAuthorization(given: ConstructorParameters<typeof Headers>[0]): Headers {
  const headers = new Headers(given)
  const own = headers.get(OWN_AUTHORIZATION)
  headers.delete(OWN_AUTHORIZATION)
  if (own !== null) headers.set('authorization', own)
  return headers
}

/** Puts several makers of headers together. */
export function joinHeaders(makers: readonly OwnHeaders[]): OwnHeaders {
  return {
    make: async (call) =>
      Object.assign({}, ...(await Promise.all(makers.map((maker) => maker.make(call))))) as Record<string, string>, // each gives names with texts
    refused(call) {
      for (const maker of makers) maker.refused(call)
    },
  }
}
