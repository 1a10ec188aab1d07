import type { SchemaJson } from '@cedar-policy/cedar-wasm/nodejs'
import { authorize } from '../cedar/authorize.ts'
import type { CompiledPolicy } from '../cedar/compile-policy.ts'
import { type CompiledSchema, compileSchema } from '../cedar/compile-schema.ts'
import { gatherEntities } from '../cedar/entities.ts'
import { indexPolicies } from '../cedar/scope-index.ts'
import type { EntityLookup } from '../cedar/situation.ts'
import { type PolicyAnswer, type PolicyEngine, type PolicyRequest, unjudged } from './engine.ts'

/** Makes an engine of our own over compiled policies, which knows what a request tells and nothing else. */
export function createCompiledEngine(schema: SchemaJson<string>, policies: readonly CompiledPolicy[]): PolicyEngine {
  const compiled = compileSchema(schema)
  return createEngineOver(policies, compiled, ({ entities }) => gatherEntities(entities, compiled.actions))
}

/**
 * Makes an engine of our own over compiled policies. Where there is a schema it holds each request against it first, as
 * Cedar's own does. `know` gives the entities of a request. What it costs follows the policies whose scope holds, not how
 * many there are.
 */
export function createEngineOver(
  policies: readonly CompiledPolicy[],
  schema: CompiledSchema | null,
  know: (request: PolicyRequest) => EntityLookup,
): PolicyEngine {
  const index = indexPolicies(policies)
  const decide = (request: PolicyRequest): PolicyAnswer => {
    const fault = schema === null ? undefined : findFault(schema, request)
    if (fault !== undefined) return refuse(fault)
    const { principal, action, resource, context } = request
    const situation = { principal, action, resource, context, entities: know(request) }
    const { decision, determining, faults } = authorize(index, situation)
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

function findFault(schema: CompiledSchema, request: PolicyRequest): string | undefined {
  const fault = schema.checkRequest(request)
  if (fault !== undefined) return fault
  for (const entity of request.entities) {
    const wrong = schema.checkEntity(entity)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function refuse(why: string): PolicyAnswer {
  return { allowed: false, determining: [], errors: [`${unjudged}: ${why}`] }
}
