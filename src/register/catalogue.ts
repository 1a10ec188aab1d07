import { type Change, type Fact, insert, type Kept, meter, update } from '../contract/change.ts'
import type { Limit } from '../contract/counters/limit.ts'
import type { Actor } from '../contract/log-entry.ts'
import type { Catalogue, Purpose, ResourceRule, ToolRule } from '../contract/register/purpose.ts'
import { readHints, type ToolHints } from '../contract/tool-hints.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'

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

/** What is kept so far where a resource is classified. */
export interface KeptResources {
  readonly rule: Kept<ResourceRule> | undefined
  readonly catalogue: Kept<Catalogue> | undefined
}

/**
 * Gives the fact that says how sensitive the resources of a pattern are. Every decision that is under way on another
 * word is decided again. Errors: `request_invalid` where there are as many rules as are held in memory.
 */
export function classifyResource(rule: ResourceRule, { rule: kept, catalogue }: KeptResources, actor: Actor): Fact {
  if (kept === undefined && (catalogue?.rules ?? 0) >= LIMITS.resourceRulesMax)
    throw new RemitError('request_invalid', {
      detail: `There are ${LIMITS.resourceRulesMax} resource rules, which is the most; classify by a shorter pattern.`,
    })
  return {
    entry: {
      kind: 'resource.classified',
      actor,
      subject: { kind: 'resource', id: rule.pattern },
      data: { ...rule, before: kept?.sensitivity ?? null },
    },
    changes: [
      kept === undefined ? insert('resource_rules', rule) : update('resource_rules', kept, rule),
      moveCatalogue('resources', catalogue, kept === undefined ? 1 : 0, LIMITS.resourceRulesMax),
    ],
  }
}

/**
 * Gives the fact that says how often something may be done at most, or that a limit has ended. Every decision that is
 * under way without it is decided again. Errors: `request_invalid` where there are as many as are held in memory.
 */
export function setLimit(
  limit: Limit,
  {
    limit: kept,
    catalogue,
  }: { readonly limit: Kept<Limit> | undefined; readonly catalogue: Kept<Catalogue> | undefined },
  actor: Actor,
): Fact {
  if (kept === undefined && (catalogue?.rules ?? 0) >= LIMITS.limitsMax)
    throw new RemitError('request_invalid', { detail: `There are ${LIMITS.limitsMax} limits, which is the most.` })
  const { name, callsMax, windowSeconds, state } = limit
  return {
    entry: {
      kind: 'limit.set',
      actor,
      subject: { kind: 'limit', id: name },
      data: { name, of: limit.of, per: limit.per, callsMax, windowSeconds, state },
    },
    changes: [
      kept === undefined ? insert('limits', limit) : update('limits', kept, limit),
      moveCatalogue('limits', catalogue, kept === undefined ? 1 : 0, LIMITS.limitsMax),
    ],
  }
}

/** Moves the row of a list with one of its rules, which is new (1) or was there (0). */
function moveCatalogue(
  name: Catalogue['name'],
  catalogue: Kept<Catalogue> | undefined,
  more: number,
  rulesMax: number,
): Change {
  if (catalogue === undefined) return insert('catalogues', { name, rules: 1 })
  return meter('catalogues', name, { add: { rules: more }, raise: {}, atMost: { rules: rulesMax } })
}

/**
 * Gives the fact that a person has reviewed a tool: what it does, which definition was reviewed, and what the server said of
 * it then.
 */
export function classifyTool(
  rule: ToolRule,
  kept: Kept<ToolRule> | undefined,
  actor: Actor,
  hints: ToolHints = readHints({}),
): Fact {
  return {
    entry: {
      kind: 'tool.classified',
      actor,
      subject: { kind: 'tool', id: `${rule.server}/${rule.tool}` },
      data: {
        ...rule,
        spendArgument: rule.spendArgument ?? null,
        currencyArgument: rule.currencyArgument ?? null,
        serverSays: { ...hints },
      },
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
