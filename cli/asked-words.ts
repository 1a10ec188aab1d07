import type { Approval } from '../sdk/nouns.ts'
import { quote } from '../sdk/quote.ts'
import { sayBinding } from './binding-words.ts'
import { writeTime } from './terminal.ts'

/** Facts that are ids by themselves: these are shown by name, and no text that only holds one. */
export const ID_FACTS: readonly string[] = ['identityId', 'owner', 'sponsor', 'onBehalfOf', 'fromOwner', 'askedBy']

/** Facts that many a question has none of: then they are left out. */
const ABSENT_FACTS: readonly string[] = ['onBehalfOf', 'ticket', 'vendor', 'warnings']

type Members = Readonly<Record<string, unknown>>

/** Says one item of a list as a sentence; null where it has another form than is known, and is shown as it is. */
type SayItem = (item: Members) => string | null

const SENTENCES: Readonly<Record<string, SayItem>> = {
  bindings: sayBinding,
  entitlements: sayEntitlement,
  replaces: sayReplaced,
  resources: sayResource,
  scope: (item) => grantsOf([item]),
}

/**
 * Writes a fact for the person who decides on it, in as many rows as it has items: a moment as a time, an id by name, one
 * plain word as it is, what an identity proves itself by and may ask for as sentences, and all else that others wrote as its
 * JSON, so that it is seen just as it is and ends where it ends.
 */
export function writeFact(
  name: string,
  value: unknown,
  nameOf: (id: string) => string,
): readonly (readonly [name: string, text: string])[] {
  if ((value === null || (Array.isArray(value) && value.length === 0)) && ABSENT_FACTS.includes(name)) return []
  if (typeof value === 'number' && name.endsWith('Ms')) return [[name.slice(0, -2), writeTime(value)]]
  if (typeof value === 'string' && ID_FACTS.includes(name)) return [[name, nameOf(value)]]
  if (typeof value === 'string') return [[name, quote.unlessWord(value)]]
  if (Array.isArray(value) && value.every((each) => typeof each === 'string'))
    return [[name, value.map(quote.unlessWord).join('; ')]]
  const say = Object.hasOwn(SENTENCES, name) ? SENTENCES[name] : undefined
  if (say !== undefined && Array.isArray(value) && value.length > 0)
    return value.map((item: unknown, at) => [at === 0 ? name : '', sayItem(say, item) ?? writeJson(name, item)])
  return [[name, (say === undefined ? null : sayItem(say, value)) ?? writeJson(name, value)]]
}

/** Says who put a question, or for which agents it was put, and who may not answer it, as it is theirs too. */
export function sayAskers(requestedBy: Approval['requestedBy'], nameOf: (id: string) => string): readonly string[] {
  const namesOf = (ids: readonly string[]): string => ids.map((id) => quote.unlessWord(nameOf(id))).join(' and ')
  const agents = requestedBy.filter((id) => id.startsWith('idn_'))
  const people = requestedBy.filter((id) => !id.startsWith('idn_'))
  if (agents.length === 0) return people.length === 0 ? [] : [`Asked by ${namesOf(people)}, who may not answer it.`]
  return [`Asked for ${namesOf(agents)}${people.length === 0 ? '' : `; ${namesOf(people)} may not answer it`}.`]
}

/** Says what people have answered to a question so far. */
export function sayVotes(votes: Approval['votes'], nameOf: (id: string) => string): readonly string[] {
  return votes.map(({ personId, seat, verdict, reason, atMs }) => {
    const said = verdict === 'approve' ? 'yes' : 'no'
    return `${quote.unlessWord(nameOf(personId))} said ${said} as ${seat}, ${writeTime(atMs)}: ${quote.text(reason)}`
  })
}

function sayItem(say: SayItem, item: unknown): string | null {
  return typeof item === 'object' && item !== null && !Array.isArray(item) ? say(item as Members) : null
}

function writeJson(name: string, value: unknown): string {
  // what a tool is called with is nobody's moment, whatever it is called
  const isOurs = name !== 'arguments'
  const json = JSON.stringify(value, (key, each: unknown) =>
    isOurs && key.endsWith('Ms') && typeof each === 'number' ? writeTime(each) : each,
  )
  return quote.json(json)
}

function sayReplaced({ bindingId, ...binding }: Members): string | null {
  const said = sayBinding(binding)
  return typeof bindingId !== 'string' || said === null ? null : `${quote.unlessWord(bindingId)}: ${said}`
}

function sayEntitlement(item: Members): string | null {
  const { scope, classes, ceiling, approval, approvers, counts, reason, endsMs, ...others } = item
  const [grants, counted] = [grantsOf(scope), counts === undefined ? '' : grantsOf(counts)]
  const kinds = Array.isArray(classes) && classes.every((each) => typeof each === 'string') ? classes.join(', ') : null
  if (!isEmpty(others) || grants === null || counted === null || kinds === null) return null
  if (typeof ceiling !== 'string' || typeof reason !== 'string' || typeof endsMs !== 'number') return null
  if (typeof approvers !== 'number' || (approval !== 'none' && approval !== 'each-call')) return null
  const people = approvers === 1 ? 'a person approves' : `${approvers} people approve`
  return [
    `${grants} to ${kinds}, data up to ${ceiling}`,
    approval === 'none' ? 'no call is asked about' : `${people} each call`,
    ...(counted === '' ? [] : [`counts ${counted}`]),
    `until ${writeTime(endsMs)}`,
    `because ${quote.text(reason)}`,
  ].join('; ')
}

function sayResource({ id, sensitivity, ...others }: Members): string | null {
  if (!isEmpty(others) || typeof id !== 'string' || typeof sensitivity !== 'string') return null
  return `${quote.unlessWord(id)} (${quote.unlessWord(sensitivity)})`
}

function isEmpty(others: object): boolean {
  return Object.keys(others).length === 0
}

function grantsOf(json: unknown): string | null {
  if (!Array.isArray(json)) return null
  const grants = json.map((each: unknown) => {
    const { action, resource, ...others } = (each ?? {}) as Members
    return typeof action === 'string' && typeof resource === 'string' && isEmpty(others)
      ? quote.unlessWord(`${action}@${resource}`)
      : null
  })
  return grants.includes(null) ? null : grants.join(', ')
}
