import { ACTION_CLASSES } from './action-class.ts'
import { readJson } from './log/read-json.ts'
import type { Json, JsonObject } from './log-entry.ts'
import { isMembers } from './read-entry.ts'
import { REACHES, TIERS } from './register/tier.ts'
import { SENSITIVITIES } from './sensitivity.ts'
import { isList, membersIn, textIn } from './told/data.ts'

/**
 * What the policies were asked, as the entry of a decision keeps it in `questions`: all that they saw, so that whoever
 * holds the entry and the text of a policy set can ask again. Each entity is told once; what follows from the rest of
 * the entry is left out (`followFrom`, `followInContext`). `beside`: the questions stand in a payload of this id, salted, because they
 * hold what a person may want erased or because they are too long; without the payload nobody can ask again.
 *
 * Values: a text, a whole number, a truth value and a record stand as in JSON. `[name, rank]` is the record of these two
 * members, `[type, id]` a reference to an entity, `[place]` one to an entity of the list, `[]` the id of the entity
 * itself, `['set', […]]` a set, and `[function, text, 0]` a value of an extension. Types of the namespace `Remit` are
 * named without it, any other with a colon before.
 */
export interface KeptQuestions {
  /** In form 1 no context says what was done to the resource (`here`); in form 2 each does that says a history. */
  readonly form: Form
  /** When it was decided, in milliseconds since 1970. */
  readonly atMs: number
  /** Type, id (0 where it follows), attributes (null where there is none that would follow), parents and tags. */
  readonly entities: readonly Json[]
  /** Principal, action, resource, what of its context does not follow, and the places of its entities if not of all. */
  readonly asked: readonly Json[]
  /** The laws that asked for a person's approval. */
  readonly needs?: readonly string[]
  /** A person had approved exactly this call, and it took that. */
  readonly approved?: true
}

const FORMS = [1, 2] as const
export type Form = (typeof FORMS)[number]

/** An entity, as Cedar's JSON form has it. */
export interface ToldEntity {
  readonly uid: ToldUid
  readonly attrs: JsonObject
  readonly parents: readonly ToldUid[]
  readonly tags: JsonObject
}

/** A reference to an entity, as Cedar's JSON form has it. */
export interface ToldUid {
  readonly type: string
  readonly id: string
}

/** One question in Cedar's own JSON form, so that Cedar's own tools can be asked it. */
export interface ToldQuestion {
  readonly principal: ToldUid
  readonly action: ToldUid
  readonly resource: ToldUid
  readonly context: JsonObject
  readonly entities: readonly ToldEntity[]
}

/** All that was asked for one decision. */
export interface ToldQuestions {
  readonly atMs: number
  readonly questions: readonly ToldQuestion[]
  readonly needs: readonly string[]
  readonly approved: boolean
}

/** Why an entry cannot tell what was asked: the policies were not asked, an older Remit wrote it, or it is broken. */
export type Untold = 'no-decision' | 'law' | 'older' | 'beside' | 'broken'

/** Gives the types that a kept value names without their namespace. */
export function shortType(type: string): string {
  return type.startsWith('Remit::') ? type.slice(7) : `:${type}`
}

function longType(short: string): string {
  return short.startsWith(':') ? short.slice(1) : `Remit::${short}`
}

const level = (ladder: readonly string[], name: Json | undefined): Json | undefined => {
  const rank = typeof name === 'string' ? ladder.indexOf(name) : -1
  return rank < 0 ? undefined : [name as string, rank]
}

/** Where an entry names the id of the one entity of a type. */
const IDS: Readonly<Record<string, (data: JsonObject) => Json | undefined>> = {
  Identity: (data) => data['identityId'],
  Task: (data) => data['taskId'],
  Tool: (data) => membersIn(data, 'action')['name'],
  Resource: (data) => {
    const [resource] = isList(data['resources']) ? data['resources'] : []
    return isMembers(resource) ? (resource as JsonObject)['id'] : undefined
  },
  Asked: () => 'request',
  Arguments: () => 'given',
  Numbers: () => 'given',
  Decimals: () => 'given',
  Lists: () => 'given',
}

