import { isMembers } from '../../contract/read-entry.ts'
import type { ToolDefinition } from '../../enforce/tool-definition.ts'
import type { Upstream } from '../../enforce/upstream.ts'
import { sayUpstreamFault } from '../../enforce/upstream-fault.ts'
import type { Clock } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { OfferedServer, OfferedTool } from '../house.ts'

/** Gives a server as people and the doctor look at it: for a while only, as one that comes up late is seen at the next look. */
export function offerServer(upstream: Upstream, clock: Clock): OfferedServer {
  return {
    name: upstream.name,
    transport: upstream.kind,
    lastWords: () => upstream.lastWords,
    look: async () => {
      const { promise: late, reject } = Promise.withResolvers<never>()
      const cause = new Error(`no answer in ${LIMITS.upstreamLookMs / 1000} s`)
      const cancel = clock.after(LIMITS.upstreamLookMs, () => reject(new RemitError('upstream_unavailable', { cause })))
      try {
        const tools = await Promise.race([upstream.listTools(), late])
        return { state: 'up', reason: null, tools: [...tools.values()].map(offerTool) }
      } catch (error) {
        if (error instanceof RemitError) return { state: 'down', reason: sayUpstreamFault(error), tools: [] }
        throw error
      } finally {
        cancel()
      }
    },
  }
}

function argumentsOf(schema: unknown): readonly string[] | null {
  const properties = isMembers(schema) ? schema['properties'] : undefined
  return isMembers(properties) ? Object.keys(properties) : null
}

function offerTool({ name, digest, shown }: ToolDefinition): OfferedTool {
  return {
    name,
    digest,
    description: typeof shown['description'] === 'string' ? shown['description'] : '',
    arguments: argumentsOf(shown['inputSchema']),
    annotations: (shown['annotations'] ?? {}) as Record<string, unknown>,
  }
}
