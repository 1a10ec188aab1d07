import { finishAtOnce, type InTurns } from '../../ground/in-turns.ts'
import { LIMITS } from '../../ground/limits.ts'
import { type CompiledPolicy, compilePolicy } from '../cedar/compile-policy.ts'
import { compileSchema } from '../cedar/compile-schema.ts'
import { type Entity, findAncestors } from '../cedar/entities.ts'
import type { EntityFacts } from '../cedar/situation.ts'
import type { EntityUid } from '../cedar/values/value.ts'
import { cedarEngineInTurns } from '../policy/cedar-engine.ts'
import { createCheckedEngine } from '../policy/checked-engine.ts'
import type { ReportMismatch } from '../policy/load-policies.ts'
import type { Policy } from '../policy/policy.ts'
import type { Domain, DomainEntities, DomainSchema, DomainTexts } from './domain.ts'
import { createDomainEngine, tellReachable } from './domain-engine.ts'
import { isAction, type ReadDomain, type ReadSchema, readDomain } from './read/domain.ts'
import { readEntity } from './read/entities.ts'
import { findShapes } from './read/shapes.ts'

/** Makes a domain out of its texts, all of it at once: where little is to be done. Errors: those of `readDomain`. */
export function compileDomain(name: string, texts: DomainTexts, report: ReportMismatch): Domain {
  return finishAtOnce(assembleDomain(readDomain(name, texts), report))
}

/** Makes what decides out of a domain that was read, one policy or entity a step. */
export function* assembleDomain(read: ReadDomain, report: ReportMismatch): InTurns<Domain> {
  const { name, version, text, warnings, words } = read
  const byId = new Map<string, Policy>()
  const compiled: CompiledPolicy[] = []
  for (const { json, column: _column, body: _body, ...policy } of read.policies) {
    byId.set(policy.id, policy)
    compiled.push(compilePolicy(policy.id, json))
    yield
  }
  const permitted = findPermitted(compiled)
  const schema = read.schema === null ? null : knowSchema(read.schema)
  yield
  const entities = yield* knowEntities(read, schema)
  const texts = Object.fromEntries([...byId.values()].map((policy) => [policy.id, policy.text]))
  const own = createDomainEngine(compiled, entities, schema)
  yield
  const oracle = yield* cedarEngineInTurns(read.schema?.text ?? null, texts)
  const checked = tellReachable(oracle, entities, words.uids)
  const engine = createCheckedEngine(own, checked, LIMITS.policyCheckEvery, (mismatch) => report(mismatch, name))
  return {
    name,
    version,
    text,
    byId,
    engine,
    warnings,
    schema,
    entities,
    words,
    permitted,
    usesHistory: false,
    usesHere: false,
  }
}

function findPermitted(policies: readonly CompiledPolicy[]): Domain['permitted'] {
  const keys = new Set<string>()
  for (const { effect, action } of policies) {
    if (effect === 'forbid') continue
    if (action.asks === 'anything') return 'everything'
    if (action.asks === 'equals') keys.add(action.uid.key)
    if (action.asks === 'in') for (const group of action.groups) keys.add(group.key)
  }
  return keys
}

function knowSchema({ json }: ReadSchema): DomainSchema {
  return { compiled: compileSchema(json), shapes: findShapes(json) }
}

function* knowEntities(read: ReadDomain, schema: DomainSchema | null): InTurns<DomainEntities> {
  const told = new Map<string, Entity>()
  for (const json of read.entities) {
    const entity = readEntity(json, schema?.shapes ?? null)
    told.set(entity.uid.key, entity)
    yield
  }
  const facts = yield* gatherFacts(told, schema?.compiled.actions)
  const [byType, actions] = [new Map<string, EntityUid[]>(), new Map<string, EntityUid>()]
  for (const uid of read.named) {
    if (isAction(uid)) actions.set(uid.id, uid)
    else byType.set(uid.type, appendTo(byType.get(uid.type), uid))
    yield
  }
  return { told, facts, byType, actions }
}

/** Actions of the schema are as the schema says; that nothing lies in itself was seen when it was read. */
function* gatherFacts(
  told: ReadonlyMap<string, Entity>,
  declared: ReadonlyMap<string, EntityFacts> | undefined,
): InTurns<ReadonlyMap<string, EntityFacts>> {
  const facts = new Map<string, EntityFacts>(declared)
  const parentsOf = new Map<string, readonly EntityUid[]>()
  for (const [key, { parents }] of told) {
    if (declared?.has(key) !== true && parents.length > 0) parentsOf.set(key, parents)
    yield
  }
  for (const [key, { attrs, tags = {} }] of told) {
    if (declared?.has(key) !== true) facts.set(key, { attrs, tags, ancestors: findAncestors(key, parentsOf, facts) })
    yield
  }
  return facts
}

function appendTo<T>(list: T[] | undefined, item: T): T[] {
  if (list === undefined) return [item]
  list.push(item)
  return list
}
