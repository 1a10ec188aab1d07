import { type Kept, rowKey, type Tables } from '../contract/change.ts'
import type { Rows } from './rows.ts'

type ToolRule = Tables['tool_rules']

/** Reads the rule of a tool. Names may hold what joins them in the key, so the row has to say the same names itself. */
export async function getToolRule(rows: Rows, server: string, tool: string): Promise<Kept<ToolRule> | undefined> {
  const rule = await rows.get('tool_rules', rowKey('tool_rules', { server, tool } as ToolRule)) // only these two make the key
  return rule?.server === server && rule.tool === tool ? rule : undefined
}
