import { isMembers } from '../contract/read-entry.ts'
import { digestOf } from '../ground/digest.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'

/** A JSON object as it came over the wire. */
export type Members = Readonly<Record<string, unknown>>

/** A tool as its server describes it: only what is pinned is shown, so that an agent sees what a person has reviewed. */
export interface ToolDefinition {
  readonly name: string
  /** Hex SHA-256 over the canonical form of `shown`. */
  readonly digest: string
  readonly shown: Members
}

/** What an agent is told of a tool. Each of these can carry an instruction to a model, so each is pinned. */
const PINNED = ['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations'] as const

/** The names that MCP allows (2026-07-28, server/tools): 1 to 128 of letters, digits, `_`, `-`, `.`. */
const TOOL_NAME = new RegExp(`^[A-Za-z0-9_.-]{1,${LIMITS.toolNameCharsMax}}$`)

/** True where MCP allows this name for a tool. */
export function isToolName(name: unknown): name is string {
  return typeof name === 'string' && TOOL_NAME.test(name)
}

/**
 * Reads what a server says of one tool; undefined where it is not a tool that MCP allows, or is nested too deeply
 * to be pinned.
 */
export function readToolDefinition(raw: unknown): ToolDefinition | undefined {
  if (!isMembers(raw) || !isToolName(raw['name']) || !isMembers(raw['inputSchema'])) return undefined
  const shown: Members = Object.fromEntries(
    PINNED.filter((member) => raw[member] !== undefined).map((member) => [member, raw[member]]),
  )
  try {
    return { name: raw['name'], digest: digestOf(shown), shown }
  } catch (error) {
    if (error instanceof RemitError) return undefined
    throw error
  }
}

/** Tools by name, sorted by name. A name that stands twice is ambiguous, so neither counts. */
export function indexTools(definitions: readonly ToolDefinition[]): ReadonlyMap<string, ToolDefinition> {
  const seen = new Map<string, number>()
  for (const { name } of definitions) seen.set(name, (seen.get(name) ?? 0) + 1)
  const single = definitions.filter(({ name }) => seen.get(name) === 1)
  return new Map(single.sort((x, y) => (x.name < y.name ? -1 : 1)).map((each) => [each.name, each]))
}
