import { authorize } from '../cedar/authorize.ts'
import type { CompiledPolicy } from '../cedar/compile-policy.ts'
import type { Entity } from '../cedar/entities.ts'
import { indexPolicies } from '../cedar/scope-index.ts'
import type { EntityFacts } from '../cedar/situation.ts'
import { EntityUid, isRecord, isSet, type Value } from '../cedar/values/value.ts'
import type { PolicyEngine, PolicyRequest } from '../policy/engine.ts'
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
  const index = indexPolicies(policies)
  const decide = (request: PolicyRequest): ReturnType<PolicyEngine['decide']> => {
    const fault = schema === null ? undefined : findFault(schema, request)
    if (fault !== undefined) return refuse(fault)
    const own = new Map(request.entities.map((entity) => [entity.uid.key, withAncestors(entity, facts)]))
    const { principal, action, resource, context } = request
    const entities = { get: (key: string) => own.get(key) ?? facts.get(key) }
    const { decision, determining, faults } = authorize(index, { principal, action, resource, context, entities })
    return {
      allowed: decision === 'allow' && faults.length === 0,
      determining,
      errors: faults.map(({ id, message }) => `${id}: ${message}`),
    }
  }
  return {
    decide: (request) => {
      try {
        return decide(request)
      } catch (error) {
        return refuse(error instanceof Error ? error.message : String(error))
      }
    },
  }
}

function withAncestors({ uid, attrs, tags = {} }: Entity, facts: DomainEntities['facts']): EntityFacts {
  return { attrs, tags, ancestors: facts.get(uid.key)?.ancestors ?? none }
}

function findFault({ compiled }: DomainSchema, request: PolicyRequest): string | undefined {
  const fault = compiled.checkRequest(request)
  if (fault !== undefined) return fault
  for (const entity of request.entities) {
    const wrong = compiled.checkEntity(entity)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function refuse(why: string): ReturnType<PolicyEngine['decide']> {
  return { allowed: false, determining: [], errors: [`the request cannot be judged: ${why}`] }
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
