import type { Change } from '../contract/change.ts'
import {
  type DecisionKind,
  type Denial,
  decisionData,
  type Grants,
  type Obligation,
  type Permit,
  type Reason,
  type WayToAsk,
} from '../contract/decision.ts'
import { isPlain } from '../contract/log/canonical-json.ts'
import type { Actor, EntryDraft, Json, JsonObject, Subject } from '../contract/log-entry.ts'
import type { Scope } from '../contract/scope.ts'
import type { TaskId } from '../contract/task.ts'
import { ERRORS } from '../ground/error-table.ts'
import type { ErrorCode } from '../ground/errors.ts'
import type { Ids } from '../ground/ids.ts'
import { fitsInJson } from '../ground/json-size.ts'
import { LIMITS } from '../ground/limits.ts'
import type { Surroundings } from './facts/surroundings.ts'
import type { Law } from './laws/law.ts'
import { type Asked, explainNo, type PolicyVerdict } from './policy/ask-policies.ts'
import type { Policies } from './policy/load-policies.ts'
import { tellAsked } from './replay/tell-asked.ts'
import { tellShadow } from './replay/tell-shadow.ts'
import type { DecideStore } from './store.ts'

/** One request being decided: when, by whom, and with what. */
export interface Hearing<K extends DecisionKind = DecisionKind> {
  readonly kind: K
  readonly atMs: number
  readonly surroundings: Surroundings
  readonly actor: Actor
  readonly subject: Subject
  /** Written with the decision whatever it is: the proof of the caller is seen. */
  readonly first: readonly Change[]
  readonly store: DecideStore
  readonly policies: Policies
  /** Asked beside these for what they would have decided; null where none is. They decide nothing. */
  readonly shadow: Policies | null
  /** Told of what failed without changing the answer. */
  readonly noteError: (error: unknown) => void
  /** Written with every permit: these policies are still the ones in force. */
  readonly policyGuards: readonly Change[]
  /** The number of the version of the policies that decides. */
  readonly publication: number
  readonly ids: Ids
  /** Of our tokens. */
  readonly issuer: string | undefined
}

/** What a decision used, for the entry; shortened where it is long. */
export type UsedFacts = Readonly<Record<string, unknown>>

/** Gives a yes whose entry and changes are complete. */
export function permit<K extends DecisionKind>(
  hearing: Hearing<K>,
  yes: {
    readonly grant: Grants[K]
    readonly reasons: readonly Reason[]
    readonly facts: UsedFacts
    readonly whole?: UsedFacts
    readonly changes: readonly Change[]
    readonly subject?: Subject
    /** What the policies were asked: without it nobody could decide again. */
    readonly asked: Asked
    readonly obligations?: readonly Obligation[]
  },
): Permit<K> {
  const decision = { outcome: 'permit', kind: hearing.kind, reasons: yes.reasons } as const
  const head = { ...decisionData(decision, {}), ...wholeOf(yes.whole) }
  const { entry, beside } = draftFact('decision.permit', hearing, { ...yes, head }, yes.subject)
  return {
    ...decision,
    grant: yes.grant,
    policyVersion: hearing.policies.version,
    obligations: yes.obligations ?? [],
    entry,
    changes: [...hearing.first, ...hearing.policyGuards, ...yes.changes, ...beside],
  }
}

/** What a no says. */
export interface No {
  readonly code: ErrorCode
  readonly reasons: readonly Reason[]
  readonly facts: UsedFacts
  readonly nearest?: Scope
  readonly ask: WayToAsk
  readonly changes?: readonly Change[]
  /** What the policies were asked; not given where they were not. */
  readonly asked?: Asked
  readonly obligations?: readonly Obligation[]
  readonly spent?: readonly TaskId[]
}

/** Gives a no whose entry and changes are complete; it never lacks a reason. */
export function deny<K extends DecisionKind>(hearing: Hearing<K>, no: No): Denial<K> {
  const reasons =
    no.reasons.length > 0
      ? no.reasons.map(fitReason)
      : [{ rule: `error:${no.code}`, sentence: ERRORS[no.code].sentence }]
  const decision = { outcome: 'denial', kind: hearing.kind, reasons } as const
  const nearest = no.nearest ?? []
  const head = decisionData(decision, { code: no.code })
  const facts = { ...no.facts, nearest, ask: no.ask }
  const { entry, beside } = draftFact('decision.denial', hearing, { head, facts, asked: no.asked })
  return {
    ...decision,
    code: no.code,
    policyVersion: hearing.policies.version,
    nearest,
    ask: no.ask,
    ...(no.obligations === undefined || no.obligations.length === 0 ? {} : { obligations: no.obligations }),
    ...(no.spent === undefined ? {} : { spent: no.spent }),
    entry,
    changes: [...hearing.first, ...(no.changes ?? []), ...beside],
  }
}

