import { isMembers } from '../contract/read-entry.ts'
import type { Members } from '../enforce/tool-definition.ts'
import type { RpcFault } from '../enforce/upstream-connection.ts'
import { parseClearJson } from '../ground/clear-json.ts'
import { type ErrorCode, RemitError } from '../ground/errors.ts'
import { hasMoreValuesThan, isDeeperThan } from '../ground/json-depth.ts'
import { LIMITS } from '../ground/limits.ts'

/** The id of a JSON-RPC request. */
export type RequestId = string | number

/** What a client sent. A notification has no id and gets no answer. */
export interface Incoming {
  readonly id: RequestId | undefined
  readonly method: string
  readonly params: Members
}

/** An error as the door answers it: the JSON-RPC error, and the HTTP status that it goes out with. */
export interface Refusal {
  readonly status: number
  readonly fault: RpcFault
  readonly id?: RequestId | undefined
}

/** JSON-RPC 2.0 and MCP 2026-07-28 (basic) error codes. Codes of our own are positive: the status of the error table. */
export const RPC = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  headerMismatch: -32020,
  unsupportedVersion: -32022,
  /** Of the older eras alone: the client is to have its person open an address (2025-11-25, elicitation). */
  urlElicitation: -32042,
} as const

/** Gives the refusal with this code. */
export function refuse(
  status: number,
  code: number,
  message: string,
  more: { id?: RequestId | undefined; data?: unknown } = {},
): Refusal {
  const fault = more.data === undefined ? { code, message } : { code, message, data: more.data }
  return { status, fault, id: more.id }
}

/** Reads one JSON-RPC message: no batch, of bounded depth and number of values, a request or a notification. */
export function parseMessage(body: string): Incoming | Refusal {
  if (isDeeperThan(body, LIMITS.jsonDepthMax)) {
    return refuse(400, RPC.invalidRequest, `The message is nested more than ${LIMITS.jsonDepthMax} levels deep.`)
  }
  if (hasMoreValuesThan(body, LIMITS.mcpValuesMax))
    return refuse(400, RPC.invalidRequest, `The message holds more than ${LIMITS.mcpValuesMax} values.`)
  const parsed = parseJson(body)
  if (parsed instanceof RemitError) return { status: 400, fault: faultOf(parsed) }
  if (Array.isArray(parsed))
    return refuse(400, RPC.invalidRequest, 'Send one message at a time; batches are not taken.')
  if (!isMembers(parsed) || parsed['jsonrpc'] !== '2.0') {
    return refuse(400, RPC.invalidRequest, 'The body is not a JSON-RPC 2.0 message.')
  }
  return readMessage(parsed)
}

function readMessage({ id, method, params = {} }: Members): Incoming | Refusal {
  const known = typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id)) ? id : undefined
  if (id !== undefined && known === undefined)
    return refuse(400, RPC.invalidRequest, 'The id must be a text or an integer.')
  if (typeof method !== 'string') {
    return refuse(400, RPC.invalidRequest, 'The message has no method; answers are not taken here.', { id: known })
  }
  if (!isMembers(params)) return refuse(400, RPC.invalidParams, 'The params must be an object.', { id: known })
  return { id: known, method, params }
}

function parseJson(text: string): unknown {
  try {
    return parseClearJson(text)
  } catch (error) {
    if (error instanceof RemitError) return error
    throw error
  }
}

/** Gives the JSON-RPC error of what went wrong; what is not of the error table says nothing of its cause. */
export function faultOf(error: unknown): RpcFault {
  const { code, detail, facts, status } = error instanceof RemitError ? error : new RemitError('internal')
  return { code: RPC_CODES[code] ?? status, message: detail, data: { code, ...facts } }
}

/** Errors of the table that JSON-RPC has a code of its own for. */
const RPC_CODES: Readonly<Partial<Record<ErrorCode, number>>> = {
  body_malformed: RPC.parseError,
  request_invalid: RPC.invalidParams,
  body_too_deep: RPC.invalidParams,
  header_mismatch: RPC.headerMismatch,
  internal: RPC.internal,
}