/** Gives the id that an entity of this type has where the entry names only one. */
export function idFrom(data: JsonObject, type: string): string | undefined {
  const id = Object.hasOwn(IDS, type) ? IDS[type]?.(data) : undefined
  return typeof id === 'string' ? id : undefined
}

/** Kept values by the names of what follows; a pack may name them as it likes. What is null or undefined does not follow. */
export type Follows = Readonly<Record<string, Json | undefined>>

/**
 * Gives the attributes that an entity has where nothing else is told, as kept values. It is what an entry is shortened
 * by: changed, it would change what older entries say. Another dictionary is another `form`.
 */
export function followFrom(data: JsonObject, atMs: number, type: string, id: string): Follows {
  return (Object.hasOwn(FOLLOW, type) ? FOLLOW[type]?.(data, id, atMs) : undefined) ?? {}
}

type Follow = (data: JsonObject, id: string, atMs: number) => Follows

const FOLLOW: Readonly<Record<string, Follow>> = {
  Identity: (data, id) => {
    if (id !== data['identityId']) return {}
    const { name, kind, state, owner, tier, reach } = membersIn(data, 'identity')
    const purpose = membersIn(data, 'task')['purpose'] ?? data['purpose'] ?? membersIn(data, 'asked')['purpose']
    const levels = { tier: level(TIERS, tier), reach: level(REACHES, reach) }
    return { name, kind, state, owner, purpose, runtime: 'own', ...levels }
  },
  Task: (data, id, atMs) => {
    if (id !== data['taskId']) return {}
    const task = data['task'] === undefined ? data : membersIn(data, 'task')
    const { purpose, goal, ticket, ceiling, endsMs } = task
    return {
      identity: [0],
      purpose,
      goal,
      ticket,
      ceiling: level(SENSITIVITIES, ceiling),
      secondsLeft: typeof endsMs === 'number' ? Math.floor((endsMs - atMs) / 1000) : undefined,
      depth: 0,
      ...followLabels(data),
      ...followBudget(data),
    }
  },
  Tool: (data, id) => ({
    name: [],
    server: id.split('/', 1)[0],
    class: level(ACTION_CLASSES, membersIn(data, 'action')['class']),
    resultUntrusted: false,
  }),
  Resource: (data, id) => {
    const resources = isList(data['resources']) ? data['resources'] : []
    const found = resources.find((each) => isMembers(each) && each['id'] === id)
    return { name: [], sensitivity: level(SENSITIVITIES, isMembers(found) ? (found as JsonObject)['sensitivity'] : '') }
  },
  Audience: () => ({ name: [] }),
  Arguments: () => ({ whole: true }),
}

/** What a context refers to by the only entity of a type. */
const REFERENCES: readonly (readonly [name: string, type: string])[] = [
  ['task', 'Task'],
  ['tool', 'Tool'],
  ['asked', 'Asked'],
  ['arguments', 'Arguments'],
  ['numbers', 'Numbers'],
  ['decimals', 'Decimals'],
  ['lists', 'Lists'],
]

/** How a context refers to a history of which nothing is told, since no policy looks at it. */
const refer = (place: string): JsonObject => ({
  permitted: ['Counts', `${place}permitted`],
  succeeded: ['Counts', `${place}succeeded`],
  firstPermitted: ['Moments', `${place}firstPermitted`],
  lastPermitted: ['Moments', `${place}lastPermitted`],
  lastSucceeded: ['Moments', `${place}lastSucceeded`],
})
const HISTORY = refer('')
const HERE = refer('here/')

