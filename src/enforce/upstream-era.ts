import { SdkHttpError } from '@modelcontextprotocol/client'
import { isMembers } from '../contract/read-entry.ts'
import { isError, RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import type { Members } from './tool-definition.ts'
import type { Connection } from './upstream-connection.ts'

/** The version without sessions, and the ones with `initialize` that a server may answer with. */
const MODERN_VERSION = '2026-07-28'
const LEGACY_VERSIONS: readonly unknown[] = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']
const offeredLegacyVersion = '2025-11-25'

const clientInfo = { name: 'remit-gateway', version: '1' }

/** What a server speaks. */
export interface Era {
  readonly version: string
  readonly modern: boolean
  readonly offersTools: boolean
}

/** What each request to a 2026-07-28 server carries. No capabilities: the gateway answers no questions of servers. */
export const MODERN_META: Members = {
  'io.modelcontextprotocol/protocolVersion': MODERN_VERSION,
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': clientInfo,
}

/**
 * Finds out what the server behind a fresh connection speaks: `server/discover` first, and `initialize` where it does
 * not know that. `known` skips the question where an earlier connection answered it. Rejects with
 * `upstream_unavailable` where the server answers neither.
 */
export async function negotiateEra(connection: Connection, known: 'legacy' | 'modern' | undefined): Promise<Era> {
  const modern = known === 'legacy' ? undefined : await discover(connection)
  if (modern !== undefined) connection.modern = true
  return modern ?? (await initialize(connection))
}

async function discover(connection: Connection): Promise<Era | undefined> {
  try {
    const timeoutMs = LIMITS.upstreamProbeTimeoutMs
    const reply = await connection.ask({ method: 'server/discover', params: { _meta: MODERN_META }, timeoutMs })
    if (!('result' in reply)) return undefined
    const { supportedVersions, capabilities } = reply.result
    if (!Array.isArray(supportedVersions) || !supportedVersions.includes(MODERN_VERSION)) return undefined
    return { version: MODERN_VERSION, modern: true, offersTools: hasTools(capabilities) }
  } catch (error) {
    if (isError(error, 'upstream_timeout') || isOlderServer(error)) return undefined
    throw error
  }
}

/** An older HTTP server refuses the probe with a status of its own; only what asks for a credential is no answer. */
function isOlderServer(error: unknown): boolean {
  if (!isError(error, 'upstream_unavailable') || !(error.cause instanceof SdkHttpError)) return false
  const { status } = error.cause
  return status >= 400 && status < 500 && ![401, 403, 407, 408, 429].includes(status)
}

async function initialize(connection: Connection): Promise<Era> {
  const reply = await connection.ask({
    method: 'initialize',
    params: { protocolVersion: offeredLegacyVersion, capabilities: {}, clientInfo },
    timeoutMs: LIMITS.upstreamStartTimeoutMs,
  })
  const version = 'result' in reply ? reply.result['protocolVersion'] : undefined
  if (!('result' in reply) || typeof version !== 'string' || !LEGACY_VERSIONS.includes(version)) {
    throw new RemitError('upstream_unavailable', { cause: new Error(`no common version: ${JSON.stringify(reply)}`) })
  }
  connection.agreeOn(version)
  await connection.notify('notifications/initialized', {})
  return { version, modern: false, offersTools: hasTools(reply.result['capabilities']) }
}

function hasTools(capabilities: unknown): boolean {
  return isMembers(capabilities) && isMembers(capabilities['tools'])
}
