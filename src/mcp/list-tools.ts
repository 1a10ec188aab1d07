import type { ToolRule } from '../contract/register/purpose.ts'
import type { ToolDefinition } from '../enforce/tool-definition.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { writeResult } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { serverInfo } from './server-info.ts'

/**
 * Lists what the caller's task may use of the tools that a person has reviewed and that are still what was reviewed,
 * in one page, sorted by name.
 */
export async function listTools(exchange: Exchange): Promise<string> {
  const { parts, caller, server, upstream, params } = exchange
  if (params['cursor'] !== undefined) throw new RemitError('request_invalid', { detail: 'There is only one page.' })
  const rules = new Map((await parts.house.readToolRules(server)).map((rule) => [rule.tool, rule]))
  const offered = [...(await upstream.listTools()).values()]
  await quarantineChanged(exchange, offered, rules)
  const reviewed = offered.filter((definition) => isReviewed(rules.get(definition.name), definition))
  const allowed = new Set(
    await parts.house.listTools(
      caller,
      server,
      reviewed.map(({ name }) => name),
    ),
  )
  const tools = reviewed.filter(({ name }) => allowed.has(name)).map(({ shown }) => shown)
  return writeResult(exchange.id, { tools, ...modernMembers(exchange) })
}

function modernMembers({ era, parts }: Exchange): Readonly<Record<string, unknown>> {
  if (era === 'legacy') return {}
  const _meta = { 'io.modelcontextprotocol/serverInfo': serverInfo(parts.version) }
  return { resultType: 'complete', ttlMs: LIMITS.toolListTtlMs, cacheScope: 'private', _meta }
}

async function quarantineChanged(
  { parts, server }: Exchange,
  offered: readonly ToolDefinition[],
  rules: ReadonlyMap<string, ToolRule>,
): Promise<void> {
  for (const definition of offered) {
    const rule = rules.get(definition.name)
    if (rule?.state === 'active' && hasChanged(rule, definition)) {
      await parts.house.quarantine(server, definition.name, definition.digest)
    }
  }
}

/** True where the definition is not the one that was pinned. */
export function hasChanged(rule: ToolRule, definition: ToolDefinition): boolean {
  return rule.definitionDigest !== null && rule.definitionDigest !== definition.digest
}

function isReviewed(rule: ToolRule | undefined, definition: ToolDefinition): boolean {
  return rule?.state === 'active' && !hasChanged(rule, definition)
}
