import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { indexTools, readToolDefinition, type ToolDefinition } from './tool-definition.ts'
import type { Question, Reply } from './upstream-connection.ts'

/**
 * Reads all pages of a server's tools. At most 1,000 tools on 50 pages, and 8 MiB of them: beyond that, and on an answer that is none,
 * it rejects with `upstream_unavailable`. Tools with names that MCP does not allow are left out.
 */
export async function readTools(
  ask: (question: Question) => Promise<Reply>,
): Promise<ReadonlyMap<string, ToolDefinition>> {
  const found: ToolDefinition[] = []
  let cursor: unknown
  let bytes = 0
  for (let page = 0; page < LIMITS.toolPagesMax; page++) {
    const params = cursor === undefined ? {} : { cursor }
    const reply = await ask({ method: 'tools/list', params, timeoutMs: LIMITS.upstreamStartTimeoutMs })
    const { tools, nextCursor } = readPage(reply)
    bytes += Buffer.byteLength(JSON.stringify(tools))
    if (bytes > LIMITS.toolListBytesMax) break // before each is written out and hashed
    for (const raw of tools) {
      const definition = readToolDefinition(raw)
      if (definition !== undefined) found.push(definition)
    }
    if (found.length > LIMITS.toolsPerServerMax) break
    if (nextCursor === undefined) return indexTools(found)
    cursor = nextCursor
  }
  throw new RemitError('upstream_unavailable', {
    cause: new Error('the server lists more tools than the gateway keeps'),
  })
}

function readPage(reply: Reply): { tools: readonly unknown[]; nextCursor: unknown } {
  const tools = 'result' in reply ? reply.result['tools'] : undefined
  if (!('result' in reply) || !Array.isArray(tools)) {
    throw new RemitError('upstream_unavailable', { cause: new Error('the answer to tools/list has no tools') })
  }
  return { tools, nextCursor: reply.result['nextCursor'] ?? undefined }
}
