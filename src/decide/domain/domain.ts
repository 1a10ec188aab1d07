import type { CompiledSchema } from '../cedar/compile-schema.ts'
import type { Entity } from '../cedar/entities.ts'
import type { PolicyWords } from '../cedar/find-words.ts'
import type { EntityFacts } from '../cedar/situation.ts'
import type { EntityUid } from '../cedar/values/value.ts'
import type { Policies } from '../policy/load-policies.ts'
import type { PolicyFile } from '../policy/policy.ts'
import type { Shapes } from './read/shapes.ts'

/** What a domain is made of, as texts: the folder that is published. */
export interface DomainTexts {
  readonly files: readonly PolicyFile[]
  /** A Cedar schema; null where nothing is declared. */
  readonly schema: string | null
  /** Entities in Cedar's JSON form; null where none are kept here. */
  readonly entities: string | null
}

/** What is declared of a domain that has a schema. */
export interface DomainSchema {
  readonly compiled: CompiledSchema
  readonly shapes: Shapes
}

/** What is known of the entities of a domain. */
export interface DomainEntities {
  /** As they were told, by key. */
  readonly told: ReadonlyMap<string, Entity>
  /** With all their ancestors, actions included. */
  readonly facts: ReadonlyMap<string, EntityFacts>
  /** Each that an entity, a policy or the schema names, by type; sorted by id. */
  readonly byType: ReadonlyMap<string, readonly EntityUid[]>
  /** Its actions by name. */
  readonly actions: ReadonlyMap<string, EntityUid>
}

/** The policies, schema and entities of an application of its own. `version` is the digest of all three. */
export interface Domain extends Policies {
  readonly name: string
  readonly schema: DomainSchema | null
  readonly entities: DomainEntities
  readonly words: PolicyWords
  /** What its permits name as the action: `everything`, or keys of actions and of groups of these. */
  readonly permitted: 'everything' | ReadonlySet<string>
}
