import { type Kept, rowKey, type Tables } from '../contract/change.ts'
import type { Rows } from './rows.ts'

type ToolRule = Tables['tool_rules']

/** Reads the rule of a tool. Names may hold what joins them in the key, so the row has to say the same names itself. */
export async function getToolRule(rows: Rows, server: string, tool: string): Promise<Kept<ToolRule> | undefined> {
  const rule = await rows.get('tool_rules', rowKey('tool_rules', { server, tool } as ToolRule)) // only these two make the key
  return rule?.server === server && rule.tool === tool ? rule : undefined
}

/** Reads the rules of these tools of a server at once; what has none is left out. */
export async function getToolRules(
  rows: Rows,
  server: string,
  tools: readonly string[],
): Promise<readonly Kept<ToolRule>[]> {
  const keys = tools.map((tool) => rowKey('tool_rules', { server, tool } as ToolRule)) // only these two make the key
  return (await rows.getMany('tool_rules', keys)).filter((rule) => rule.server === server)
}
