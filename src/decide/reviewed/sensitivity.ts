import type { ResourceRule } from '../../contract/register/purpose.ts'
import { stemOf } from '../../contract/scope.ts'
import { type Sensitivity, UNKNOWN_SENSITIVITY } from '../../contract/sensitivity.ts'

/** Rules by what they match: names by themselves, and beginnings of names by what stands before the star. */
interface Index {
  readonly names: ReadonlyMap<string, ResourceRule>
  readonly stems: ReadonlyMap<string, ResourceRule>
  /** Of the stems, without repeats, the longest first. */
  readonly lengths: readonly number[]
}

const indexes = new WeakMap<readonly ResourceRule[], Index>()

/**
 * Gives the sensitivity of a resource: the longest matching rule counts, the strictest where none does; of two as long, the one
 * without a star. A list is looked through once and must not change: the same is asked about with every call, and it may be long.
 */
export function findSensitivity(rules: readonly ResourceRule[], resource: string): Sensitivity {
  const index = indexes.get(rules) ?? createIndex(rules)
  indexes.set(rules, index)
  return findLongest(index, resource)?.sensitivity ?? UNKNOWN_SENSITIVITY
}

function findLongest({ names, stems, lengths }: Index, resource: string): ResourceRule | undefined {
  const named = names.get(resource)
  if (named !== undefined) return named
  for (const length of lengths) {
    const rule = length > resource.length ? undefined : stems.get(resource.slice(0, length))
    if (rule !== undefined) return rule
  }
  return undefined
}

function createIndex(rules: readonly ResourceRule[]): Index {
  const names = new Map<string, ResourceRule>()
  const stems = new Map<string, ResourceRule>()
  for (const rule of rules) {
    if (rule.pattern.endsWith('*')) stems.set(stemOf(rule.pattern), rule)
    else names.set(rule.pattern, rule)
  }
  const lengths = [...new Set([...stems.keys()].map((stem) => stem.length))].sort((x, y) => y - x)
  return { names, stems, lengths }
}
