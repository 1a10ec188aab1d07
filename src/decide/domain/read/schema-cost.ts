import type { SchemaJson } from '@cedar-policy/cedar-wasm/nodejs'
import { LIMITS } from '../../../ground/limits.ts'

/**
 * Says why a schema is not worked out, or null where it is. A short one can come to more than anybody has time for: every
 * policy is held against every pair that an action applies to.
 */
export function findSchemaCost(json: SchemaJson<string>, policies: number): string | null {
  const parts = Object.values(json)
  const actions = parts.flatMap((part) => Object.values(part.actions))
  const entityTypes = parts.flatMap((part) => Object.values(part.entityTypes))
  const declared = actions.length + entityTypes.length
  if (declared > LIMITS.domainDeclaredMax)
    return `it declares ${declared} types of entities and actions; ${LIMITS.domainDeclaredMax} at most are taken`
  const pairs = actions.reduce(
    (sum, { appliesTo }) => sum + (appliesTo?.principalTypes.length ?? 0) * (appliesTo?.resourceTypes.length ?? 0),
    0,
  )
  return pairs * policies <= LIMITS.domainPairsMax
    ? null
    : 'it has too many pairs of principal and resource for so many policies'
}

/** Texts and comments. Cedar stops at a text that is never closed, so nothing behind it is a type. */
const SKIPPED = /"(?:[^"\\]|\\[\s\S]?)*(?:"|$)|\/\/[^\n\r]*/g
const COMMON_TYPE = /\btype\s+(\w+)\s*=([^;]*)/g

/**
 * Says why a text of a schema is not given to Cedar at all, or null where it is: each name of a type is replaced by all that
 * it stands for, so that types of types can come to more than memory holds. Every word that is such a name counts as one.
 */
export function findTypesFault(text: string): string | null {
  const bodies = new Map<string, string[]>()
  for (const [, name = '', body = ''] of text.replace(SKIPPED, '""').matchAll(COMMON_TYPE))
    bodies.set(name, [...(bodies.get(name) ?? []), ...(body.match(/\w+/g) ?? [])])
  const known = new Map<string, number>()
  const sizeOf = (name: string): number => {
    const before = known.get(name)
    if (before !== undefined) return before
    known.set(name, 0) // one that names itself is refused by Cedar
    const size = (bodies.get(name) ?? []).reduce((sum, word) => sum + 1 + sizeOf(word), 0)
    known.set(name, size)
    return size
  }
  if (bodies.size > LIMITS.domainDeclaredMax) return 'it names too many types'
  const size = [...bodies.keys()].reduce((sum, name) => sum + sizeOf(name), 0)
  return size <= LIMITS.domainTypesMax ? null : 'its types, written out, come to too much'
}
