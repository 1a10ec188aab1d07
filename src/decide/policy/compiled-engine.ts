import type { SchemaJson } from '@cedar-policy/cedar-wasm/nodejs'
import { authorize } from '../cedar/authorize.ts'
import type { CompiledPolicy } from '../cedar/compile-policy.ts'
import { type CompiledSchema, compileSchema } from '../cedar/compile-schema.ts'
import { gatherEntities } from '../cedar/entities.ts'
import { indexPolicies, type ScopeIndex } from '../cedar/scope-index.ts'
import { type PolicyAnswer, type PolicyEngine, type PolicyRequest, unjudged } from './engine.ts'

/**
 * Makes an engine of our own over compiled policies. It holds each request against the schema first, as Cedar's own
 * does. What it costs follows the policies whose scope holds, not how many there are.
 */
export function createCompiledEngine(schema: SchemaJson<string>, policies: readonly CompiledPolicy[]): PolicyEngine {
  const compiled = compileSchema(schema)
  const index = indexPolicies(policies)
  return {
    decide: (request) => {
      try {
        return decide(compiled, index, request)
      } catch (error) {
        return refuse(error instanceof Error ? error.message : String(error))
      }
    },
  }
}

function decide(schema: CompiledSchema, index: ScopeIndex, request: PolicyRequest): PolicyAnswer {
  const fault = findFault(schema, request)
  if (fault !== undefined) return refuse(fault)
  const { principal, action, resource, context } = request
  const entities = gatherEntities(request.entities, schema.actions)
  const { decision, determining, faults } = authorize(index, { principal, action, resource, context, entities })
  return {
    allowed: decision === 'allow' && faults.length === 0,
    determining,
    errors: faults.map(({ id, message }) => `${id}: ${message}`),
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
