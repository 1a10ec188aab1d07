import type { Caller } from '../../authenticate/caller.ts'
import type { Decision, Reason } from '../../contract/decision.ts'
import { LIMITS } from '../../ground/limits.ts'
import { shortenText, type UsedFacts } from '../facts/fit-data.ts'
import { deny, denyByPolicy, denyUnreadable, type Hearing, permit } from '../hearing.ts'
import { findSupported, listSupported, OBLIGATION_TYPES } from '../policy/obligation/known.ts'
import { tellObligations } from '../policy/refuse-by-policy.ts'
import { isSameDecision } from '../replay/redecide.ts'
import type { EvaluationRequest } from '../requests.ts'
import { answerDomain, type DomainAnswer, outcomeOf } from './answer-domain.ts'
import type { NamedDomain, ShelvedDomain } from './domain-shelf.ts'
import { denyAbsent, denyAsker, judgeAsker, tellLeave } from './judge-asker.ts'

/**
 * Decides an AuthZEN Access Evaluation by a domain of another application: by its policies, its entities and what the
 * request says, and by nothing that Remit knows of its own. No task is needed for the subject; whoever asks needs leave.
 * Null asks for the gateway itself. `own` is the hearing under Remit's own policies, which decide on that leave.
 */
export async function judgeDomain(
  own: Hearing<'evaluation'>,
  { name, shelved }: NamedDomain,
  request: EvaluationRequest,
  by: Caller | null,
): Promise<Decision<'evaluation'>> {
  const leave = by === null ? GATEWAY : await judgeAsker(own, by, name)
  const mapped = by === null ? { mapped: true } : {} // what the gateway asks is about a call, and no question of the agent
  const unversioned = { domain: name, facts: { domain: { name }, ...mapped, ...describeAsked(request) } }
  if ('refused' in leave) return denyAsker(own, leave.refused, unversioned)
  if (shelved === undefined) return denyAbsent(own, unversioned)
  const { domain, guards } = shelved
  const hearing: Hearing<'evaluation'> = { ...own, policies: domain, shadow: null, policyGuards: guards }
  const { answer, overridden } = answerDomain(domain, request)
  const facts = {
    domain: { name, version: domain.version },
    ...mapped,
    ...describeAsked(request),
    ...tellLeave(leave, name),
    ...(overridden.length === 0 ? {} : { overridden }),
    ...tellObserved(shelved, request, answer, own.noteError),
  }
  const supported = listSupported(request.context['supported_obligations'], OBLIGATION_TYPES)
  if (answer.is === 'no') return denyByPolicy(hearing, answer.verdict, facts)
  if (answer.is !== 'yes')
    return deny(hearing, {
      code: 'denied',
      reasons: [answer.reason],
      facts: { ...facts, ...('verdict' in answer ? tellObligations(answer.verdict, supported) : {}) },
      ask: { sentence: HOW_TO_ASK[answer.is] },
      ...('verdict' in answer
        ? { asked: answer.verdict.asked, obligations: findSupported(answer.verdict.obligations, supported) }
        : {}),
    })
  const { obligations, reasons } = answer.verdict
  return permit(hearing, {
    asked: answer.verdict.asked,
    obligations,
    grant: null,
    reasons: [sayLeave(by, name), ...reasons],
    facts: obligations.length === 0 ? facts : { ...facts, obligations },
    whole: { entitlements: leave.entitlements },
    changes: leave.guards,
  })
}

/** The gateway asks because the configuration says so. */
const GATEWAY = { guards: [], entitlements: [] }

function sayLeave(by: Caller | null, name: string): Reason {
  return by === null
    ? { rule: 'law:mapped', sentence: `The gateway asks the domain ${name} before it lets this go on.` }
    : { rule: 'law:asker', sentence: `Whoever asks may ask for decisions of the domain ${name}.` }
}

const HOW_TO_ASK: Readonly<Record<'untold' | 'unsupported', string>> = {
  untold: 'Ask in the words of the domain: its types of entities, and attributes of the types that it reads.',
  unsupported: 'Ask through an enforcement point that can carry it out.',
}

/** The no to one question of several that lacks what a question needs; who may not ask is told that and no more. */
export async function judgeUnreadable(
  own: Hearing<'evaluation'>,
  { name, shelved }: NamedDomain,
  sentence: string,
  by: Caller,
): Promise<Decision<'evaluation'>> {
  const leave = await judgeAsker(own, by, name)
  const unversioned = { domain: name, facts: { domain: { name } } }
  if ('refused' in leave) return denyAsker(own, leave.refused, unversioned)
  if (shelved === undefined) return denyAbsent(own, unversioned)
  const { domain } = shelved
  const hearing: Hearing<'evaluation'> = { ...own, policies: domain, shadow: null }
  return denyUnreadable(hearing, sentence, { domain: { name, version: domain.version } })
}

/** What the version that is only observed would have answered; nothing where that is the same, or none is. */
function tellObserved(
  { shadow }: ShelvedDomain,
  request: EvaluationRequest,
  answer: DomainAnswer,
  noteError: Hearing['noteError'],
): UsedFacts {
  if (shadow === undefined || shadow === null) return {}
  try {
    const after = outcomeOf(answerDomain(shadow, request).answer)
    if (isSameDecision(outcomeOf(answer), after)) return {}
    const code = after.code === null ? {} : { code: after.code }
    const rules = after.reasons.map(({ rule }) => rule)
    return { shadow: { version: shadow.version, outcome: after.outcome, ...code, rules } }
  } catch (error) {
    noteError(error)
    return { shadow: { version: shadow.version, failed: true } }
  }
}

/**
 * What the entry says of the question: who, what, on what, and by which names more was said. The values may be personal
 * data of another application, and the log forgets nothing: they stand beside it, as what the policies were asked.
 */
function describeAsked({ subject, action, resource, context }: EvaluationRequest): UsedFacts {
  const shorten = (text: string): string => shortenText(text, LIMITS.nameCharsMax)
  const supported = listSupported(context['supported_obligations'], OBLIGATION_TYPES)
  return {
    asked: {
      subject: { type: shorten(subject.type), id: shorten(subject.id) },
      action: shorten(action.name),
      resource: { type: shorten(resource.type), id: shorten(resource.id) },
      said: {
        subject: Object.keys(subject.properties),
        action: Object.keys(action.properties),
        resource: Object.keys(resource.properties),
        context: Object.keys(context),
      },
      ...(supported === null ? {} : { supported }),
    },
  }
}
