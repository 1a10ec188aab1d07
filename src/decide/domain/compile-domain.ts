import {
  policyToJson,
  type SchemaJson,
  schemaToJson,
  schemaToJsonWithResolvedTypes,
  validate,
} from '@cedar-policy/cedar-wasm/nodejs'
import { isDomainName, type PolicyNote } from '../../contract/policy.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
import { digestText } from '../../ground/digest.ts'
import { LIMITS } from '../../ground/limits.ts'
import { type CompiledPolicy, compilePolicy } from '../cedar/compile-policy.ts'
import { compileSchema } from '../cedar/compile-schema.ts'
import { type Entity, gatherEntities } from '../cedar/entities.ts'
import { findWords, type PolicyWords } from '../cedar/find-words.ts'
import { liftLongLiterals } from '../cedar/long-literals.ts'
import { EvaluationFault } from '../cedar/values/evaluation-fault.ts'
import { EntityUid } from '../cedar/values/value.ts'
import { createCedarEngine } from '../policy/cedar-engine.ts'
import { noteOf } from '../policy/check/locate.ts'
import { findNestingFault } from '../policy/check/nesting.ts'
import { createCheckedEngine } from '../policy/checked-engine.ts'
import type { ReportMismatch } from '../policy/load-policies.ts'
import type { ReadPolicy } from '../policy/policy.ts'
import type { Domain, DomainEntities, DomainSchema, DomainTexts } from './domain.ts'
import { createDomainEngine, tellReachable } from './domain-engine.ts'
import { readEntities } from './read/entities.ts'
import { describeErrors, readDomainPolicies, refuseDomain, where } from './read/policies.ts'
import { findSchemaCost, findTypesFault } from './read/schema-cost.ts'
import { findShapes } from './read/shapes.ts'

/**
 * Makes a domain out of its texts. With a schema everything is held against it, strictly; without one nothing is
 * declared, and policies ask with `has` before they read. Errors: `policies_invalid` saying what is wrong and where.
 */
export function compileDomain(name: string, texts: DomainTexts, report: ReportMismatch): Domain {
  if (!isDomainName(name))
    throw refuseDomain('A domain is named by 1 to 100 of a-z, 0-9, ., _, -, and not remit, which is the own one.')
  refuseLarge(texts)
  const policies = readDomainPolicies(texts.files)
  const byId = new Map(policies.map(({ json: _json, column: _column, body: _body, ...policy }) => [policy.id, policy]))
  const ofTexts = Object.fromEntries(policies.map(({ id, text }) => [id, text]))
  const json = texts.schema === null ? null : readSchema(texts.schema, policies.length)
  const warnings = texts.schema === null ? [] : checkPolicies(texts.schema, policies)
  const schema = json === null ? null : { compiled: compileSchema(json), shapes: findShapes(json) }
  const words = findWords(policies.map((policy) => policy.json))
  const told = texts.entities === null ? [] : readEntities(texts.entities, texts.schema, schema?.shapes ?? null)
  const entities = knowEntities(told, words, schema, json)
  const places = Object.fromEntries(policies.map((policy) => [policy.id, where(policy)]))
  const text = canonicalJson({ entities: texts.entities, places, schema: texts.schema, texts: ofTexts })
  const engine = createCheckedEngine(
    createDomainEngine(policies.map(compile), entities, schema),
    tellReachable(createCedarEngine(texts.schema, ofTexts), entities, words.uids),
    LIMITS.policyCheckEvery,
    report,
  )
  return { name, version: digestText(text), text, byId, engine, warnings, schema, entities, words, usesHistory: false }
}

function refuseLarge({ files, schema, entities }: DomainTexts): void {
  const bytesOf = (text: string | null): number => Buffer.byteLength(text ?? '')
  const bytes = files.reduce((sum, file) => sum + bytesOf(file.text), bytesOf(schema))
  if (bytes > LIMITS.policyBytesMax)
    throw refuseDomain(`The policies and the schema have ${bytes} bytes; ${LIMITS.policyBytesMax} at most are taken.`)
  if (bytesOf(entities) > LIMITS.domainEntitiesBytesMax)
    throw refuseDomain(
      `The entities have ${bytesOf(entities)} bytes; ${LIMITS.domainEntitiesBytesMax} at most are taken.`,
    )
}

