import type { CompiledPolicy } from '../cedar/compile-policy.ts'
import type { Entity } from '../cedar/entities.ts'
import type { EntityFacts } from '../cedar/situation.ts'
import { EntityUid, isRecord, isSet, type Value } from '../cedar/values/value.ts'
import { createEngineOver } from '../policy/compiled-engine.ts'
import type { PolicyEngine } from '../policy/engine.ts'
import type { DomainEntities, DomainSchema } from './domain.ts'

const none: ReadonlySet<string> = new Set()

/**
 * Makes an engine of our own over the policies of a domain and the entities that it keeps. The few entities of a request
 * stand in the place of those that are kept; what they lie in stays as it is kept.
 */
export function createDomainEngine(
  policies: readonly CompiledPolicy[],
  { facts }: DomainEntities,
  schema: DomainSchema | null,
): PolicyEngine {
  return createEngineOver(policies, schema?.compiled ?? null, ({ entities }) => {
    const own = new Map(entities.map((entity) => [entity.uid.key, withAncestors(entity, facts)]))
    return { get: (key) => own.get(key) ?? facts.get(key) }
  })
}

function withAncestors({ uid, attrs, tags = {} }: Entity, facts: DomainEntities['facts']): EntityFacts {
  return { attrs, tags, ancestors: facts.get(uid.key)?.ancestors ?? none }
}

/** Lets an engine that knows nothing but its request judge by the kept entities too: it is told all that can be reached. */
export function tellReachable(
  engine: PolicyEngine,
  { told }: DomainEntities,
  named: readonly EntityUid[],
): PolicyEngine {
  return {
    decide: (request) => {
      const own = new Map(request.entities.map((entity) => [entity.uid.key, entity]))
      const reached = new Map<string, Entity>()
      const open: Value[] = [request.principal, request.action, request.resource, request.context, ...named]
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        if (!(next instanceof EntityUid)) {
          open.push(...partsOf(next))
          continue
        }
        const entity = own.get(next.key) ?? told.get(next.key)
        if (entity === undefined || reached.has(next.key)) continue
        reached.set(next.key, entity)
        open.push(...entity.parents, entity.attrs, entity.tags ?? {})
      }
      return engine.decide({ ...request, entities: [...reached.values()] })
    },
  }
}

function partsOf(value: Value): readonly Value[] {
  if (typeof value !== 'object') return []
  if (isSet(value)) return value
  return isRecord(value) ? Object.values(value) : []
}
