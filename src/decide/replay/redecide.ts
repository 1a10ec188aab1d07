import type { DecisionKind, Reason } from '../../contract/decision.ts'
import type { JsonObject } from '../../contract/log-entry.ts'
import type { ToldEntity, ToldQuestion, ToldQuestions } from '../../contract/question.ts'
import { isMembers } from '../../contract/read-entry.ts'
import { textIn, textsIn } from '../../contract/told/data.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
import type { Entity } from '../cedar/entities.ts'
import { readUid, readValue } from '../cedar/values/read-value.ts'
import type { CedarRecord, Value } from '../cedar/values/value.ts'
import {
  type Asked,
  askPolicies,
  explainNo,
  type Judging,
  type PolicyVerdict,
  weighCall,
} from '../policy/ask-policies.ts'
import { type PolicyRequest, unjudged } from '../policy/engine.ts'
import { refuseObligation } from '../policy/obligation/own.ts'

/** A decision with all that it takes to make it again. */
export interface Remembered extends Pick<Asked, 'questions'> {
  readonly kind: DecisionKind
  /** The laws that asked for a person's approval, with what they said. */
  readonly needs: readonly Reason[]
  /** Whether a person's approval of exactly this was there; `unsought` where nobody had to look for one. */
  readonly approval: 'there' | 'missing' | 'unsought'
  /** What the enforcement point said that it can carry out; null where it said nothing of it. */
  readonly supported: readonly string[] | null
}

/** What the policies make of a decision. `code` is null for a permit. */
export interface Redecided {
  readonly outcome: 'permit' | 'denial'
  readonly code: string | null
  /** What the policies, and the laws that ask for an approval, had to say. */
  readonly reasons: readonly Reason[]
  /** What a permit asks of whoever lets it through, each in canonical form. */
  readonly obligations: readonly string[]
}

/**
 * Decides again by a policy set, from what was asked then. Laws were kept before any policy was asked, and are not
 * asked again; an approval that nobody had to look for counts as missing.
 */
export function redecide(policies: Judging, { kind, questions, needs, approval, supported }: Remembered): Redecided {
  const ask = (requests: readonly PolicyRequest[]): PolicyVerdict => askPolicies({ policies, shadow: null }, requests)
  const isAct = kind === 'call' || kind === 'evaluation'
  const weighed = isAct
    ? weighCall((approved) => ask(approved ? questions.map(approve) : questions), needs)
    : { verdict: ask(questions), needs } // a task that needs a person is given, and waits for one
  const { verdict } = weighed
  const no = { outcome: 'denial', obligations: [] } as const
  if (!verdict.allowed) return { ...no, ...explainNo(verdict) }
  const undone = refuseObligation(kind, verdict.obligations, supported)
  if (undone !== undefined) return { ...no, code: 'denied', reasons: [undone] }
  if (isAct && weighed.needs.length > 0 && approval !== 'there')
    return { ...no, code: 'approval_required', reasons: weighed.needs }
  const obligations = verdict.obligations.map((each) => canonicalJson(each))
  return { outcome: 'permit', code: null, reasons: [...weighed.needs, ...verdict.reasons], obligations }
}

/** The same question, as if a person had approved exactly this. */
function approve(question: PolicyRequest): PolicyRequest {
  return { ...question, context: { ...question.context, approved: true } }
}

/** What an entry says was decided, in the form in which it is decided again. */
export function readDecided(data: JsonObject): Redecided {
  const outcome = textIn(data, 'outcome') === 'permit' ? 'permit' : 'denial'
  const reasons = reasonsIn(data)
  // the first reason of a permit is the law that held before the policies were asked
  const told = data['obligations']
  const obligations =
    outcome === 'permit' && Array.isArray(told) ? told.map((each: unknown) => canonicalJson(each)) : []
  return {
    outcome,
    code: textIn(data, 'code'),
    reasons: outcome === 'permit' ? reasons.slice(1) : reasons,
    obligations,
  }
}

/** True where two decisions come to the same by the same rules and with the same obligations, whatever the rules say in words. */
export function isSameDecision(one: Redecided, other: Redecided): boolean {
  return (
    one.outcome === other.outcome &&
    one.code === other.code &&
    one.reasons.length === other.reasons.length &&
    one.reasons.every(({ rule }, at) => rule === other.reasons[at]?.rule) &&
    one.obligations.length === other.obligations.length &&
    one.obligations.every((each, at) => each === other.obligations[at])
  )
}

/** True where no policy was asked, because the question has not the form that the schema of the policies asks for. */
export function isUnasked({ code, reasons }: Redecided): boolean {
  return code === 'policy_error' && reasons.some(({ sentence }) => sentence.includes(unjudged))
}

/** Puts together what a decision was, from the data of its entry and what the policies were asked. */
export function remember(data: JsonObject, { questions, needs, approved }: Asked): Remembered {
  const said = new Map(reasonsIn(data).map((reason) => [reason.rule, reason]))
  return {
    kind: (textIn(data, 'decision') ?? 'evaluation') as DecisionKind, // an unknown kind is decided like an evaluation
    questions,
    needs: needs.map((rule) => said.get(rule) ?? { rule, sentence: '' }),
    supported: Array.isArray(data['supportedObligations']) ? textsIn(data, 'supportedObligations') : null,
    approval: approved ? 'there' : textIn(data, 'code') === 'approval_required' ? 'missing' : 'unsought',
  }
}

/** Reads what an entry tells of it into what policies can be asked. Errors: `EvaluationFault` for a value that is none. */
export function readAsked({ questions, needs, approved }: ToldQuestions): Asked {
  return { questions: questions.map(readQuestion), needs, approved }
}

function reasonsIn(data: JsonObject): readonly Reason[] {
  const reasons: unknown = data['reasons']
  return (Array.isArray(reasons) ? reasons : []).flatMap((each: unknown) => {
    const { rule, sentence } = isMembers(each) ? each : {}
    return typeof rule === 'string' && typeof sentence === 'string' ? [{ rule, sentence }] : []
  })
}

function readQuestion(told: ToldQuestion): PolicyRequest {
  return {
    principal: readUid(told.principal),
    action: readUid(told.action),
    resource: readUid(told.resource),
    context: readRecord(told.context),
    entities: told.entities.map(readEntity),
  }
}

function readEntity({ uid, attrs, parents, tags }: ToldEntity): Entity {
  return { uid: readUid(uid), attrs: readRecord(attrs), parents: parents.map(readUid), tags: readRecord(tags) }
}

function readRecord(json: JsonObject): CedarRecord {
  return Object.fromEntries(Object.entries(json).map(([name, value]): [string, Value] => [name, readValue(value)]))
}
