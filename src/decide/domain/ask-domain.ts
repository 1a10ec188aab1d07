import { LIMITS } from '../../ground/limits.ts'
import type { Entity } from '../cedar/entities.ts'
import { EvaluationFault } from '../cedar/values/evaluation-fault.ts'
import { readValue } from '../cedar/values/read-value.ts'
import { type CedarRecord, EntityUid, equalValues, readMember, type Value } from '../cedar/values/value.ts'
import type { PolicyRequest } from '../policy/engine.ts'
import type { EvaluationRequest } from '../requests.ts'
import type { Domain } from './domain.ts'
import { readMembers, type Shape } from './read/shapes.ts'

/** What a request cannot be judged for: a no with this reason, and never an error. */
export interface AskFault {
  readonly rule: 'domain:type' | 'domain:attribute'
  readonly sentence: string
}

/** A request in the words of a domain. */
export interface DomainQuestion {
  readonly request: PolicyRequest
  /** Kept attributes that the request says otherwise, as `subject.role`. */
  readonly overridden: readonly string[]
}

type Properties = Readonly<Record<string, unknown>>

/** What an open object of the request becomes: `shape` is what the schema declares, undefined where there is no schema. */
interface Open {
  readonly name: string
  readonly properties: Properties
  readonly shape: Shape | undefined
}

/**
 * Puts a request into the words of a domain. Kept attributes are merged with the properties of the request, and the
 * request wins; action properties stand in the context as `action`. Of a domain with a schema only what is declared is
 * read. Of one without, a value that Cedar has no form for (null, a fraction, a number beyond 53 bits) is left out where
 * no policy can read it by name, and is a fault where one might.
 */
export function askDomain(domain: Domain, asked: EvaluationRequest): DomainQuestion | AskFault {
  const { subject, action, resource } = asked
  const principal = new EntityUid(subject.type, subject.id.toWellFormed())
  const on = new EntityUid(resource.type, resource.id.toWellFormed())
  const by = domain.entities.actions.get(action.name) ?? new EntityUid('Action', action.name.toWellFormed())
  const unknown = [principal, on].find(({ type }) => !isTypeName(type) || isUndeclared(domain, type))
  if (unknown !== undefined)
    return {
      rule: 'domain:type',
      sentence: `The domain ${domain.name} knows no entities of the type ${quote(unknown.type)}.`,
    }
  try {
    const ofSubject = mergeEntity(domain, principal, 'subject', subject.properties)
    const ofResource = mergeEntity(domain, on, 'resource', resource.properties)
    const entities = principal.key === on.key ? joinSame(ofSubject, ofResource) : [ofSubject.entity, ofResource.entity]
    const context = readContext(domain, by, asked)
    return {
      request: {
        principal,
        action: by,
        resource: on,
        context,
        entities: entities.filter((each) => each !== undefined),
      },
      overridden: [...ofSubject.overridden, ...ofResource.overridden],
    }
  } catch (error) {
    if (!(error instanceof EvaluationFault)) throw error
    return { rule: 'domain:attribute', sentence: `The request cannot be judged: ${error.plain}.` }
  }
}

/** By which names a request said something of its subject and of its resource. */
export interface SaidNames {
  readonly subject: readonly string[]
  readonly resource: readonly string[]
}

/**
 * Puts a question that was kept into the words of a domain as it is now, or would be: what the request said stays said,
 * and all else of the subject, the resource and the action is as this domain keeps it.
 */
export function reaskDomain(domain: Domain, kept: PolicyRequest, said: SaidNames): PolicyRequest {
  const { principal, resource, action } = kept
  const reread = (uid: EntityUid, names: readonly string[]): readonly Entity[] => {
    const { attrs = {} } = kept.entities.find((each) => each.uid.key === uid.key) ?? {}
    const own = Object.entries(attrs).filter(([name]) => names.includes(name))
    return [mergeKept(domain, uid, Object.fromEntries(own))].filter((each) => each !== undefined)
  }
  const isOne = principal.key === resource.key
  const entities = isOne
    ? reread(principal, [...said.subject, ...said.resource])
    : [...reread(principal, said.subject), ...reread(resource, said.resource)]
  const by = domain.entities.actions.get(action.id) ?? new EntityUid('Action', action.id)
  return { ...kept, action: by, entities }
}

