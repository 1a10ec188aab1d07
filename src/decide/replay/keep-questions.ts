import type { Json, JsonObject } from '../../contract/log-entry.ts'
import {
  type Follows,
  firstPlaces,
  followFrom,
  followInContext,
  idFrom,
  type KeptQuestions,
  shortType,
} from '../../contract/question.ts'
import { isMembers } from '../../contract/read-entry.ts'
import { isList } from '../../contract/told/data.ts'
import { RemitError } from '../../ground/errors.ts'
import type { Entity } from '../cedar/entities.ts'
import {
  type CedarRecord,
  Datetime,
  Decimal,
  Duration,
  EntityUid,
  equalValues,
  IpAddress,
  isSet,
  type Value,
} from '../cedar/values/value.ts'
import { writeAddress, writeDecimal } from '../cedar/values/write-value.ts'
import type { Asked } from '../policy/ask-policies.ts'
import type { PolicyRequest } from '../policy/engine.ts'

/** What is written in; others are only read. */
const FORM = 2

/** Writes what the policies were asked in the form in which entries keep it, given the rest of what the entry says. */
export function keepQuestions({ questions, needs, approved }: Asked, atMs: number, data: JsonObject): KeptQuestions {
  const table = gatherTable(questions)
  const entities = table.entities.map((entity) => writeEntity(entity, table, data, atMs))
  const asked = table.rows.map((row) => writeQuestion(row, table, atMs))
  const held = needs.length === 0 ? {} : { needs: [...needs] }
  return { form: FORM, atMs, entities, asked, ...held, ...(approved ? { approved: true } : {}) }
}

/** True where the questions hold what the request said in its own words, or where it came from: both may be about a person. */
export function holdsPersonal(questions: readonly PolicyRequest[]): boolean {
  return questions.some(
    ({ context, entities }) =>
      Object.hasOwn(context, 'source') ||
      entities.some((entity) => !isOfChain(entity) && hasMembers(entity.tags ?? {})),
  )
}

/** What a chain has done is told in the names of tools and classes, and not in those of a request. */
function isOfChain({ uid }: Entity): boolean {
  return uid.type === 'Remit::Counts' || uid.type === 'Remit::Moments'
}

function hasMembers(record: object): boolean {
  for (const _name in record) return true
  return false
}

interface Table {
  readonly entities: readonly Entity[]
  /** The first place of an entity, by its key. */
  readonly placeOf: ReadonlyMap<string, number>
  readonly rows: readonly Row[]
}

/** A question, and where its entities stand. */
interface Row {
  readonly question: PolicyRequest
  readonly places: readonly number[]
}

/** Puts every entity into one list, each once; one that is told otherwise in another question stands there twice. */
function gatherTable(questions: readonly PolicyRequest[]): Table {
  const entities: Entity[] = []
  const placeOf = new Map<string, number>()
  const find = (entity: Entity): number => {
    const first = placeOf.get(entity.uid.key)
    if (first === undefined) placeOf.set(entity.uid.key, entities.length)
    else if (isToldAlike(entities[first] as Entity, entity)) return first // it was put there
    const place = first === undefined ? -1 : entities.findIndex((other) => isToldAlike(other, entity))
    return place === -1 ? entities.push(entity) - 1 : place
  }
  const rows = questions.map((question) => ({ question, places: question.entities.map(find) }))
  return { entities, placeOf, rows }
}

function isToldAlike(one: Entity, other: Entity): boolean {
  if (one === other) return true
  return (
    one.uid.key === other.uid.key &&
    equalValues(one.attrs, other.attrs) &&
    equalValues(one.parents, other.parents) &&
    equalValues(one.tags ?? {}, other.tags ?? {})
  )
}

function writeEntity({ uid, attrs, parents, tags = {} }: Entity, table: Table, data: JsonObject, atMs: number): Json {
  const type = shortType(uid.type)
  const own = writeOwn(attrs, followFrom(data, atMs, type, uid.id), table, uid.id)
  const id = idFrom(data, type) === uid.id ? 0 : uid.id
  if (hasMembers(tags)) return [type, id, own, writeAll(parents, table), writeRecord(tags, table)]
  if (parents.length > 0) return [type, id, own, writeAll(parents, table)]
  if (hasMembers(own)) return [type, id, own]
  return id === 0 ? [type] : [type, id]
}

