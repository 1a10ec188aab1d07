import { checkParseEntities, type Entities } from '@cedar-policy/cedar-wasm/nodejs'
import { isDeeperThan } from '../../../ground/json-depth.ts'
import { LIMITS } from '../../../ground/limits.ts'
import type { Entity } from '../../cedar/entities.ts'
import { EvaluationFault } from '../../cedar/values/evaluation-fault.ts'
import { readUid, readValue } from '../../cedar/values/read-value.ts'
import type { CedarRecord, EntityUid } from '../../cedar/values/value.ts'
import { describeErrors, refuseDomain } from './policies.ts'
import { readMembers, type Shapes } from './shapes.ts'

interface JsonEntity {
  readonly uid: unknown
  readonly attrs: object
  readonly tags: object
  readonly parents: readonly unknown[]
}

/**
 * Reads entities in Cedar's JSON form. Cedar's own reader holds them against the schema, and refuses one that is told
 * twice or lies in itself; a parent that nobody tells of is refused here, since it is more often a slip of the pen than
 * a group that means something. Errors: `policies_invalid`.
 */
export function readEntities(text: string, schema: string | null, shapes: Shapes | null): readonly Entity[] {
  const list = parse(text)
  if (list.length > LIMITS.domainEntitiesMax)
    throw refuseDomain(`There are ${list.length} entities; a domain keeps at most ${LIMITS.domainEntitiesMax}.`)
  refuseManyAncestors(list)
  const answer = checkParseEntities({ entities: list as Entities, schema }) // Cedar says what is wrong with their form
  if (answer.type === 'failure') throw refuseDomain(`The entities cannot be read: ${describeErrors(answer.errors)}`)
  const entities = list.map((each) => readEntity(each, shapes))
  refuseMissingParents(entities)
  return entities
}

/**
 * Each entity lies in all that its parents lie in: what a short text says can come to more than memory holds, and deeper
 * than Cedar's reader can go. It is counted, step by step, before anybody works it out.
 */
function refuseManyAncestors(list: readonly unknown[]): void {
  const parentsOf = new Map(
    list.map((each) => {
      const { uid, parents = [] } = (each ?? {}) as Partial<JsonEntity> // anything else than these is refused by Cedar
      return [nameReference(uid), Array.isArray(parents) ? parents.map(nameReference) : []] as const
    }),
  )
  let left: number = LIMITS.domainAncestorsMax
  for (const start of parentsOf.keys()) {
    const seen = new Set([start])
    const open = [start]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const parents = parentsOf.get(next) ?? []
      left -= parents.length
      if (left < 0)
        throw refuseDomain(`The entities lie in more than ${LIMITS.domainAncestorsMax} others, counted one by one.`)
      for (const parent of parents) if (!seen.has(parent)) open.push(parent)
      for (const parent of parents) seen.add(parent)
    }
  }
}

/** Names what a reference refers to. Errors: `policies_invalid` for another form, which could name one thing in two ways. */
function nameReference(json: unknown): string {
  const told: unknown = typeof json === 'object' && json !== null && '__entity' in json ? json.__entity : json
  const { type, id } = (told ?? {}) as { readonly type?: unknown; readonly id?: unknown }
  if (typeof type === 'string' && typeof id === 'string') return JSON.stringify([type, id])
  throw refuseDomain('The entities cannot be read: one is not named by {"type": …, "id": …}.')
}

function parse(text: string): readonly unknown[] {
  if (isDeeperThan(text, LIMITS.jsonDepthMax)) throw refuseDomain('The entities are nested too deeply.')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw refuseDomain(`The entities are no JSON: ${cause instanceof Error ? cause.message : 'it does not parse'}.`)
  }
  if (!Array.isArray(json)) throw refuseDomain('The entities must be a list: [{"uid": …, "attrs": …, "parents": …}].')
  return json
}

function readEntity(json: unknown, shapes: Shapes | null): Entity {
  const { uid: told, attrs = {}, tags = {}, parents = [] } = (json ?? {}) as Partial<JsonEntity> // Cedar has read it
  const uid = readReference(told)
  try {
    const shape = shapes?.ofEntity(uid.type)
    return {
      uid,
      attrs: shape === undefined ? (readValue(attrs) as CedarRecord) : readMembers(shape, attrs),
      tags: readValue(tags) as CedarRecord, // what Cedar has read as an object is one
      parents: parents.map(readReference),
    }
  } catch (error) {
    if (!(error instanceof EvaluationFault)) throw error
    throw refuseDomain(`The entity ${name(uid)} cannot be read: ${error.message}.`)
  }
}

/** A reference stands by itself or inside of `__entity`. */
function readReference(json: unknown): EntityUid {
  return readUid(typeof json === 'object' && json !== null && '__entity' in json ? json.__entity : json)
}

function refuseMissingParents(entities: readonly Entity[]): void {
  const told = new Set(entities.map(({ uid }) => uid.key))
  for (const { uid, parents } of entities) {
    const missing = parents.find((parent) => !told.has(parent.key))
    if (missing !== undefined)
      throw refuseDomain(`The entity ${name(uid)} lies in ${name(missing)}, which is not among the entities.`)
  }
}

function name({ type, id }: EntityUid): string {
  return `${type}::${JSON.stringify(id)}`
}
