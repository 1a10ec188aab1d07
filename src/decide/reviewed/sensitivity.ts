import type { ResourceRule } from '../../contract/register/purpose.ts'
import { stemOf } from '../../contract/scope.ts'
import { maxSensitivity, type Sensitivity, UNKNOWN_SENSITIVITY } from '../../contract/sensitivity.ts'

/** Rules by what they match: names by themselves, and beginnings of names by what stands before the star. */
interface Index {
  readonly names: ReadonlyMap<string, ResourceRule>
  readonly stems: ReadonlyMap<string, ResourceRule>
  /** Of the stems, without repeats, the longest first. */
  readonly lengths: readonly number[]
  /** Of each folder that a rule tells of, the strictest that is said of anything in it. */
  readonly folders: ReadonlyMap<string, Sensitivity>
}

const indexes = new WeakMap<readonly ResourceRule[], Index>()

/**
 * Gives the sensitivity of a resource: the longest matching rule counts, the strictest where none does; of two as long, the one
 * without a star. A list is looked through once and must not change: the same is asked about with every call, and it may be long.
 */
export function findSensitivity(rules: readonly ResourceRule[], resource: string): Sensitivity {
  return findLongest(indexOf(rules), resource)?.sensitivity ?? UNKNOWN_SENSITIVITY
}

/**
 * Gives the sensitivity of a path, which may be that of a folder: who lists, searches or moves it reaches what is in it, and so
 * the strictest rule about that counts too, except where a rule spells the folder itself.
 */
export function findPathSensitivity(rules: readonly ResourceRule[], resource: string): Sensitivity {
  const { names, folders } = indexOf(rules)
  const own = findSensitivity(rules, resource)
  return names.has(resource) ? own : maxSensitivity(own, folders.get(resource) ?? own)
}

function indexOf(rules: readonly ResourceRule[]): Index {
  const index = indexes.get(rules) ?? createIndex(rules)
  indexes.set(rules, index)
  return index
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
  return { names, stems, lengths, folders: gatherFolders(rules) }
}

function gatherFolders(rules: readonly ResourceRule[]): ReadonlyMap<string, Sensitivity> {
  const folders = new Map<string, Sensitivity>()
  for (const { pattern, sensitivity } of rules)
    for (const folder of foldersAbove(stemOf(pattern)))
      folders.set(folder, maxSensitivity(sensitivity, folders.get(folder) ?? sensitivity))
  return folders
}

/** Of `docs:a/b`: `docs:a`, and what a path may be the root of, `docs:`, `docs:a/` and the empty text. */
function foldersAbove(stem: string): readonly string[] {
  const marks = [...stem.matchAll(/[:/]/g)]
  return [
    '',
    ...marks.flatMap(({ 0: mark, index }) => [
      ...(mark === '/' ? [stem.slice(0, index)] : []),
      stem.slice(0, index + 1),
    ]),
  ]
}
