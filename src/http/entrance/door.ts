import type { FastifyReply } from 'fastify'
import type { AgentCaller } from '../../authenticate/caller.ts'
import type { House } from '../../flow/house.ts'
import type { RemitError } from '../../ground/errors.ts'
import type { Context, Route } from '../route.ts'
import type { PeerReader } from '../tls/client-cert-header.ts'
import type { ProofMemory } from './proof-memory.ts'
import type { RateLimit } from './rate-limit.ts'

/** The MCP gateway, as this door hands requests to it. */
export type McpGateway = (request: {
  readonly server: string
  readonly method: string
  readonly headers: Context['headers']
  readonly body: string
  readonly caller: AgentCaller
  readonly signal: AbortSignal
}) => Promise<{
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | AsyncIterable<string>
}>

/** What the door is built of. */
export interface HttpDoorOptions {
  readonly house: House
  readonly mcp: McpGateway
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  /** It asks for client certificates, and opens to workloads and agents only. */
  readonly isMutual: boolean
  /** Its public address. */
  readonly reachedAt: string
  /** Gives the certificate that a request came with. */
  readonly peerOf: PeerReader
  /** Lets anyone read /log; else a session is needed. */
  readonly publicLog: boolean
  /** How many requests a second one address may make. */
  readonly requestsPerSecond: number
  /** Addresses or networks of proxies that stand before it: what they say of the client's address is believed. */
  readonly trustedProxies: readonly string[]
  /** How long a request may take to arrive whole, and how long a client may take nothing of its answer. */
  readonly requestSeconds: number
  /** Origins whose pages may call the gateway. */
  readonly browserOrigins: readonly string[]
  /** Gets what went wrong inside; never shown outside. */
  readonly report: (requestId: string, error: RemitError) => void
}

/** The door itself: its parts, and what it remembers while it is open. */
export interface Door extends HttpDoorOptions {
  readonly memory: ProofMemory
  readonly rate: RateLimit
  readonly failures: RateLimit
  readonly rows: readonly Route[]
  /** True from the moment when the server was told to stop: what is under way is finished, nothing new is taken. */
  isStopping: boolean
  /** Where answers wait for others of their turn: see `createMeeting`. */
  readonly meet: () => Promise<void>
}

/** A connection that stays open would hold up the end for as long as its client keeps it. */
export function closeWhenStopping({ isStopping }: Pick<Door, 'isStopping'>, reply: FastifyReply): FastifyReply {
  return isStopping ? reply.header('connection', 'close') : reply
}

/** Headers that every answer carries. */
export const HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy':
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
  'cache-control': 'no-store',
}