/** Names that Cedar's grammar keeps for itself. */
const RESERVED = /^(?:true|false|if|then|else|in|is|like|has|__cedar)$/
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

function isTypeName(type: string): boolean {
  return (
    type.length <= LIMITS.resourceCharsMax && type.split('::').every((part) => NAME.test(part) && !RESERVED.test(part))
  )
}

function isUndeclared({ schema }: Domain, type: string): boolean {
  return schema !== null && schema.shapes.ofEntity(type) === undefined
}

interface Merged {
  readonly entity: Entity | undefined
  readonly overridden: readonly string[]
}

function mergeEntity(domain: Domain, uid: EntityUid, name: string, properties: Properties): Merged {
  const kept = domain.entities.told.get(uid.key)
  const said = readOpen(domain, { name, properties, shape: domain.schema?.shapes.ofEntity(uid.type) })
  const names = Object.keys(said)
  if (names.length === 0) return { entity: kept, overridden: [] }
  const overridden = names.filter((each) => {
    const before = readMember(kept?.attrs ?? {}, each)
    return before !== undefined && !equalValues(before, said[each] as Value) // it is one of its names
  })
  return { entity: mergeKept(domain, uid, said), overridden: overridden.map((each) => `${name}.${each}`) }
}

/** Gives an entity as a domain keeps it, with what was said of it over that; undefined where there is neither. */
function mergeKept({ entities }: Domain, uid: EntityUid, said: CedarRecord): Entity | undefined {
  const kept = entities.told.get(uid.key)
  if (Object.keys(said).length === 0) return kept
  const attrs = { ...kept?.attrs, ...said }
  return { uid, attrs, parents: kept?.parents ?? [], ...(kept?.tags === undefined ? {} : { tags: kept.tags }) }
}

/** Subject and resource are one entity: what is said of it in both places must be the same. */
function joinSame({ entity: a }: Merged, { entity: b }: Merged): readonly (Entity | undefined)[] {
  if (a === undefined || b === undefined) return [a ?? b]
  if (!equalValues(a.attrs, b.attrs))
    throw new EvaluationFault('the subject and the resource are one entity, and its properties are told in two ways')
  return [a]
}

function readContext(domain: Domain, action: EntityUid, asked: EvaluationRequest): CedarRecord {
  const own = asked.action.properties
  const said: Properties =
    Object.keys(own).length === 0 ? withoutAction(asked.context) : { ...asked.context, action: own }
  return readOpen(domain, { name: 'context', properties: said, shape: domain.schema?.shapes.ofContext(action.key) })
}

/** `context.action` holds the action's properties: nothing else may pass for them. */
function withoutAction({ action: _action, ...context }: Properties): Properties {
  return context
}

function readOpen(domain: Domain, open: Open): CedarRecord {
  if (domain.schema !== null) return readDeclared(open)
  const { name, properties } = open
  const members: [string, Value][] = []
  for (const [member, json] of Object.entries(properties)) {
    try {
      members.push([member, readValue(json)])
    } catch (error) {
      if (!(error instanceof EvaluationFault)) throw error
      if (mayBeRead(domain, name, member)) throw new EvaluationFault(`${name}.${shorten(member)}: ${error.plain}`)
    }
  }
  return Object.fromEntries(members)
}

function readDeclared({ name, properties, shape = new Map() }: Open): CedarRecord {
  try {
    return readMembers(shape, properties)
  } catch (error) {
    if (!(error instanceof EvaluationFault)) throw error
    throw new EvaluationFault(`${name}.${error.plain}`)
  }
}

function mayBeRead({ words }: Domain, name: string, member: string): boolean {
  return words.texts.has(member) || (name === 'context' && words.readsWholeContext)
}

const quote = (text: string): string => JSON.stringify(shorten(text))
const shorten = (text: string): string => text.slice(0, LIMITS.nameCharsMax).toWellFormed()