/** Gives what a context says where nothing else is told; `placeOf` has the first entity of the question of each type. */
export function followInContext(form: Form, atMs: number, placeOf: ReadonlyMap<string, number>): Follows {
  const follows: Record<string, Json> = { now: ['datetime', String(atMs), 0], environment: 'production' }
  if (placeOf.has('Tool')) follows['approved'] = false
  if (placeOf.has('Arguments') && !placeOf.has('Counts')) {
    follows['history'] = HISTORY
    if (form > 1) follows['here'] = HERE
  }
  for (const [name, type] of REFERENCES) {
    const place = placeOf.get(type)
    if (place !== undefined) follows[name] = [place]
  }
  return follows
}

function followLabels(data: JsonObject): Follows {
  const labels = membersIn(data, 'labels')
  const { confidentiality, integrity } = membersIn(labels, labels['remembered'] === undefined ? 'before' : 'remembered')
  return {
    confidentiality: level(SENSITIVITIES, confidentiality),
    untrusted: integrity === undefined ? undefined : integrity === 'untrusted',
  }
}

function followBudget(data: JsonObject): Follows {
  const budget = membersIn(data, 'budget')
  const follows = Object.create(null) as Record<string, Json | undefined> // whatever names they have
  for (const name of Object.keys(budget)) {
    const value = budget[name]
    if (!isList(value)) continue
    follows[name] = value[0]
    follows[`${name}Max`] = value[1]
  }
  return follows
}

/** Reads what the policies were asked out of the data of a decision; `beside` gives the text of the payload that it names. */
export function tellQuestions(data: JsonObject, beside: string | null = null): ToldQuestions | Untold {
  if (textIn(data, 'decision') === null) return 'no-decision'
  const kept = data['questions']
  if (kept === undefined) return isOfLaw(data) ? 'law' : 'older'
  if (!isMembers(kept)) return 'broken'
  if (kept['beside'] === undefined) return open(data, kept as JsonObject)
  return beside === null ? 'beside' : openText(data, beside)
}

/** Rules that decide before any policy is asked: a law, an error, and what is no question in the words of a domain. */
const BEFORE_POLICIES = /^(?:law|error):|^domain:(?:absent|type|attribute)$/

/** True where one of these decided, so that no policy was asked. */
function isOfLaw(data: JsonObject): boolean {
  const reasons = data['reasons']
  const [first] = isList(reasons) ? reasons : []
  const rule = isMembers(first) ? first['rule'] : undefined
  return textIn(data, 'outcome') === 'denial' && typeof rule === 'string' && BEFORE_POLICIES.test(rule) && !isHeld(data)
}

function isHeld(data: JsonObject): boolean {
  return textIn(data, 'code') === 'approval_required' && textIn(data, 'decision') === 'call'
}

function openText(data: JsonObject, text: string): ToldQuestions | Untold {
  try {
    const kept: unknown = readJson(text)
    return isMembers(kept) ? open(data, kept as JsonObject) : 'broken'
  } catch {
    return 'broken' // the one way a parser says that a text is not JSON
  }
}

/** Thrown and caught in this file alone: a kept question that does not have the form of one. */
class Broken extends Error {}

function open(data: JsonObject, kept: JsonObject): ToldQuestions | Untold {
  const { form, atMs, entities, asked, needs = [], approved = false } = kept
  if (!isForm(form) || typeof atMs !== 'number' || !isList(entities) || !isList(asked) || !isList(needs))
    return 'broken'
  try {
    const heads = entities.map((entity) => readHead(data, entity))
    const told = entities.map((entity, place) => readEntity({ data, form, atMs, heads }, entity, place))
    const questions = asked.map((row) => readQuestion({ data, form, atMs, heads }, told, row))
    return { atMs, questions, needs: needs.filter((each) => typeof each === 'string'), approved: approved === true }
  } catch (error) {
    if (error instanceof Broken) return 'broken'
    throw error
  }
}

function isForm(form: unknown): form is Form {
  return FORMS.some((known) => known === form)
}

interface Reading {
  readonly data: JsonObject
  readonly form: Form
  readonly atMs: number
  readonly heads: readonly ToldUid[]
}

