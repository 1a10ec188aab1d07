import type { AgentCaller } from '../authenticate/caller.ts'
import type { ActionClass } from '../contract/action-class.ts'
import type { ToolRule } from '../contract/register/purpose.ts'
import { intersectScopes, type Scope } from '../contract/scope.ts'
import { findBroken } from './laws/law.ts'
import { STANDING_LAWS } from './laws/standing.ts'
import { found, type Link, readLineage } from './lineage.ts'
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
  const hops = lineage.links.map(describeHop)
  const usable = new Set(
    rules.filter((rule) => rule.state === 'active' && isInReach(hops, rule)).map(({ tool }) => tool),
  )
  return tools.filter((tool) => usable.has(tool))
}

/** What one hop allows at most. */
interface Hop {
  readonly scope: Scope
  /** What its entitlements allow of each class that its purpose covers. */
  readonly entitled: ReadonlyMap<ActionClass, Scope>
}

function describeHop({ task, purpose, entitlements }: Link): Hop {
  const entitled = (purpose?.classes ?? []).map(
    (name) => [name, entitlements.flatMap((row) => (row.classes.includes(name) ? row.scope : []))] as const,
  )
  return { scope: task.scope, entitled: new Map(entitled) }
}

/** The one tool is what is narrowed, hop by hop: scopes are long, and a server may have a thousand tools. */
function isInReach(hops: readonly Hop[], rule: ToolRule): boolean {
  const resource = rule.resourceArgument === null ? rule.resourcePrefix : `${rule.resourcePrefix}*`
  let left: Scope = [{ action: `${rule.server}/${rule.tool}`, resource }]
  for (const { scope, entitled } of hops)
    left = intersectScopes(intersectScopes(left, scope), entitled.get(rule.actionClass) ?? [])
  return left.length > 0
}
