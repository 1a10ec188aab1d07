import type { Upstream } from '../enforce/upstream.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { answerAccepted, answerRefusal, type McpAnswer } from './answer.ts'
import { askingFirst } from './coaz/ask-first.ts'
import { type ClientEra, readEra } from './era.ts'
import { createExchanges, type Exchanges } from './exchange.ts'
import { type Incoming, parseMessage, type Refusal, RPC, refuse } from './message.ts'
import { METHODS } from './methods.ts'
import type { McpDoorParts, McpRequest } from './parts.ts'

/** The MCP gateway: everything JSON-RPC behind `/mcp/{server}`. */
export interface McpDoor {
  /** Answers one request. Never rejects. */
  handle(request: McpRequest): Promise<McpAnswer>
  /** Ends the open calls with `stopping` and waits until their outcomes are recorded, at most 10 s. */
  close(): Promise<void>
}

/** Makes the door. Upstreams and streams belong to the one who made them. */
export function createMcpDoor(parts: McpDoorParts): McpDoor {
  const exchanges = createExchanges(parts)
  return {
    handle: async (request) => {
      const opened = openMessage(parts, request)
      if ('fault' in opened) return noteAndRefuse(parts, request, opened)
      return answerMessage(parts, exchanges, request, opened)
    },
    close: () => exchanges.close(new RemitError('stopping')),
  }
}

interface Opened {
  readonly upstream: Upstream
  readonly message: Incoming
  readonly era: ClientEra
}

function openMessage(parts: McpDoorParts, request: McpRequest): Opened | Refusal {
  if (request.method !== 'POST')
    return refuse(405, RPC.invalidRequest, 'This address takes POST only; there are no sessions.')
  if (Buffer.byteLength(request.body) > LIMITS.mcpBodyBytesMax) {
    return refuse(413, RPC.invalidRequest, `The body is larger than ${LIMITS.mcpBodyBytesMax} bytes.`)
  }
  const upstream = parts.upstreams.find(request.server)
  if (upstream === undefined) return refuse(404, 404, 'There is no server of this name here.')
  const message = parseMessage(request.body)
  if ('fault' in message) return message
  const era = readEra(request.headers, message)
  return typeof era === 'string' ? { upstream, message, era } : era
}

/** Refuses a known agent after that is on record; a log that cannot take it does not make the answer a yes. */
async function noteAndRefuse(parts: McpDoorParts, request: McpRequest, refusal: Refusal): Promise<McpAnswer> {
  const { caller, server } = request
  await parts.house.noteRefusal(caller, server, 'request_invalid', refusal.fault.message).catch(parts.report)
  return answerRefusal(refusal, refusal.status === 405 ? { allow: 'POST' } : {})
}

function answerMessage(
  parts: McpDoorParts,
  exchanges: Exchanges,
  request: McpRequest,
  { upstream, message, era }: Opened,
): Promise<McpAnswer> {
  const { id, method, params } = message
  if (id === undefined) {
    if (method === 'notifications/cancelled') exchanges.cancel(request, params['requestId'])
    return Promise.resolve(answerAccepted())
  }
  const handler = METHODS[era].get(method)
  if (handler === undefined) {
    const status = era === 'modern' ? 404 : 200
    return noteAndRefuse(
      parts,
      request,
      refuse(status, RPC.methodNotFound, 'The gateway does not offer this method.', { id }),
    )
  }
  return exchanges.run({ request, upstream, era, id, params, handler: askingFirst(method, handler) })
}
