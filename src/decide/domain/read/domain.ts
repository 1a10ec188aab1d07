import { type SchemaJson, schemaToJson, schemaToJsonWithResolvedTypes, validate } from '@cedar-policy/cedar-wasm/nodejs'
import { isDomainName, type PolicyNote } from '../../../contract/policy.ts'
import { canonicalJson } from '../../../ground/canonical-json.ts'
import { digestText } from '../../../ground/digest.ts'
import { LIMITS } from '../../../ground/limits.ts'
import { compilePolicy } from '../../cedar/compile-policy.ts'
import { findWords, type PolicyWords } from '../../cedar/find-words.ts'
import { EvaluationFault } from '../../cedar/values/evaluation-fault.ts'
import { EntityUid } from '../../cedar/values/value.ts'
import { boundNotes } from '../../policy/check/bound-notes.ts'
import { findTooWide } from '../../policy/check/find-oddities.ts'
import { kindOfWarning, locateByte, noteOf } from '../../policy/check/locate.ts'
import { findNestingFault } from '../../policy/check/nesting.ts'
import type { ReadPolicy } from '../../policy/policy.ts'
import type { DomainTexts } from '../domain.ts'
import { describeErrors } from './describe-errors.ts'
import { findReadOver, readEntities } from './entities.ts'
import { ENTITIES_FILE, faultAt, refuseDomain, SCHEMA_FILE } from './faults.ts'
import { findUnguarded } from './find-unguarded.ts'
import { placeOf, readDomainPolicies, where } from './policies.ts'
import { findSchemaCost, findTypesFault } from './schema-cost.ts'
import { findShapes } from './shapes.ts'

/** A schema as it was written, and in Cedar's JSON form with its types resolved. */
export interface ReadSchema {
  readonly text: string
  readonly json: SchemaJson<string>
}

/**
 * A domain that was read and found right: all that it takes to make it, as data. What there may be many of is walked
 * through once, and may come from another thread a slice at a time.
 */
export interface ReadDomain {
  readonly name: string
  /** Hex SHA-256 over `text`. */
  readonly version: string
  readonly text: string
  readonly warnings: readonly PolicyNote[]
  readonly schema: ReadSchema | null
  readonly policies: Iterable<ReadPolicy>
  /** Each in Cedar's JSON form. */
  readonly entities: Iterable<unknown>
  /** Each that an entity, a policy or the schema names, sorted by id. */
  readonly named: Iterable<EntityUid>
  readonly words: PolicyWords
}

/**
 * Reads a domain out of its texts. With a schema everything is held against it, strictly; without one nothing is
 * declared, and policies ask with `has` before they read. What is new must say nothing that is read over. Slow: about 4 ms a
 * kilobyte. Errors: `policies_invalid` with all that is wrong as `faults`.
 */
export function readDomain(name: string, texts: DomainTexts, isNew = false): ReadDomain {
  refuseOutside(name, texts)
  const read = readDomainPolicies(texts.files)
  const { policies } = read
  const given = texts.schema === null ? null : readSchema(texts.schema, policies.length)
  const schema = given !== null && 'json' in given ? given : null
  const checked = schema === null ? { faults: [], warnings: [] } : checkPolicies(schema.text, policies)
  const shapes = schema === null ? null : findShapes(schema.json)
  const entities =
    texts.entities === null ? { list: [], faults: [] } : readEntities(texts.entities, schema?.text ?? null, shapes)
  const words = findWords(policies.map(({ json }) => json))
  const named = nameAll(entities.list, words, schema)
  const faults = [
    ...read.faults,
    ...policies.flatMap(findUncompiled),
    ...(given !== null && !('json' in given) ? [given] : []),
    ...checked.faults,
    ...entities.faults,
    ...(isNew && texts.entities !== null ? findReadOver(texts.entities) : []),
    ...findTwins(named),
  ]
  if (faults.length > 0) throw refuseDomain(name, faults)
  const text = canonicalJson({
    entities: texts.entities,
    places: Object.fromEntries(policies.map((policy) => [policy.id, where(policy)])),
    schema: texts.schema,
    texts: Object.fromEntries(policies.map((policy) => [policy.id, policy.text])),
  })
  const unguarded = schema === null ? findUnguarded(policies, nameKept(entities.list)) : []
  const warnings = boundNotes([...checked.warnings, ...findTooWide(policies), ...unguarded])
  return { name, version: digestText(text), text, warnings, schema, policies, entities: entities.list, named, words }
}