function readSchema(text: string, policies: number): SchemaJson<string> {
  const nesting = findNestingFault(text, 'schema') ?? findTypesFault(text)
  if (nesting !== null) throw refuseDomain(`The schema is not read: ${nesting}.`)
  const written = schemaToJson(text)
  if (written.type === 'failure') throw refuseDomain(`The schema does not parse: ${describeErrors(written.errors)}`)
  const cost = findSchemaCost(written.json, policies)
  if (cost !== null) throw refuseDomain(`The schema is not read: ${cost}.`)
  const answer = schemaToJsonWithResolvedTypes(text)
  if (answer.type === 'failure') throw refuseDomain(`The schema does not parse: ${describeErrors(answer.errors)}`)
  return answer.json
}

function checkPolicies(schema: string, policies: readonly ReadPolicy[]): readonly PolicyNote[] {
  const staticPolicies = Object.fromEntries(policies.map(({ id, text }) => [id, text]))
  const answer = validate({ schema, policies: { staticPolicies }, validationSettings: { mode: 'strict' } })
  if (answer.type === 'failure') throw refuseDomain(`The policies do not validate: ${describeErrors(answer.errors)}`)
  const wrong = answer.validationErrors.map(({ policyId, error }) => {
    const policy = policies.find(({ id }) => id === policyId)
    return `${policy === undefined ? policyId : `${where(policy)} (${policyId})`}: ${describeErrors([error])}`
  })
  if (wrong.length > 0) throw refuseDomain(wrong.join('; '))
  return answer.validationWarnings.map(({ policyId, error }) => {
    const { file = '', line = 0, column = 0, text = '' } = policies.find(({ id }) => id === policyId) ?? {}
    return noteOf(error, 'odd', { file, line, column }, text, policyId)
  })
}

function compile(policy: ReadPolicy): CompiledPolicy {
  try {
    const answer = policyToJson(liftLongLiterals(policy.text))
    if (answer.type === 'failure') throw refuseDomain(`${where(policy)}: ${describeErrors(answer.errors)}`)
    return compilePolicy(policy.id, answer.json)
  } catch (error) {
    if (!(error instanceof EvaluationFault)) throw error
    throw refuseDomain(`${where(policy)}: ${error.message}`)
  }
}

const isAction = ({ type }: EntityUid): boolean => type === 'Action' || type.endsWith('::Action')

function knowEntities(
  told: readonly Entity[],
  words: PolicyWords,
  schema: DomainSchema | null,
  json: SchemaJson<string> | null,
): DomainEntities {
  const declared = schema?.compiled.actions
  const facts = gatherEntities(
    told.filter(({ uid }) => declared?.has(uid.key) !== true), // those of the schema are as the schema says
    declared,
  )
  const uids = new Map<string, EntityUid>()
  const named = [...told.map(({ uid }) => uid), ...words.uids, ...(json === null ? [] : listDeclared(json))]
  for (const uid of named) uids.set(uid.key, uid)
  const sorted = [...uids.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
  return {
    told: new Map(told.map((entity) => [entity.uid.key, entity])),
    facts,
    byType: Map.groupBy(
      sorted.filter((uid) => !isAction(uid)),
      ({ type }) => type,
    ),
    actions: nameActions(sorted.filter(isAction)),
  }
}

/** The actions and the enumerated entities of a schema. */
function listDeclared(json: SchemaJson<string>): readonly EntityUid[] {
  return Object.entries(json).flatMap(([namespace, { entityTypes, actions }]) => {
    const full = (type: string): string => (namespace === '' ? type : `${namespace}::${type}`)
    const listed = Object.entries(entityTypes).flatMap(([type, body]) =>
      'enum' in body ? body.enum.map((id) => new EntityUid(full(type), id)) : [],
    )
    return [...listed, ...Object.keys(actions).map((id) => new EntityUid(full('Action'), id))]
  })
}

/** A request says an action by its name alone. */
function nameActions(actions: readonly EntityUid[]): ReadonlyMap<string, EntityUid> {
  const byName = new Map<string, EntityUid>()
  for (const action of actions) {
    const other = byName.get(action.id)
    if (other !== undefined)
      throw refuseDomain(`${other.type} and ${action.type} both have an action named ${JSON.stringify(action.id)}.`)
    byName.set(action.id, action)
  }
  return byName
}
