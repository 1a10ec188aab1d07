import type { ToolRule } from '../../contract/register/purpose.ts'
import { containsPattern, type Pattern, stemOf } from '../../contract/scope.ts'
import { countWhile } from '../../ground/count-while.ts'

/** A reviewed tool under its whole name, and the place of its rule in the list. */
interface Named {
  readonly name: string
  readonly rule: ToolRule
  readonly place: number
}

/** By their names: those that begin alike stand together. */
const indexes = new WeakMap<readonly ToolRule[], readonly Named[]>()

/**
 * Gives the rules of all reviewed tools that an action pattern could mean, in the order of the list. It is looked through once and
 * must not change: a scope names many actions, and a server may have a thousand tools.
 */
export function toolsOf(rules: readonly ToolRule[], action: Pattern): readonly ToolRule[] {
  const server = serverOf(action)
  if (server === undefined) return []
  const named = indexes.get(rules) ?? sortByName(rules)
  indexes.set(rules, named)
  const stem = stemOf(action)
  const found: Named[] = []
  for (let at = countWhile(named, ({ name }) => name < stem); named[at]?.name.startsWith(stem) === true; at += 1) {
    const each = named[at]
    if (each?.rule.server === server && containsPattern(action, each.name)) found.push(each)
  }
  return found.sort((x, y) => x.place - y.place).map(({ rule }) => rule)
}

/** Gives the server that an action pattern names for certain. */
export function serverOf(action: Pattern): string | undefined {
  const at = action.indexOf('/')
  return at > 0 ? action.slice(0, at) : undefined
}

function sortByName(rules: readonly ToolRule[]): readonly Named[] {
  const named = rules.map((rule, place) => ({ name: `${rule.server}/${rule.tool}`, rule, place }))
  return named.sort((x, y) => (x.name < y.name ? -1 : 1))
}
