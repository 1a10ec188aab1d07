import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import { ACTION_CLASSES } from '../../../contract/action-class.ts'
import { isMembers } from '../../../contract/read-entry.ts'
import { unique } from '../../../ground/unique.ts'

/**
 * Gives the tools that a policy names, in what it compares `tool.name` with and in what it asks of a history; a class of tools, which may
 * stand there too, is none. To Cedar each is a text like any other: a rule about a name that no tool has holds nobody back.
 */
export function findToolsNamed({ conditions }: Pick<PolicyJson, 'conditions'>): readonly string[] {
  const names = conditions.flatMap(({ body }) => search(body))
  return unique(names.filter((name) => !ACTION_CLASSES.some((each) => each === name)))
}

function search(expression: unknown): readonly string[] {
  if (typeof expression !== 'object' || expression === null) return []
  const found = isMembers(expression) ? [...named(expression), ...tagged(expression)] : []
  return [...found, ...Object.values(expression).flatMap(search)]
}

/** What `tool.name` is compared with. */
function named({ '==': same, '!=': other, contains }: Readonly<Record<string, unknown>>): readonly string[] {
  const sides = same ?? other
  if (isMembers(sides))
    return [
      ...(isToolName(sides['left']) ? textsIn([sides['right']]) : []),
      ...(isToolName(sides['right']) ? textsIn([sides['left']]) : []),
    ]
  if (!isMembers(contains) || !isMembers(contains['left']) || !isToolName(contains['right'])) return []
  const { Set: items } = contains['left']
  return Array.isArray(items) ? textsIn(items) : []
}

/** What is asked of a history. */
function tagged({ hasTag, getTag }: Readonly<Record<string, unknown>>): readonly string[] {
  const asked = hasTag ?? getTag
  if (!isMembers(asked) || !pathOf(asked['left']).some((attr) => attr === 'history' || attr === 'here')) return []
  return textsIn([asked['right']])
}

function isToolName(told: unknown): boolean {
  const [last, before] = pathOf(told)
  return last === 'name' && before === 'tool'
}

/** The attributes by which something is reached, the last one first. */
function pathOf(told: unknown): readonly string[] {
  const access = isMembers(told) ? told['.'] : undefined
  if (!isMembers(access)) return []
  return [String(access['attr']), ...pathOf(access['left'])]
}

function textsIn(told: readonly unknown[]): readonly string[] {
  return told.flatMap((each) => (isMembers(each) && typeof each['Value'] === 'string' ? each['Value'] : []))
}
