import { checkParseEntities, type Entities } from '@cedar-policy/cedar-wasm/nodejs'
import { readJson } from '../../../contract/log/read-json.ts'
import type { PolicyNote } from '../../../contract/policy.ts'
import { isDeeperThan } from '../../../ground/json-depth.ts'
import { findTwice } from '../../../ground/json-names.ts'
import { LIMITS } from '../../../ground/limits.ts'
import type { Entity } from '../../cedar/entities.ts'
import { EvaluationFault } from '../../cedar/values/evaluation-fault.ts'
import { readReference, readValue } from '../../cedar/values/read-value.ts'
import type { CedarRecord, EntityUid } from '../../cedar/values/value.ts'
import { placeAt, placeItems } from '../../policy/trial/place-items.ts'
import { describeErrors } from './describe-errors.ts'
import { ENTITIES_FILE, faultAt } from './faults.ts'
import { readMembers, type Shapes } from './shapes.ts'

interface JsonEntity {
  readonly uid: unknown
  readonly attrs: object
  readonly tags: object
  readonly parents: readonly unknown[]
}

/** The entities of a domain as they are told, each in Cedar's JSON form, with all that is wrong with them. */
export interface ReadEntities {
  readonly list: readonly unknown[]
  readonly faults: readonly PolicyNote[]
}

/**
 * Reads entities in Cedar's JSON form. Cedar's own reader holds them against the schema, and refuses one that is told
 * twice or lies in itself; a parent that nobody tells of is refused here, since it is more often a slip of the pen than
 * a group that means something.
 */
export function readEntities(text: string, schema: string | null, shapes: Shapes | null): ReadEntities {
  const list = parse(text)
  if (!Array.isArray(list)) return { list: [], faults: [list as PolicyNote] } // `parse` gives either
  const whole = findFaultOfAll(list)
  if (whole !== null) return { list: [], faults: [placeFault(text, whole)] }
  const faults = findFaults(list, schema, shapes).slice(0, LIMITS.domainEntityFaultsMax)
  return { list, faults: faults.map((fault) => placeFault(text, fault)) }
}

/**
 * Finds what is read over in entities that can be read: a member that means nothing, as a misspelt one, and a name that stands
 * twice in one object, which other readers understand otherwise. What has been in force with such is read all the same.
 */
export function findReadOver(text: string): readonly PolicyNote[] {
  const list = parse(text)
  if (!Array.isArray(list)) return []
  const twice = findTwice(text)
  const faults = list.flatMap((json, item): Fault[] => {
    const strange = Object.keys((json ?? {}) as object).find((member) => !MEMBERS.includes(member))
    return strange === undefined ? [] : [{ item, sentence: `An entity says "${strange}", which means nothing here.` }]
  })
  if (twice !== null)
    faults.push({ item: twice.item, sentence: `An entity names "${twice.name}" twice in one object.` })
  return faults.slice(0, LIMITS.domainEntityFaultsMax).map((fault) => placeFault(text, fault))
}

const MEMBERS: readonly string[] = ['uid', 'attrs', 'tags', 'parents'] satisfies (keyof JsonEntity)[]

/** What is wrong with each, in their order; what can be said of values is said once Cedar takes their form. */
function findFaults(list: readonly unknown[], schema: string | null, shapes: Shapes | null): readonly Fault[] {
  const all = [...list.keys()]
  const refused = findRefused(list, all, schema)
  const orphans = findOrphans(list)
  if (refused.length === 0) return [...orphans, ...findUnreadable(list, shapes)].sort(compareItems)
  const twice = findToldTwice(list, schema)
  const told = new Set(twice.map(({ item }) => item))
  const others =
    twice.length === 0
      ? refused
      : findRefused(
          list,
          all.filter((item) => !told.has(item)),
          schema,
        )
  const wrong = new Set([...others, ...twice].map(({ item }) => item))
  return [...others, ...twice, ...orphans.filter(({ item }) => !wrong.has(item))].sort(compareItems)
}

/** What is wrong with all of them comes last. */
function compareItems(one: Fault, other: Fault): number {
  return (one.item ?? Number.MAX_SAFE_INTEGER) - (other.item ?? Number.MAX_SAFE_INTEGER)
}

