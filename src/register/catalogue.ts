import { type Fact, insert, type Kept, update } from '../contract/change.ts'
import type { Actor } from '../contract/log-entry.ts'
import type { Purpose, ResourceRule, ToolRule } from '../contract/purpose.ts'

/** Gives the fact that defines a purpose, or replaces it. */
export function definePurpose(purpose: Purpose, kept: Kept<Purpose> | undefined, actor: Actor): Fact {
  return {
    entry: {
      kind: 'purpose.defined',
      actor,
      subject: { kind: 'purpose', id: purpose.code },
      data: { code: purpose.code, title: purpose.title, classes: purpose.classes, ceiling: purpose.ceiling },
    },
    changes: [kept === undefined ? insert('purposes', purpose) : update('purposes', kept, purpose)],
  }
}

/** Gives the fact that says how sensitive the resources of a pattern are. */
export function classifyResource(rule: ResourceRule, kept: Kept<ResourceRule> | undefined, actor: Actor): Fact {
  return {
    entry: {
      kind: 'resource.classified',
      actor,
      subject: { kind: 'resource', id: rule.pattern },
      data: { ...rule, before: kept?.sensitivity ?? null },
    },
    changes: [kept === undefined ? insert('resource_rules', rule) : update('resource_rules', kept, rule)],
  }
}

/** Gives the fact that a person has reviewed a tool: what it does, and which definition was reviewed. */
export function classifyTool(rule: ToolRule, kept: Kept<ToolRule> | undefined, actor: Actor): Fact {
  return {
    entry: {
      kind: 'tool.classified',
      actor,
      subject: { kind: 'tool', id: `${rule.server}/${rule.tool}` },
      data: { ...rule },
    },
    changes: [kept === undefined ? insert('tool_rules', rule) : update('tool_rules', kept, rule)],
  }
}

/** Gives the fact that a tool's definition is no longer the reviewed one. */
export function quarantineTool(kept: Kept<ToolRule>, rule: ToolRule, seenDigest: string): Fact {
  return {
    entry: {
      kind: 'tool.quarantined',
      actor: { kind: 'system', id: 'gateway' },
      subject: { kind: 'tool', id: `${rule.server}/${rule.tool}` },
      data: { server: rule.server, tool: rule.tool, reviewed: rule.definitionDigest, seen: seenDigest },
    },
    changes: [update('tool_rules', kept, { ...rule, state: 'quarantined' })],
  }
}
