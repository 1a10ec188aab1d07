import type { AgentCaller } from '../authenticate/caller.ts'
import type { ToolRule } from '../contract/register/purpose.ts'
import { intersectScopes, type Scope } from '../contract/scope.ts'
import { findBroken } from './laws/law.ts'
import { STANDING_LAWS } from './laws/standing.ts'
import { found, type Lineage, type Link, readLineage } from './lineage.ts'
import type { DecideStore } from './store.ts'

/**
 * Gives those of the tools that the task could use on some resource, in the order given; none where it may not act at
 * all. It is what a list shows, and no permit: each call is decided by itself.
 */
export async function findListable(
  store: DecideStore,
  caller: AgentCaller,
  server: string,
  tools: readonly string[],
  atMs: number,
): Promise<readonly string[]> {
  const [credential, rules] = await Promise.all([store.credential(caller.credential.id), store.toolRulesOf([server])])
  const lineage = await readLineage(store, caller.task, {
    atMs,
    credential: found(credential, 'credential'),
    upstream: server,
  })
  if (findBroken(STANDING_LAWS, lineage.standing) !== undefined) return []
  const usable = new Set(
    rules.filter((rule) => rule.state === 'active' && isInReach(lineage, rule)).map((rule) => rule.tool),
  )
  return tools.filter((tool) => usable.has(tool))
}

function isInReach(lineage: Lineage, rule: ToolRule): boolean {
  const resource = rule.resourceArgument === null ? rule.resourcePrefix : `${rule.resourcePrefix}*`
  const anywhere: Scope = [{ action: `${rule.server}/${rule.tool}`, resource }]
  const left = lineage.links.reduce((scope, link) => intersectScopes(scope, reachOf(link, rule)), anywhere)
  return left.length > 0
}

/** What one hop allows of the class of the tool. */
function reachOf(link: Link, rule: ToolRule): Scope {
  if (link.purpose?.classes.includes(rule.actionClass) !== true) return []
  const entitled = link.entitlements.filter((row) => row.classes.includes(rule.actionClass)).flatMap((row) => row.scope)
  return intersectScopes(link.task.scope, entitled)
}
