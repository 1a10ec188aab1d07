import {
  type AuthorizationAnswer,
  type EntityJson,
  preparsePolicySet,
  preparseSchema,
  type StatefulAuthorizationCall,
  statefulIsAuthorized,
} from '@cedar-policy/cedar-wasm/nodejs'
import { RemitError } from '../../ground/errors.ts'
import { finishAtOnce, type InTurns } from '../../ground/in-turns.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Entity } from '../cedar/entities.ts'
import type { EntityUid } from '../cedar/values/value.ts'
import { writeRecord } from '../cedar/values/write-value.ts'
import type { PolicyAnswer, PolicyEngine, PolicyRequest } from './engine.ts'

/**
 * The parsed forms live in the engine's memory under an id and cannot be removed: there are so many ids and no more, and
 * who needs one takes that which was used the longest ago.
 */
const slots = new Map<string, object>(
  Array.from({ length: LIMITS.policyOracleSlots }, (_, at) => [`remit-${at}`, {}] as const),
)

/** Schemas by the id under which they were parsed last. */
const schemas = new Map<string, string | null>(Array.from({ length: 8 }, (_, at) => [`remit-schema-${at}`, null]))

/**
 * Makes Cedar's own engine over policies by id: the oracle that ours is held against. They must have been validated
 * against the schema before; `null` is no schema, and then nothing is held against one.
 */
export function createCedarEngine(schema: string | null, policies: Readonly<Record<string, string>>): PolicyEngine {
  return finishAtOnce(cedarEngineInTurns(schema, policies))
}

/** A part of a set that is parsed by itself, and where it stands parsed. */
interface Chunk {
  readonly policies: Readonly<Record<string, string>>
  slot: string | null
}

/**
 * As `createCedarEngine`, a few policies a step. Each chunk is asked by itself: what any of them forbids is forbidden, and
 * what some permit and none forbids is permitted, as of one set.
 */
export function* cedarEngineInTurns(
  schema: string | null,
  policies: Readonly<Record<string, string>>,
): InTurns<PolicyEngine> {
  const chunks = cutPolicies(policies)
  yield
  if (schema !== null) prepareSchema(schema)
  yield
  for (const chunk of chunks) {
    prepareChunk(chunk)
    yield
  }
  const ask = (request: PolicyRequest): PolicyAnswer => {
    const call = writeCall(request, schema === null ? null : prepareSchema(schema))
    return joinAnswers(
      chunks.map((chunk) => readAnswer(statefulIsAuthorized({ ...call, preparsedPolicySetId: prepareChunk(chunk) }))),
    )
  }
  return {
    decide: (request) => {
      try {
        return ask(request)
      } catch (error) {
        return { allowed: false, determining: [], errors: [`the engine failed: ${String(error)}`] }
      }
    },
  }
}

/** Parsing takes as long as there is text: a part ends by how much it holds, too. */
function cutPolicies(policies: Readonly<Record<string, string>>): readonly Chunk[] {
  const parts: [id: string, text: string][][] = [[]]
  let chars = 0
  for (const policy of Object.entries(policies)) {
    const open = parts.at(-1) ?? []
    const isFull =
      open.length >= LIMITS.policyOracleChunk ||
      (open.length > 0 && chars + policy[1].length > LIMITS.policyOracleChunkChars)
    if (isFull) parts.push([policy])
    else open.push(policy)
    chars = isFull ? policy[1].length : chars + policy[1].length
  }
  return parts.map((part) => ({ policies: Object.fromEntries(part), slot: null }))
}

/** Parses a schema unless it is parsed; gives its id. */
function prepareSchema(schema: string): string {
  const known = [...schemas].find(([, text]) => text === schema)?.[0]
  const id = known ?? (schemas.keys().next().value as string) // there are eight
  schemas.delete(id)
  if (known === undefined) requireParsed(preparseSchema(id, schema))
  schemas.set(id, schema)
  return id
}

/** Parses a chunk unless it is parsed; gives its id. */
function prepareChunk(chunk: Chunk): string {
  const isParsed = chunk.slot !== null && slots.get(chunk.slot) === chunk
  const id = isParsed && chunk.slot !== null ? chunk.slot : (slots.keys().next().value as string) // there are many
  slots.delete(id)
  slots.set(id, {})
  if (!isParsed)
    requireParsed(preparsePolicySet(id, { staticPolicies: { ...chunk.policies }, templates: {}, templateLinks: [] }))
  slots.set(id, chunk)
  chunk.slot = id
  return id
}

function requireParsed(answer: ReturnType<typeof preparseSchema>): void {
  if (answer.type === 'success') return
  throw new RemitError('config_invalid', {
    detail: `The policies do not parse: ${answer.errors.map((error) => error.message).join('; ')}`,
  })
}

/** One that forbids counts before all that permit. */
function joinAnswers(answers: readonly CedarAnswer[]): PolicyAnswer {
  const errors = answers.flatMap((answer) => answer.errors)
  const permitting = answers.filter(({ isAllowed }) => isAllowed).flatMap(({ determining }) => determining)
  const forbidding = answers.filter(({ isAllowed }) => !isAllowed).flatMap(({ determining }) => determining)
  const isAllowed = permitting.length > 0 && forbidding.length === 0
  return {
    allowed: isAllowed && errors.length === 0,
    determining: [...(isAllowed ? permitting : forbidding)].sort(),
    errors,
  }
}

function writeCall(
  request: PolicyRequest,
  schemaId: string | null,
): Omit<StatefulAuthorizationCall, 'preparsedPolicySetId'> {
  return {
    principal: writeUid(request.principal),
    action: writeUid(request.action),
    resource: writeUid(request.resource),
    context: writeRecord(request.context),
    entities: request.entities.map(writeEntity),
    ...(schemaId === null ? {} : { preparsedSchemaName: schemaId, validateRequest: true }),
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

/** What Cedar says of one chunk. */
interface CedarAnswer {
  readonly isAllowed: boolean
  readonly determining: readonly string[]
  readonly errors: readonly string[]
}

function readAnswer(answer: AuthorizationAnswer): CedarAnswer {
  if (answer.type === 'failure') {
    return { isAllowed: false, determining: [], errors: answer.errors.map((error) => error.message) }
  }
  const { decision, diagnostics } = answer.response
  const errors = diagnostics.errors.map((row) => `${row.policyId}: ${row.error.message}`)
  return { isAllowed: decision === 'allow', determining: diagnostics.reason, errors }
}
