import {
  type AuthorizationAnswer,
  type EntityJson,
  preparsePolicySet,
  preparseSchema,
  type StatefulAuthorizationCall,
  statefulIsAuthorized,
} from '@cedar-policy/cedar-wasm/nodejs'
import { RemitError } from '../../ground/errors.ts'
import type { Entity } from '../cedar/entities.ts'
import type { EntityUid } from '../cedar/values/value.ts'
import { writeRecord } from '../cedar/values/write-value.ts'
import type { PolicyAnswer, PolicyEngine, PolicyRequest } from './engine.ts'

/** The parsed forms live in the engine's memory under an id and cannot be removed, so that the ids are fixed. */
const PARSED = 'remit'

/** Which set stands under the fixed id now; another set parses its own again before it is asked. */
let parsed: object | undefined

/**
 * Makes Cedar's own engine over policies by id: the oracle that ours is held against. They must have been validated
 * against the schema before; `null` is no schema, and then nothing is held against one.
 */
export function createCedarEngine(schema: string | null, policies: Readonly<Record<string, string>>): PolicyEngine {
  const own = {}
  const prepare = (): void => {
    if (parsed === own) return
    parsed = undefined
    parse(schema, policies)
    parsed = own
  }
  prepare()
  return {
    decide: (request) => {
      try {
        prepare()
        return readAnswer(statefulIsAuthorized(writeCall(request, schema !== null)))
      } catch (error) {
        return { allowed: false, determining: [], errors: [`the engine failed: ${String(error)}`] }
      }
    },
  }
}

function parse(schema: string | null, policies: Readonly<Record<string, string>>): void {
  const answers = [
    ...(schema === null ? [] : [preparseSchema(PARSED, schema)]),
    preparsePolicySet(PARSED, { staticPolicies: { ...policies }, templates: {}, templateLinks: [] }),
  ]
  for (const answer of answers) {
    if (answer.type === 'success') continue
    throw new RemitError('config_invalid', {
      detail: `The policies do not parse: ${answer.errors.map((error) => error.message).join('; ')}`,
    })
  }
}

function writeCall(request: PolicyRequest, hasSchema: boolean): StatefulAuthorizationCall {
  return {
    principal: writeUid(request.principal),
    action: writeUid(request.action),
    resource: writeUid(request.resource),
    context: writeRecord(request.context),
    entities: request.entities.map(writeEntity),
    preparsedPolicySetId: PARSED,
    ...(hasSchema ? { preparsedSchemaName: PARSED, validateRequest: true } : {}),
  }
}

/** What it looks at of an entity, this engine does not tell. */
function writeEntity({ uid, attrs, parents, tags = {}, watch }: Entity): EntityJson {
  watch?.sawAll()
  return { uid: writeUid(uid), attrs: writeRecord(attrs), parents: parents.map(writeUid), tags: writeRecord(tags) }
}

function writeUid({ type, id }: EntityUid): { readonly type: string; readonly id: string } {
  return { type, id }
}

function readAnswer(answer: AuthorizationAnswer): PolicyAnswer {
  if (answer.type === 'failure') {
    return { allowed: false, determining: [], errors: answer.errors.map((error) => error.message) }
  }
  const { decision, diagnostics } = answer.response
  const errors = diagnostics.errors.map((row) => `${row.policyId}: ${row.error.message}`)
  return {
    allowed: decision === 'allow' && errors.length === 0,
    determining: [...diagnostics.reason].sort(),
    errors,
  }
}
