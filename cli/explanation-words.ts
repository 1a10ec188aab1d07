import type { Explanation } from '../sdk/explanation.ts'
import { quote } from '../sdk/quote.ts'

/** Writes the text of each rule that decided, under the place where it stood. */
export function writeRules({ rules = [] }: Explanation): string[] {
  return rules.flatMap(({ rule, text, file, line }) => {
    if (text === null) return []
    const place = file === null ? '' : `  ${quote.unlessWord(file)}:${line ?? 0}`
    return ['', `${quote.unlessWord(rule)}${place}`, ...text.split('\n').map((each) => `  ${quote.json(each)}`)]
  })
}

const UNTOLD = {
  'no-decision': null,
  law: 'No policy was asked: a law decided.',
  older: 'The entry does not tell what the policies were asked: an older Remit wrote it.',
  beside: 'What the policies were asked stood beside the entry, and is gone.',
  broken: 'What the policies were asked cannot be read out of the entry.',
} as const

/** Writes what the policies were asked: each question, and each entity with all that was told of it. */
export function writeAsked({ asked }: Explanation): string[] {
  if (asked === undefined) return []
  if (!asked.told) return UNTOLD[asked.because] === null ? [] : ['', UNTOLD[asked.because] ?? '']
  const facts = new Map<string, readonly string[]>()
  for (const { principal, action, resource, context, entities } of asked.questions) {
    const question = `${name(principal)} ${name(action)} ${name(resource)}`
    const around = write(Object.fromEntries(Object.entries(context).filter(([, value]) => !isOfChain(value))))
    const told = [...(around === '' ? [] : [around]), ...writeDone(entities)].map((each) => `  ${each}`)
    facts.set(question, [`The policies were asked about ${question}`, ...told])
    for (const { uid, attrs, tags, parents = [] } of entities.filter((each) => !isDone(each))) {
      const told = [write(attrs), writeTags(tags), writeParents(parents)].filter((part) => part !== '')
      if (told.length > 0)
        facts.set(name(uid) + write(attrs), [`They were told of ${name(uid)}`, `  ${told.join('; ')}`])
    }
  }
  return ['', ...[...facts.values()].flat()]
}

type Told = Extract<NonNullable<Explanation['asked']>, { told: true }>['questions'][number]['entities'][number]

const DONE = ['Remit::Counts', 'Remit::Moments']

/** True for what the chain has done before: of each question its own, as one resource of a call has seen what another has not. */
function isDone({ uid }: Told): boolean {
  return DONE.includes(uid.type)
}

/** True where a member of the context refers to that. */
function isOfChain(value: unknown): boolean {
  const { permitted } = (value ?? {}) as { readonly permitted?: { readonly __entity?: Partial<Uid> } }
  return permitted?.__entity?.type === 'Remit::Counts'
}

/** Writes what the chain had done before, and what of it to the resource, as far as policies look at it. */
function writeDone(entities: readonly Told[]): string[] {
  return [
    ['', 'done before'],
    ['here/', 'done before to this resource'],
  ].flatMap(([place = '', title = '']) => {
    const tagsOf = (id: string) => entities.find((each) => isDone(each) && each.uid.id === `${place}${id}`)?.tags
    const counts = tagsOf('permitted')
    if (counts === undefined) return []
    const acts = Object.keys(counts).map((act) => {
      const told = DONE_TOLD.flatMap(([id, words]) => {
        const value = (tagsOf(id) as Readonly<Record<string, unknown>> | undefined)?.[act]
        return value === undefined ? [] : [`${words} ${writeValue(value)}`]
      })
      return `${quote.unlessWord(act)} (${told.join(', ')})`
    })
    return [`${title}: ${acts.length === 0 ? 'nothing that policies look at' : acts.join('; ')}`]
  })
}

const DONE_TOLD = [
  ['permitted', 'permitted'],
  ['firstPermitted', 'first'],
  ['lastPermitted', 'last'],
  ['succeeded', 'succeeded'],
  ['lastSucceeded', 'last succeeded'],
] as const

interface Uid {
  readonly type: string
  readonly id: string
}

function name({ type, id }: Uid): string {
  return `${type.replace(/^Remit::/, '')}::${quote.text(id)}`
}

function write(record: object): string {
  return Object.entries(record)
    .map(([key, value]: [string, unknown]) => `${quote.unlessWord(key)}: ${writeValue(value)}`)
    .join(', ')
}

function writeTags(tags: object): string {
  return Object.keys(tags).length === 0 ? '' : `tags ${write(tags)}`
}

/** What it lies in: rules say `principal in …`. */
function writeParents(parents: readonly Uid[]): string {
  return parents.length === 0 ? '' : `in ${parents.map(name).join(', ')}`
}

/** A level by its name, a reference by its entity, a moment as a time, a record member by member, anything else as JSON. */
function writeValue(value: unknown): string {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const { name: level, rank, __entity: uid } = value as { name?: unknown; rank?: unknown; __entity?: unknown }
    if (typeof level === 'string' && typeof rank === 'number') return quote.unlessWord(level)
    if (isUid(uid)) return name(uid)
    const atMs = readMoment(value)
    if (atMs !== null) return new Date(atMs).toISOString()
    if (!('__extn' in value)) return `{${write(value)}}`
  }
  return quote.json(JSON.stringify(value) ?? 'null')
}

const MOMENT =
  /^\{"__extn":\{"fn":"offset","args":\[\{"__extn":\{"fn":"datetime","arg":"1970-01-01"\}\},\{"__extn":\{"fn":"duration","arg":"(\d{1,14})ms"\}\}\]\}\}$/

/** Reads a moment as policies are told it: so many milliseconds from 1970 on. */
function readMoment(value: object): number | null {
  const [, count] = MOMENT.exec(JSON.stringify(value)) ?? []
  return count === undefined ? null : Number(count)
}

function isUid(value: unknown): value is Uid {
  const { type, id } = (value ?? {}) as { readonly type?: unknown; readonly id?: unknown }
  return typeof type === 'string' && typeof id === 'string'
}
