import { isMembers } from '../contract/read-entry.ts'
import type { Members } from '../enforce/tool-definition.ts'
import { decodeHeader } from '../enforce/tool-headers.ts'
import { type Incoming, type Refusal, RPC, refuse } from './message.ts'

/** The version without sessions. */
export const MODERN_VERSION = '2026-07-28'

/** The versions with sessions, newest first, which `initialize` can agree on. */
export const LEGACY_VERSIONS = ['2025-11-25', '2025-06-18'] as const

const SUPPORTED_VERSIONS: readonly string[] = [MODERN_VERSION, ...LEGACY_VERSIONS]

/** Header names in lower case. */
export type Headers = Readonly<Record<string, string | undefined>>

/** Which rules a message is under. */
export type ClientEra = 'modern' | 'legacy'

const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion'
const CAPABILITIES_KEY = 'io.modelcontextprotocol/clientCapabilities'

/** Which parameter `Mcp-Name` mirrors (2026-07-28, transports). */
const NAMED_BY: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
])

/**
 * Tells by header and body which era a message is of, and holds a modern one to the rules of 2026-07-28: the headers
 * say what the body says, and the body says its version. Header names in lower case.
 */
export function readEra(headers: Headers, message: Incoming): ClientEra | Refusal {
  const header = headers['mcp-protocol-version']
  const meta = isMembers(message.params['_meta']) ? message.params['_meta'] : {}
  const version = meta[VERSION_KEY]
  if (version === undefined && (header === undefined || isLegacy(header))) return 'legacy'
  if (version === undefined && message.method === 'initialize') return 'legacy'
  return checkModern(headers, message, meta) ?? 'modern'
}

function isLegacy(version: string): boolean {
  return LEGACY_VERSIONS.some((each) => each === version)
}

function checkModern(headers: Headers, message: Incoming, meta: Members): Refusal | undefined {
  const { id } = message
  const header = headers['mcp-protocol-version']
  const version = meta[VERSION_KEY]
  if (header !== undefined && !SUPPORTED_VERSIONS.includes(header) && (version === undefined || version === header)) {
    return unsupported(header, id)
  }
  if (id !== undefined && (typeof version !== 'string' || !isMembers(meta[CAPABILITIES_KEY]))) {
    const message = `params._meta must carry ${VERSION_KEY} and ${CAPABILITIES_KEY}.`
    return refuse(400, RPC.invalidParams, message, { id })
  }
  return checkHeaders(headers, message, version)
}

function checkHeaders(headers: Headers, { id, method, params }: Incoming, version: unknown): Refusal | undefined {
  const namedBy = NAMED_BY.get(method)
  const rows: readonly (readonly [string, unknown, string | undefined])[] = [
    ['MCP-Protocol-Version', version ?? headers['mcp-protocol-version'], headers['mcp-protocol-version']],
    ...(id === undefined ? [] : [['Mcp-Method', method, headers['mcp-method']] as const]),
    ...(namedBy === undefined ? [] : [['Mcp-Name', params[namedBy], decodeHeader(headers['mcp-name'])] as const]),
  ]
  const wrong = rows.find(([, inBody, inHeader]) => inHeader === undefined || inHeader !== inBody)
  if (wrong === undefined)
    return version === undefined || version === MODERN_VERSION ? undefined : unsupported(version, id)
  const what = wrong[2] === undefined ? 'is missing' : 'does not say what the body says'
  return refuse(400, RPC.headerMismatch, `Header mismatch: ${wrong[0]} ${what}.`, { id })
}

function unsupported(requested: unknown, id: Incoming['id']): Refusal {
  const data = { requested, supported: SUPPORTED_VERSIONS }
  return refuse(400, RPC.unsupportedVersion, 'Unsupported protocol version.', { id, data })
}
