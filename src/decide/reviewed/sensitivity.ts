import type { ResourceRule, ToolRule } from '../../contract/register/purpose.ts'
import { containsPattern, intersectPatterns, type Pattern, stemOf } from '../../contract/scope.ts'
import { maxSensitivity, minSensitivity, type Sensitivity, UNKNOWN_SENSITIVITY } from '../../contract/sensitivity.ts'
import { serverOf, toolsOf } from './tools.ts'

/** Rules by what they match: names by themselves, and beginnings of names by what stands before the star. */
interface Index {
  readonly names: ReadonlyMap<string, ResourceRule>
  readonly stems: ReadonlyMap<string, ResourceRule>
  /** Of the stems, without repeats, the longest first. */
  readonly lengths: readonly number[]
  /** Of each folder that a rule tells of, the strictest that is said of anything in it. */
  readonly folders: ReadonlyMap<string, Sensitivity>
  /** The same of what the paths of tools begin with, as far as somebody asked. */
  readonly roots: Map<string, Sensitivity>
  /** Of patterns, as far as somebody asked, that of the least sensitive that each means. */
  readonly easiest: Map<Pattern, Sensitivity>
}

const indexes = new WeakMap<readonly ResourceRule[], Index>()

/**
 * Gives the sensitivity of a resource: the longest matching rule counts, the strictest where none does; of two as long, the one
 * without a star. A list is looked through once and must not change: the same is asked about with every call, and it may be long.
 */
export function findSensitivity(rules: readonly ResourceRule[], resource: string): Sensitivity {
  return findLongest(indexOf(rules), resource)?.sensitivity ?? UNKNOWN_SENSITIVITY
}

/** What the review of a tool says of where its resources stand. */
export type Reading = Pick<ToolRule, 'resourceArgument' | 'resourceKind' | 'resourcePrefix'>

/**
 * Gives how sensitive a resource is to an act: of a tool as it is reviewed, or of one that is named by its class alone. Where the
 * resource is a path, or nobody has said that it is none, it may be a folder: who lists, searches or moves it reaches what is in
 * it, and so the strictest rule about that counts too, except where a rule spells the folder itself. A tool that is about one
 * thing whatever its arguments are is about that, as a person has said.
 */
export function findActSensitivity(
  rules: readonly ResourceRule[],
  resource: string,
  tool: Reading | undefined,
): Sensitivity {
  const own = findSensitivity(rules, resource)
  if (tool !== undefined && (tool.resourceKind !== 'path' || tool.resourceArgument === null)) return own
  const index = indexOf(rules)
  if (index.names.has(resource)) return own
  const inside = resource === tool?.resourcePrefix ? findInRoot(index, rules, resource) : index.folders.get(resource)
  return inside === undefined ? own : maxSensitivity(own, inside)
}

/**
 * Gives how sensitive a resource is at most to what an action pattern could mean: that of the strictest of its tools. To each of them
 * a pattern of resources is what it reaches most easily of those: that of the least sensitive.
 */
export function findReachSensitivity(
  rules: readonly ResourceRule[],
  resource: Pattern,
  action: Pattern,
  tools: readonly ToolRule[],
): Sensitivity {
  const named = serverOf(action) === undefined ? tools : toolsOf(tools, action)
  const able = named.filter((tool) => tool.state === 'active' && containsPattern(action, `${tool.server}/${tool.tool}`))
  const found = able.flatMap((tool) => {
    const part = intersectPatterns(reachOf(tool), resource)
    return part === undefined ? [] : [findEasiest(rules, part, tool)]
  })
  return found.length === 0 ? findEasiest(rules, resource, undefined) : found.reduce(maxSensitivity)
}

function reachOf({ resourceArgument, resourcePrefix }: Reading): Pattern {
  return resourceArgument === null ? resourcePrefix : `${resourcePrefix}*`
}

/** Of a pattern, that of the least sensitive that it means, which is in no folder of it; else that of the resource. */
function findEasiest(rules: readonly ResourceRule[], resource: Pattern, tool: Reading | undefined): Sensitivity {
  if (!resource.endsWith('*')) return findActSensitivity(rules, resource, tool)
  const index = indexOf(rules)
  const known = index.easiest.get(resource)
  if (known !== undefined) return known
  const around = findLongestStem(index, stemOf(resource))?.sensitivity ?? UNKNOWN_SENSITIVITY
  const inside = rules.filter(({ pattern }) => containsPattern(resource, pattern)).map(({ sensitivity }) => sensitivity)
  const found = inside.reduce<Sensitivity>(minSensitivity, around)
  index.easiest.set(resource, found)
  return found
}

function indexOf(rules: readonly ResourceRule[]): Index {
  const index = indexes.get(rules) ?? createIndex(rules)
  indexes.set(rules, index)
  return index
}

function findLongest(index: Index, resource: string): ResourceRule | undefined {
  return index.names.get(resource) ?? findLongestStem(index, resource)
}

function findLongestStem({ stems, lengths }: Index, resource: string): ResourceRule | undefined {
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
  return { names, stems, lengths, folders: gatherFolders(rules), roots: new Map(), easiest: new Map() }
}

function gatherFolders(rules: readonly ResourceRule[]): ReadonlyMap<string, Sensitivity> {
  const folders = new Map<string, Sensitivity>()
  for (const { pattern, sensitivity } of rules)
    for (const folder of foldersAbove(stemOf(pattern)))
      folders.set(folder, maxSensitivity(sensitivity, folders.get(folder) ?? sensitivity))
  return folders
}

/** Whatever paths begin with is their root, also where it ends in no mark: all that begins so is in it. */
function findInRoot({ roots }: Index, rules: readonly ResourceRule[], root: string): Sensitivity {
  const known = roots.get(root)
  if (known !== undefined) return known
  const inside = rules.filter(({ pattern }) => stemOf(pattern).startsWith(root)).map(({ sensitivity }) => sensitivity)
  const found = inside.reduce<Sensitivity>(maxSensitivity, 'public')
  roots.set(root, found)
  return found
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