/** Writes what does not follow, and null for what would follow and is not there; `ownId` is that of the entity whose it is. */
function writeOwn(record: CedarRecord, follows: Follows, table: Table, ownId: string | null): JsonObject {
  const own: [string, Json][] = []
  for (const name of Object.keys(record)) {
    const value = record[name] as Value // the name is one of its own
    const expected = Object.hasOwn(follows, name) ? follows[name] : undefined
    if (isPlainly(value, expected)) continue
    const written = writeAttribute(value, ownId, table)
    if (!isAlike(written, expected)) own.push([name, written])
  }
  for (const name of Object.keys(follows))
    if ((follows[name] ?? null) !== null && !Object.hasOwn(record, name)) own.push([name, null])
  return own.length === 0 ? nothing : Object.fromEntries(own) // whatever names they have
}

const nothing: JsonObject = {}

/** True where a value would be written as expected, as far as that is seen without writing it: most are. */
function isPlainly(value: Value, expected: Json | undefined): boolean {
  if (typeof value !== 'object') return value === expected
  return isList(expected) && isLevel(value) && value.name === expected[0] && value.rank === expected[1]
}

interface Level {
  readonly name: string
  readonly rank: number
}

/** True for the record of a name and its rank, and nothing else. */
function isLevel(value: Value & object): value is CedarRecord & Level {
  const { name, rank } = value as Partial<Level>
  return typeof name === 'string' && typeof rank === 'number' && Object.keys(value).length === 2
}

function writeQuestion({ question, places }: Row, table: Table, atMs: number): Json {
  const { principal, action, resource, context } = question
  const firsts = firstPlaces(places, (place) => shortType((table.entities[place] as Entity).uid.type)) // it was put there
  const told = writeOwn(context, followInContext(FORM, atMs, firsts), table, null)
  const act: Json = action.type === 'Remit::Action' ? action.id : [shortType(action.type), action.id]
  const row: Json[] = [writeValue(principal, table), act, writeValue(resource, table), told]
  const isWhole = places.length === table.entities.length && places.every((place, at) => place === at)
  return isWhole ? row : [...row, places]
}

function writeAll(values: readonly Value[], table: Table): readonly Json[] {
  return values.map((value) => writeValue(value, table))
}

/** A text that is the id of its entity needs no second telling. */
function writeAttribute(value: Value, ownId: string | null, table: Table): Json {
  return ownId !== null && value === ownId ? [] : writeValue(value, table)
}

function writeRecord(record: CedarRecord, table: Table): JsonObject {
  const names = Object.keys(record) // whatever they are
  return Object.fromEntries(names.map((name) => [name, writeValue(record[name] as Value, table)])) // each is its own
}

function writeValue(value: Value, table: Table): Json {
  if (typeof value === 'bigint') throw new RemitError('internal', { cause: new Error(`${value} has no place in JSON`) })
  if (typeof value !== 'object') return value
  if (isSet(value)) return ['set', value.map((item) => writeValue(item, table))]
  if (value instanceof EntityUid) {
    const place = table.placeOf.get(value.key)
    return place === undefined ? [shortType(value.type), value.id] : [place]
  }
  if (value instanceof Datetime) return ['datetime', String(value.ms), 0]
  if (value instanceof Duration) return ['duration', String(value.ms), 0]
  if (value instanceof Decimal) return ['decimal', writeDecimal(value.units), 0]
  if (value instanceof IpAddress) return ['ip', writeAddress(value), 0]
  return isLevel(value) ? [value.name, value.rank] : writeRecord(value, table)
}

/** Equality of kept values. */
function isAlike(one: Json, other: Json | undefined): boolean {
  if (one === other) return true
  if (isList(one))
    return isList(other) && one.length === other.length && one.every((each, at) => isAlike(each, other[at]))
  if (!isMembers(one) || !isMembers(other)) return false
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isAlike(one[name] as Json, other[name] as Json))
  )
}
