import type { EntityFacts } from './situation.ts'
import { EvaluationFault } from './values/evaluation-fault.ts'
import { type CedarRecord, type EntityUid, equalValues } from './values/value.ts'

/** One entity as it is told. */
export interface Entity {
  readonly uid: EntityUid
  readonly attrs: CedarRecord
  /** What it lies in directly; need not be told of themselves. */
  readonly parents: readonly EntityUid[]
  readonly tags?: CedarRecord
  /** Told which tags an evaluation looks at, where somebody has to know what it rests on. */
  readonly watch?: TagWatch
}

/** Told what was looked at: one tag by its name, whether or not there is one, or all that there are and could be. */
export interface TagWatch {
  saw(tag: string): void
  sawAll(): void
}

const none: ReadonlySet<string> = new Set()
const noTags: CedarRecord = {}

/** Puts entities under their keys, with all their ancestors. Errors: `EvaluationFault` for one told in two ways, and a circle. */
export function gatherEntities(
  told: readonly Entity[],
  known?: ReadonlyMap<string, EntityFacts>,
): Map<string, EntityFacts> {
  const gathered = new Map<string, EntityFacts>(known)
  const parents = new Map<string, readonly EntityUid[]>()
  for (const { uid, attrs, tags = noTags, parents: own, watch } of told) {
    const before = gathered.get(uid.key)
    if (before !== undefined && !isToldAlike(before, parents.get(uid.key), { uid, attrs, tags, parents: own }))
      throw new EvaluationFault(`the entity ${uid.type}::"${uid.id}" is told twice, and not alike`)
    gathered.set(uid.key, { attrs, tags: watch === undefined ? tags : watchTags(tags, watch), ancestors: none })
    if (own.length > 0) parents.set(uid.key, own)
  }
  for (const key of parents.keys()) {
    const facts = gathered.get(key)
    if (facts !== undefined) gathered.set(key, { ...facts, ancestors: findAncestors(key, parents, gathered) })
  }
  return gathered
}

/** A tag is read as the own property that it is, and that is noticed. */
function watchTags(tags: CedarRecord, watch: TagWatch): CedarRecord {
  return new Proxy(tags, {
    getOwnPropertyDescriptor: (target, name) => {
      watch.saw(String(name))
      return Reflect.getOwnPropertyDescriptor(target, name)
    },
  })
}

function isToldAlike(before: EntityFacts, parents: readonly EntityUid[] = [], entity: Entity): boolean {
  return (
    equalValues(before.attrs, entity.attrs) &&
    equalValues(before.tags, entity.tags ?? noTags) &&
    equalValues(parents, entity.parents)
  )
}

/** Gives all that an entity lies in, however far. Errors: `EvaluationFault` where that is itself. */
export function findAncestors(
  key: string,
  parents: ReadonlyMap<string, readonly EntityUid[]>,
  gathered: ReadonlyMap<string, EntityFacts>,
): ReadonlySet<string> {
  const ancestors = new Set<string>()
  const open = [...(parents.get(key) ?? [])]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.key === key) throw new EvaluationFault(`the entity ${next.type}::"${next.id}" lies in itself`)
    if (ancestors.has(next.key)) continue
    ancestors.add(next.key)
    open.push(...(parents.get(next.key) ?? []))
    for (const ancestor of gathered.get(next.key)?.ancestors ?? none) ancestors.add(ancestor)
  }
  return ancestors
}