function readHead(data: JsonObject, entity: Json): ToldUid {
  const [type, named] = isList(entity) ? entity : []
  if (typeof type !== 'string') throw new Broken()
  const id = named === 0 || named === undefined ? idFrom(data, type) : named
  if (typeof id !== 'string') throw new Broken()
  return { type: longType(type), id }
}

function readEntity(reading: Reading, entity: Json, place: number): ToldEntity {
  const [type, , own = {}, parents = [], tags = {}] = isList(entity) ? entity : []
  const uid = reading.heads[place]
  if (typeof type !== 'string' || uid === undefined || !isMembers(own) || !isMembers(tags) || !isList(parents))
    throw new Broken()
  const follows = followFrom(reading.data, reading.atMs, type, uid.id)
  const members = Object.entries(dropNulls({ ...follows, ...(own as JsonObject) }))
  return {
    uid,
    attrs: Object.fromEntries(members.map(([name, value]) => [name, readValue(reading, value, uid.id)])),
    parents: parents.map((each) => readReference(reading, each)),
    tags: readRecord(reading, tags as JsonObject),
  }
}

function readQuestion(reading: Reading, told: readonly ToldEntity[], row: Json): ToldQuestion {
  const [principal, action, resource, context, places] = isList(row) ? row : []
  if (principal === undefined || action === undefined || resource === undefined || !isMembers(context))
    throw new Broken()
  const used = isList(places) ? places.map(Number) : told.map((_, place) => place)
  const entities = used.flatMap((place) => told[place] ?? [])
  if (entities.length !== used.length) throw new Broken()
  const follows = followInContext(
    reading.form,
    reading.atMs,
    firstPlaces(used, (place) => shortType(told[place]?.uid.type ?? '')),
  )
  return {
    principal: readReference(reading, principal),
    action: typeof action === 'string' ? { type: 'Remit::Action', id: action } : readReference(reading, action),
    resource: readReference(reading, resource),
    context: readRecord(reading, dropNulls({ ...follows, ...(context as JsonObject) })),
    entities,
  }
}

/** Gives the first place of each type among those of a question. */
export function firstPlaces(places: readonly number[], typeAt: (place: number) => string): ReadonlyMap<string, number> {
  const firsts = new Map<string, number>()
  for (const place of places) {
    const type = typeAt(place)
    if (!firsts.has(type)) firsts.set(type, place)
  }
  return firsts
}

/** Null is no value of Cedar's: it says that there is none. */
function dropNulls(record: Follows): JsonObject {
  const told = Object.entries(record).filter((member): member is [string, Json] => (member[1] ?? null) !== null)
  return Object.fromEntries(told)
}

function readReference({ heads }: Reading, value: Json): ToldUid {
  const [type, id] = isList(value) ? value : [value]
  const uid = typeof type === 'number' ? heads[type] : undefined
  if (uid !== undefined) return uid
  if (typeof type !== 'string' || typeof id !== 'string') throw new Broken()
  return { type: longType(type), id }
}

function readRecord(reading: Reading, record: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, readValue(reading, value)]))
}

function readValue(reading: Reading, value: Json, ownId?: string): Json {
  if (isMembers(value)) return readRecord(reading, value as JsonObject)
  if (!isList(value)) return value
  const [first, second] = value
  if (value.length === 0 && ownId !== undefined) return ownId
  if (value.length === 3 && typeof first === 'string' && typeof second === 'string') return readExtension(first, second)
  if (typeof first === 'string' && typeof second === 'number') return { name: first, rank: second }
  if (first === 'set' && isList(second)) return second.map((item) => readValue(reading, item))
  return { __entity: { ...readReference(reading, value) } }
}

const call = (fn: string, arg: Json): Json => ({ __extn: { fn, arg } })

/** A moment may lie beyond what its own text can say, so it is read as a time from 1970. */
function readExtension(name: string, text: string): Json {
  if (name === 'duration') return call('duration', `${text}ms`)
  if (name !== 'datetime') return call(name, text)
  return { __extn: { fn: 'offset', args: [call('datetime', '1970-01-01'), call('duration', `${text}ms`)] } }
}