/** What is not even looked into. */
function refuseOutside(name: string, { files, schema, entities }: DomainTexts): void {
  const bytesOf = (text: string | null): number => Buffer.byteLength(text ?? '')
  const bytes = files.reduce((sum, file) => sum + bytesOf(file.text), bytesOf(schema))
  const rows: readonly (readonly [isWrong: boolean, about: { readonly file: string } | null, sentence: string])[] = [
    [
      !isDomainName(name),
      null,
      'A domain is named by 1 to 100 of a-z, 0-9, ., _, -, and not remit, which is the own one.',
    ],
    [
      bytes > LIMITS.policyBytesMax,
      null,
      `The policies and the schema have ${bytes} bytes; ${LIMITS.policyBytesMax} at most are taken.`,
    ],
    [
      bytesOf(entities) > LIMITS.domainEntitiesBytesMax,
      { file: ENTITIES_FILE },
      `The entities have ${bytesOf(entities)} bytes; ${LIMITS.domainEntitiesBytesMax} at most are taken.`,
    ],
  ]
  const faults = rows.flatMap(([isWrong, about, sentence]) => (isWrong ? [faultAt(about, sentence)] : []))
  if (faults.length > 0) throw refuseDomain(name, faults)
}

function readSchema(text: string, policies: number): ReadSchema | PolicyNote {
  const file = { file: SCHEMA_FILE }
  const nesting = findNestingFault(text, 'schema') ?? findTypesFault(text)
  if (nesting !== null) return faultAt(file, `The schema is not read: ${nesting}.`)
  const written = schemaToJson(text)
  const cost = written.type === 'failure' ? null : findSchemaCost(written.json, policies)
  if (cost !== null) return faultAt(file, `The schema is not read: ${cost}.`)
  const answer = written.type === 'failure' ? written : schemaToJsonWithResolvedTypes(text)
  if (answer.type === 'success') return { text, json: answer.json }
  const at = answer.errors[0]?.sourceLocations?.[0]?.start
  const about = at === undefined ? file : locateByte({ ...file, line: 1, column: 1 }, text, at)
  return faultAt(about, `The schema does not parse: ${describeErrors(answer.errors)}`, null, 'syntax')
}

function checkPolicies(schema: string, policies: readonly ReadPolicy[]) {
  const staticPolicies = Object.fromEntries(policies.map(({ id, text }) => [id, text]))
  const answer = validate({ schema, policies: { staticPolicies }, validationSettings: { mode: 'strict' } })
  if (answer.type === 'failure')
    return { faults: [faultAt(null, `The policies do not validate: ${describeErrors(answer.errors)}`)], warnings: [] }
  const byId = new Map(policies.map((policy) => [policy.id, policy]))
  const note = (kind: string, each: (typeof answer.validationErrors)[number]) => {
    const policy = byId.get(each.policyId)
    const start = policy === undefined ? { file: '', line: 0, column: 0 } : placeOf(policy)
    return noteOf(each.error, kind, start, policy?.text ?? '', each.policyId)
  }
  return {
    faults: answer.validationErrors.map((each) => note('validation', each)),
    warnings: answer.validationWarnings.map((each) => note(kindOfWarning(each.error), each)),
  }
}

/** Says what our own engine does not take of a policy that Cedar takes. */
function findUncompiled(policy: ReadPolicy): readonly PolicyNote[] {
  try {
    compilePolicy(policy.id, policy.json)
    return []
  } catch (error) {
    if (!(error instanceof EvaluationFault)) throw error
    return [faultAt(placeOf(policy), error.message, policy.id)]
  }
}

/** True for a reference to an action. */
export function isAction({ type }: Pick<EntityUid, 'type'>): boolean {
  return type === 'Action' || type.endsWith('::Action')
}

function nameAll(told: readonly unknown[], words: PolicyWords, schema: ReadSchema | null): readonly EntityUid[] {
  const uids = new Map<string, EntityUid>()
  const ofTold = told.map((each) => findUid(each))
  for (const uid of [...ofTold, ...words.uids, ...(schema === null ? [] : listDeclared(schema.json))])
    uids.set(uid.key, uid)
  return [...uids.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}

/** Reads the name of an entity that was read. */
function findUid(entity: unknown): EntityUid {
  const { uid } = entity as { readonly uid: Reference | { readonly __entity: Reference } }
  const { type, id } = '__entity' in uid ? uid.__entity : uid
  return new EntityUid(type, id.toWellFormed())
}

/** Gives by its key of what names each entity that was read is kept with. */
function nameKept(told: readonly unknown[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    told.map((each) => [findUid(each).key, Object.keys((each as { readonly attrs?: object }).attrs ?? {})] as const),
  )
}

interface Reference {
  readonly type: string
  readonly id: string
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

/** A request says an action by its name alone: two of one name cannot be told apart. */
function findTwins(named: readonly EntityUid[]): readonly PolicyNote[] {
  const byName = new Map<string, EntityUid>()
  return named.filter(isAction).flatMap((action) => {
    const other = byName.get(action.id)
    byName.set(action.id, action)
    const both = `${other?.type} and ${action.type} both have an action named ${JSON.stringify(action.id)}.`
    return other === undefined ? [] : [faultAt(null, both)]
  })
}