/** What is wrong, and with which of them; null where it is all of them together. */
interface Fault {
  readonly item: number | null
  readonly sentence: string
}

function placeFault(text: string, { item, sentence }: Fault): PolicyNote {
  const place = item === null ? undefined : placeItems(ENTITIES_FILE, text, new Set([item])).get(item)
  return faultAt(place ?? { file: ENTITIES_FILE }, sentence)
}

/** What is found before anybody works out what the list comes to. */
function findFaultOfAll(list: readonly unknown[]): Fault | null {
  if (list.length > LIMITS.domainEntitiesMax)
    return {
      item: null,
      sentence: `There are ${list.length} entities; a domain keeps at most ${LIMITS.domainEntitiesMax}.`,
    }
  return findManyAncestors(list)
}

/** Cedar says what is wrong with their form, of one at a time: halves are read again until each that is refused is found. */
function findRefused(list: readonly unknown[], items: readonly number[], schema: string | null): readonly Fault[] {
  const faults: Fault[] = []
  const read = (from: number, to: number): void => {
    if (faults.length >= LIMITS.domainEntityFaultsMax) return
    const part = items.slice(from, to)
    const answer = checkParseEntities({ entities: part.map((item) => list[item]) as Entities, schema })
    if (answer.type === 'success') return
    const [before, middle] = [faults.length, Math.floor((from + to) / 2)]
    if (to - from > 1) {
      read(from, middle)
      read(middle, to)
    }
    if (faults.length > before) return
    const item = part.length === 1 ? (part[0] ?? null) : null
    const formless = item === null ? null : findFormless(list[item])
    const sentence = formless ?? `The entities cannot be read: ${describeErrors(answer.errors)}`
    faults.push({ item, sentence })
  }
  read(0, items.length)
  return faults
}

/** Says which value of an entity JSON has and Cedar has not, where Cedar says only that there is one; null where there is none. */
function findFormless(json: unknown): string | null {
  const { uid, attrs, tags } = json as Partial<JsonEntity>
  const found = sayFormless(attrs, 'attrs') ?? sayFormless(tags, 'tags')
  return found === null ? null : `The entity ${name(readReference(uid))} cannot be read: ${found}.`
}

function sayFormless(value: unknown, path: string): string | null {
  if (value === null) return `${path} is null, which Cedar does not know; leave it out`
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    return `${path} is ${value}, which is no whole number of at most 53 bits; a decimal is {"__extn": {"fn": "decimal", "arg": "1.5"}}`
  if (typeof value !== 'object') return null
  for (const [member, each] of Object.entries(value)) {
    const found = sayFormless(each, Array.isArray(value) ? `${path}[${member}]` : `${path}.${member}`)
    if (found !== null) return found
  }
  return null
}

/** Those that were told before in other words; Cedar says so only of all together, and takes the same words twice. */
function findToldTwice(list: readonly unknown[], schema: string | null): readonly Fault[] {
  const first = new Map<string | null, unknown>()
  const faults: Fault[] = []
  let asked = 0
  for (const [item, json] of list.entries()) {
    const uid = nameReference((json as JsonEntity).uid)
    const before = first.get(uid)
    if (before === undefined) first.set(uid, json)
    else if (asked++ < LIMITS.domainEntityFaultsMax && isRefusedWith(before, json, schema))
      faults.push({ item, sentence: `The entity ${name(readReference((json as JsonEntity).uid))} is told twice.` })
  }
  return faults
}

function isRefusedWith(before: unknown, json: unknown, schema: string | null): boolean {
  const isTaken = (entities: readonly unknown[]): boolean =>
    checkParseEntities({ entities: entities as Entities, schema }).type === 'success'
  return isTaken([json]) && !isTaken([before, json])
}

/** Parents that nobody tells of: one for each entity that has such. */
function findOrphans(list: readonly unknown[]): readonly Fault[] {
  const told = new Set(list.map((each) => nameReference((each as JsonEntity).uid)))
  return list.flatMap((json, item) => {
    const { uid, parents = [] } = json as Partial<JsonEntity>
    const missing = Array.isArray(parents)
      ? (parents as readonly unknown[]).find((each) => !told.has(nameReference(each)))
      : undefined
    if (missing === undefined) return []
    const sentence = `The entity ${name(readReference(uid))} lies in ${name(readReference(missing))}, which is not among the entities.`
    return [{ item, sentence }]
  })
}

