import type { CedarRecord, EntityUid } from './values/value.ts'

/** What is known of one entity. */
export interface EntityFacts {
  readonly attrs: CedarRecord
  readonly tags: CedarRecord
  /** Keys of all entities that this one is in, directly or through others; not its own. */
  readonly ancestors: ReadonlySet<string>
}

/** Where what is known of an entity is found by its key. */
export type EntityLookup = Pick<ReadonlyMap<string, EntityFacts>, 'get'>

/** One request with all that is known while it is decided. */
export interface Situation {
  readonly principal: EntityUid
  readonly action: EntityUid
  readonly resource: EntityUid
  readonly context: CedarRecord
  /** By key. An entity that is not here has no attributes, tags or ancestors. */
  readonly entities: EntityLookup
}

/** True where one entity is the other or lies in it. */
export function isIn(situation: Situation, uid: EntityUid, of: EntityUid): boolean {
  return uid.key === of.key || situation.entities.get(uid.key)?.ancestors.has(of.key) === true
}
