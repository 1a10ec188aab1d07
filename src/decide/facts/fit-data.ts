import { isPlain } from '../../contract/log/canonical-json.ts'
import type { Json, JsonObject } from '../../contract/log-entry.ts'
import { fitsInJson } from '../../ground/json-size.ts'
import { LIMITS } from '../../ground/limits.ts'

/** What a decision used, for the entry; shortened where it is long. */
export type UsedFacts = Readonly<Record<string, unknown>>

interface Room {
  readonly items: number
  readonly chars: number
}

/** What an entry usually holds. */
const USUAL_ROOM: Room = { items: 40, chars: 2_000 }

/** Cuts nothing that the laws leave room for. */
const UNCUT: Room = { items: 1_000, chars: 4_000 }

/** The one resource of a question, whole, or two of those of a call. */
const ONE: Room = { items: 2, chars: LIMITS.resourceCharsMax }

/** Where that takes too much: how much of what was done is told, and how much of all else, down to what nearly always fits. */
const NARROW_ROOMS: readonly (readonly [done: Room, rest: Room])[] = [
  [UNCUT, { items: 10, chars: 300 }],
  [UNCUT, { items: 3, chars: 100 }],
  [ONE, { items: 3, chars: 100 }],
]

/** What it is about stands in every entry, however long its reasons are: a permit that tells of no domain and no task breaks a law. */
const ABOUT: readonly string[] = ['domain', 'mapped', 'identityId', 'taskId']

/** What was done to what. Of an act that was counted its entry says later, to whoever tells how it ended, what it was done to. */
const DONE: readonly string[] = ['action', 'resources']

/** Gives the data of an entry, its lists and texts cut as far as it takes; what was cut says so. */
export function fitData(head: JsonObject, facts: UsedFacts): JsonObject {
  const usual = { ...shortenFacts(facts, USUAL_ROOM), ...head }
  if (fitsInJson(usual, LIMITS.decisionDataBytesMax)) return usual
  const about = tellUncut(pick(facts, (name) => ABOUT.includes(name)))
  const acts = pick(facts, (name) => DONE.includes(name))
  const others = pick(facts, (name) => !ABOUT.includes(name) && !DONE.includes(name))
  for (const [done, rest] of NARROW_ROOMS) {
    const data = { ...about, ...shortenFacts(acts, done), ...shortenFacts(others, rest), ...head }
    if (fitsInJson(data, LIMITS.decisionDataBytesMax)) return data
  }
  return { ...about, ...shortenFacts(acts, ONE), ...head, cut: true }
}

function pick(facts: UsedFacts, isPicked: (name: string) => boolean): UsedFacts {
  return Object.fromEntries(Object.entries(facts).filter(([name]) => isPicked(name)))
}

function shortenFacts(facts: UsedFacts, room: Room): JsonObject {
  return shorten(facts, room, 0) as JsonObject // an object stays one
}

/** What auditors read out of an entry stands in it uncut; the laws bound its size. */
export function tellUncut(facts: UsedFacts = {}): JsonObject {
  return shortenFacts(facts, UNCUT)
}

const depthMax = 8

/** True where nothing of a value has to be cut, mended or left out. */
function isFit(value: unknown, room: Room, depth: number): boolean {
  if (typeof value === 'string') return value.length <= room.chars && value.isWellFormed()
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value === 'boolean' || value === null) return true
  if (typeof value !== 'object' || depth >= depthMax) return false
  if (Array.isArray(value)) return isFitList(value, room, depth)
  const members = value as UsedFacts
  const names = Object.keys(members)
  if (!isPlain(members) || names.length > room.items) return false
  return names.every((name) => isFit(name, room, depth) && isFit(members[name], room, depth + 1))
}

function isFitList(list: readonly unknown[], room: Room, depth: number): boolean {
  if (list.length > room.items) return false
  for (const item of list) if (!isFit(item, room, depth + 1)) return false // holes too
  return true
}

/** What fits goes in as it is: a part whose canonical text is kept is not written again. */
function shorten(value: unknown, room: Room, depth: number): Json {
  if (isFit(value, room, depth)) return value as Json // it is JSON
  if (typeof value === 'string') return shortenText(value, room.chars)
  if (typeof value !== 'object') return null
  if (depth >= depthMax) return '…'
  if (Array.isArray(value)) return shortenList(value, room, depth)
  return shortenMembers(value as UsedFacts, room, depth)
}

function shortenMembers(members: UsedFacts, room: Room, depth: number): Json {
  const kept: Record<string, Json> = Object.create(null) as Record<string, Json>
  let [count, more] = [0, 0]
  for (const [name, member] of Object.entries(members)) {
    if (member === undefined) continue
    if (++count > room.items) more += 1
    else kept[shortenText(name, room.chars)] = shorten(member, room, depth + 1)
  }
  if (more > 0) kept['more'] = more
  return kept
}

function shortenList(list: readonly unknown[], room: Room, depth: number): Json {
  const kept = list.slice(0, room.items).map((item) => shorten(item, room, depth + 1))
  return list.length > room.items ? [...kept, { more: list.length - room.items }] : kept
}

/** Cuts a text, and mends it: an entry is well-formed Unicode whatever was asked. */
export function shortenText(text: string, chars: number): string {
  return (text.length > chars ? `${text.slice(0, chars)}… (${text.length} characters)` : text).toWellFormed()
}