/** Gives the no to one question of several that lacks what a question needs; `sentence` says what. */
export function denyUnreadable(
  hearing: Hearing<'evaluation'>,
  sentence: string,
  facts: UsedFacts = {},
): Denial<'evaluation'> {
  return deny(hearing, {
    code: 'request_invalid',
    reasons: [{ rule: 'error:request_invalid', sentence }],
    facts,
    ask: { sentence: 'Send a subject, an action and a resource, here or as the default of all.' },
  })
}

function fitReason(reason: Reason): Reason {
  return { rule: reason.rule, sentence: shortenText(reason.sentence, LIMITS.textCharsMax) }
}

/** Gives the no of a law that does not hold. */
export function denyByLaw<K extends DecisionKind, F>(
  hearing: Hearing<K>,
  law: Law<F>,
  facts: F,
  used: UsedFacts,
  more: Pick<No, 'changes' | 'spent'> = {},
): Denial<K> {
  return deny(hearing, {
    ...more,
    code: law.code,
    reasons: [{ rule: law.rule, sentence: law.says(facts) }],
    facts: used,
    nearest: law.nearest?.(facts) ?? [],
    ask: { sentence: law.ask(facts) },
  })
}

/** Gives the no of the policies: an error counts before anything that was allowed or forbidden. */
export function denyByPolicy<K extends DecisionKind>(
  hearing: Hearing<K>,
  verdict: PolicyVerdict,
  used: UsedFacts,
  nearest: Scope = [],
): Denial<K> {
  const { code, reasons } = explainNo(verdict)
  const sentence =
    code === 'policy_error'
      ? 'The people who keep the policies must mend it.'
      : 'The people who keep the policies can change what they forbid.'
  return deny(hearing, { code, reasons, facts: used, nearest, ask: { sentence }, asked: verdict.asked })
}

/** The entry of a decision with what it changes. `asked` is what the policies were asked, if they were. */
function draftFact(
  kind: EntryDraft['kind'],
  hearing: Hearing,
  said: { readonly head: JsonObject; readonly facts: UsedFacts; readonly asked: Asked | undefined },
  subject = hearing.subject,
): { readonly entry: EntryDraft; readonly beside: readonly Change[] } {
  const fitted = fitData(said.head, said.facts)
  const { data, beside } =
    said.asked === undefined
      ? { data: fitted, beside: [] }
      : tellAsked(hearing, said.asked, addShadow(hearing, said.asked, fitted))
  return { entry: { kind, actor: hearing.actor, subject, data, policy: hearing.policies.version }, beside }
}

function addShadow({ shadow, noteError }: Hearing, asked: Asked, data: JsonObject): JsonObject {
  const told = shadow === null ? null : tellShadow(shadow, asked, data, noteError)
  return told === null ? data : { ...data, shadow: told }
}

/** What auditors read out of an entry stands in it uncut; the laws bound its size. */
function wholeOf(facts: UsedFacts = {}): JsonObject {
  return shorten(facts, { items: 1_000, chars: 4_000 }, 0) as JsonObject // an object stays one
}

interface Room {
  readonly items: number
  readonly chars: number
}

/** From what an entry usually holds to what always fits. */
const ROOMS: readonly Room[] = [
  { items: 40, chars: 2_000 },
  { items: 10, chars: 300 },
  { items: 3, chars: 100 },
]

/** Gives the data of an entry, its lists and texts cut as far as it takes; what was cut says so. */
export function fitData(head: JsonObject, facts: UsedFacts): JsonObject {
  for (const room of ROOMS) {
    const data = { ...(shorten(facts, room, 0) as JsonObject), ...head } // an object stays one
    if (fitsInJson(data, LIMITS.decisionDataBytesMax)) return data
  }
  return { ...head, cut: true }
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
  if (typeof value !== 'object' || value === null) return null
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
