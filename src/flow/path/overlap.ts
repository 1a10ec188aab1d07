import { type Cover, covering, coverOf, type Grant, isPrefix, type Pattern, stemOf } from '../../contract/scope.ts'
import { countWhile } from '../../ground/count-while.ts'

/** Grants by what they name: those that another one overlaps are found without going through all of them. */
export interface Overlaps<Item extends Grant> {
  readonly size: number
  readonly actions: Line<Item>
  readonly resources: Line<Item>
}

/** The same by one of their two patterns: those that begin alike stand together. */
interface Line<Item> {
  readonly cover: Cover
  readonly byPattern: ReadonlyMap<Pattern, readonly Item[]>
  readonly sorted: readonly Pattern[]
  /** The items of all patterns in their order, and where those of each begin. */
  readonly items: readonly Item[]
  readonly starts: readonly number[]
}

/** Looks through grants once. */
export function indexOverlaps<Item extends Grant>(items: readonly Item[]): Overlaps<Item> {
  const [actions, resources] = [Map.groupBy(items, (each) => each.action), Map.groupBy(items, (each) => each.resource)]
  return { size: items.length, actions: lineUp(actions), resources: lineUp(resources) }
}

/** Gives all grants that overlap one, and perhaps others beside them. */
export function nearTo<Item extends Grant>({ actions, resources }: Overlaps<Item>, grant: Grant): readonly Item[] {
  const [byAction, byResource] = [around(actions, grant.action), around(resources, grant.resource)]
  return byAction.count < byResource.count ? byAction.take() : byResource.take()
}

function lineUp<Item>(byPattern: ReadonlyMap<Pattern, readonly Item[]>): Line<Item> {
  const sorted = [...byPattern.keys()].sort((x, y) => (stemOf(x) < stemOf(y) ? -1 : 1))
  const items: Item[] = []
  const starts: number[] = []
  for (const pattern of sorted) {
    starts.push(items.length)
    for (const item of byPattern.get(pattern) ?? []) items.push(item)
  }
  return { cover: coverOf(byPattern.keys()), byPattern, sorted, items, starts }
}

/** What lies around a pattern: those in which it lies, and those that lie in it. */
function around<Item>({ cover, byPattern, sorted, items, starts }: Line<Item>, pattern: Pattern) {
  const stem = stemOf(pattern)
  const startOf = (isBefore: (each: Pattern) => boolean): number => starts[countWhile(sorted, isBefore)] ?? items.length
  const from = isPrefix(pattern) ? startOf((each) => stemOf(each) < stem) : 0
  const to = isPrefix(pattern) ? startOf((each) => stemOf(each) < stem || stemOf(each).startsWith(stem)) : 0
  const outside = covering(cover, pattern)
    .filter((each) => each !== pattern || !isPrefix(pattern))
    .map((each) => byPattern.get(each) ?? [])
  return {
    count: outside.reduce((sum, { length }) => sum + length, to - from),
    take: (): readonly Item[] => [...outside.flat(), ...items.slice(from, to)],
  }
}
