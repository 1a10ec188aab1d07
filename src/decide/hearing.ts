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
import type { Actor, EntryDraft, JsonObject, Subject } from '../contract/log-entry.ts'
import type { Scope } from '../contract/scope.ts'
import type { TaskId } from '../contract/task.ts'
import { ERRORS } from '../ground/error-table.ts'
import type { ErrorCode } from '../ground/errors.ts'
import type { Ids } from '../ground/ids.ts'
import { LIMITS } from '../ground/limits.ts'
import { fitData, shortenText, tellUncut, type UsedFacts } from './facts/fit-data.ts'
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
  const decision = { outcome: 'permit', kind: hearing.kind, reasons: fitReasons(yes.reasons) } as const
  const head = { ...decisionData(decision, {}), ...tellUncut(yes.whole) }
  const { entry, beside } = draftFact('decision.permit', hearing, { ...yes, head }, yes.subject)
  return {
    ...decision,
    decidedMs: hearing.atMs,
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
    no.reasons.length > 0 ? fitReasons(no.reasons) : [{ rule: `error:${no.code}`, sentence: ERRORS[no.code].sentence }]
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

/** Where many policies decide that say much, each says less: a decision that fits into no entry would be none. */
function fitReasons(reasons: readonly Reason[]): readonly Reason[] {
  const charsTogether = reasons.reduce((sum, { sentence }) => sum + sentence.length, 0)
  const share = charsTogether > LIMITS.reasonsCharsMax ? Math.floor(LIMITS.reasonsCharsMax / reasons.length) : Infinity
  const charsMax = Math.min(LIMITS.textCharsMax, share)
  return reasons.map(({ rule, sentence }) => ({ rule, sentence: shortenText(sentence, charsMax) }))
}

/** Gives the no of a law that does not hold. */
export function denyByLaw<K extends DecisionKind, F>(
  hearing: Hearing<K>,
  law: Law<F>,
  facts: F,
  used: UsedFacts,
  more: Pick<No, 'changes' | 'spent' | 'nearest'> = {},
): Denial<K> {
  return deny(hearing, {
    nearest: law.nearest?.(facts) ?? [],
    ...more,
    code: law.code,
    reasons: [{ rule: law.rule, sentence: law.says(facts) }],
    facts: used,
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
