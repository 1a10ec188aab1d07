import type { Members } from '../enforce/tool-definition.ts'
import { LIMITS } from '../ground/limits.ts'
import { writeResult } from './answer.ts'
import { callTool } from './call-tool.ts'
import { type ClientEra, LEGACY_VERSIONS, MODERN_VERSION } from './era.ts'
import type { Exchange, Handler } from './exchange.ts'
import { listTools } from './list-tools.ts'
import { serverInfo } from './server-info.ts'

/** Tools and nothing else: resources, prompts, logging and the rest are unknown methods here. */
const capabilities: Members = { tools: {} }

const instructions =
  'Remit stands before this server. The list shows the tools that your task may use; each call is decided with its ' +
  'arguments and recorded. A denial is a tool result that says why, what would be allowed, and how to ask.'

/** Every method that the gateway offers, by era. What is not here is refused. */
export const METHODS: Readonly<Record<ClientEra, ReadonlyMap<string, Handler>>> = {
  modern: new Map([
    ['server/discover', discover],
    ['tools/list', listTools],
    ['tools/call', callTool],
  ]),
  legacy: new Map([
    ['initialize', initialize],
    ['ping', ping],
    ['tools/list', listTools],
    ['tools/call', callTool],
  ]),
}

function discover({ id, parts }: Exchange): Promise<string> {
  const result = {
    resultType: 'complete',
    supportedVersions: [MODERN_VERSION],
    capabilities,
    instructions,
    ttlMs: LIMITS.toolListTtlMs,
    cacheScope: 'private',
    _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo(parts.version) },
  }
  return Promise.resolve(writeResult(id, result))
}

/** Agrees on the version that the client asks for, else offers the newest with sessions (2025-11-25, lifecycle). */
function initialize({ id, params, parts }: Exchange): Promise<string> {
  const asked = LEGACY_VERSIONS.find((version) => version === params['protocolVersion'])
  const result = {
    protocolVersion: asked ?? LEGACY_VERSIONS[0],
    capabilities,
    serverInfo: serverInfo(parts.version),
    instructions,
  }
  return Promise.resolve(writeResult(id, result))
}

function ping({ id }: Exchange): Promise<string> {
  return Promise.resolve(writeResult(id, {}))
}