/** What Cedar takes and we do not: values that JavaScript cannot hold. */
function findUnreadable(list: readonly unknown[], shapes: Shapes | null): readonly Fault[] {
  const faults: Fault[] = []
  for (const [item, json] of list.entries()) {
    if (faults.length >= LIMITS.domainEntityFaultsMax) break
    try {
      readEntity(json, shapes)
    } catch (error) {
      if (!(error instanceof EvaluationFault)) throw error
      const { uid } = json as JsonEntity
      faults.push({ item, sentence: `The entity ${name(readReference(uid))} cannot be read: ${error.message}.` })
    }
  }
  return faults
}

/**
 * Each entity lies in all that its parents lie in: what a short text says can come to more than memory holds, and deeper
 * than Cedar's reader can go. It is counted, step by step, before anybody works it out.
 */
function findManyAncestors(list: readonly unknown[]): Fault | null {
  const parentsOf = new Map<string, readonly string[]>()
  for (const [item, each] of list.entries()) {
    const { uid, parents = [] } = (each ?? {}) as Partial<JsonEntity> // anything else than these is refused by Cedar
    const [own, ...above] = [uid, ...(Array.isArray(parents) ? (parents as readonly unknown[]) : [])].map(nameReference)
    if (own === null || own === undefined || above.includes(null))
      return { item, sentence: 'The entities cannot be read: one is not named by {"type": …, "id": …}.' }
    parentsOf.set(own, above as string[]) // none of them is null
  }
  let left: number = LIMITS.domainAncestorsMax
  for (const start of parentsOf.keys()) {
    const seen = new Set([start])
    const open = [start]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const parents = parentsOf.get(next) ?? []
      left -= parents.length
      if (left < 0)
        return {
          item: null,
          sentence: `The entities lie in more than ${LIMITS.domainAncestorsMax} others, counted one by one.`,
        }
      for (const parent of parents) if (!seen.has(parent)) open.push(parent)
      for (const parent of parents) seen.add(parent)
    }
  }
  return null
}

/** Names what a reference refers to; null for another form, which could name one thing in two ways. */
function nameReference(json: unknown): string | null {
  const told: unknown = typeof json === 'object' && json !== null && '__entity' in json ? json.__entity : json
  const { type, id } = (told ?? {}) as { readonly type?: unknown; readonly id?: unknown }
  if (typeof type === 'string' && typeof id === 'string') return JSON.stringify([type, id])
  return null
}

/** Gives the list, or what is wrong. */
function parse(text: string): readonly unknown[] | PolicyNote {
  const about = { file: ENTITIES_FILE }
  if (isDeeperThan(text, LIMITS.jsonDepthMax)) return faultAt(about, 'The entities are nested too deeply.')
  try {
    const json: unknown = readJson(text)
    const isList = Array.isArray(json)
    return isList ? json : faultAt(about, 'The entities must be a list: [{"uid": …, "attrs": …, "parents": …}].')
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : 'it does not parse'
    const [, at] = /at position (\d+)/.exec(said) ?? []
    const place = at === undefined ? about : placeAt(ENTITIES_FILE, text, Number(at))
    return faultAt(place, `The entities are no JSON: ${said}.`, null, 'syntax')
  }
}

/** Reads one that Cedar has read. Errors: `EvaluationFault`. */
export function readEntity(json: unknown, shapes: Shapes | null): Entity {
  const { uid: told, attrs = {}, tags = {}, parents = [] } = (json ?? {}) as Partial<JsonEntity> // Cedar has read it
  const uid = readReference(told)
  const shape = shapes?.ofEntity(uid.type)
  return {
    uid,
    attrs: shape === undefined ? (readValue(attrs) as CedarRecord) : readMembers(shape, attrs),
    tags: readValue(tags) as CedarRecord, // what Cedar has read as an object is one
    parents: parents.map(readReference),
  }
}

function name({ type, id }: EntityUid): string {
  return `${type}::${JSON.stringify(id)}`
}
