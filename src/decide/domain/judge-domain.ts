import type { Caller } from '../../authenticate/caller.ts'
import type { Decision } from '../../contract/decision.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { deny, denyByPolicy, type Hearing, permit, shortenText, type UsedFacts } from '../hearing.ts'
import { askWhole } from '../policy/ask-policies.ts'
import type { EvaluationRequest } from '../requests.ts'
import { askDomain } from './ask-domain.ts'
import type { Domain } from './domain.ts'
import type { ShelvedDomain } from './domain-shelf.ts'
import { denyAsker, judgeAsker } from './judge-asker.ts'
import { findUnsupported } from './obligations.ts'

/**
 * Decides an AuthZEN Access Evaluation by a domain of another application: by its policies, its entities and what the
 * request says, and by nothing that Remit knows of its own. No task is needed for the subject; whoever asks needs leave.
 * `own` is the hearing under Remit's own policies, which decide on that leave.
 */
export async function judgeDomain(
  own: Hearing<'evaluation'>,
  { domain, guards }: ShelvedDomain,
  request: EvaluationRequest,
  by: Caller,
): Promise<Decision<'evaluation'>> {
  const facts = describeAsked(domain, request)
  const leave = await judgeAsker(own, by, domain.name)
  if ('refused' in leave) return denyAsker(own, leave.refused, { domain: domain.name, facts })
  const hearing: Hearing<'evaluation'> = { ...own, policies: domain, shadow: null, policyGuards: guards }
  const asked = askDomain(domain, request)
  if ('rule' in asked)
    return deny(hearing, {
      code: 'denied',
      reasons: [asked],
      facts,
      ask: {
        sentence: 'Ask in the words of the domain: its types of entities, and attributes of the types that it reads.',
      },
    })
  const used = asked.overridden.length === 0 ? facts : { ...facts, overridden: asked.overridden }
  const whole = askWhole(hearing, [asked.request])
  const verdict = { ...whole, asked: { ...whole.asked, isPersonal: true } as const }
  if (!verdict.allowed) return denyByPolicy(hearing, verdict, used)
  const { obligations } = verdict
  const unsupported = findUnsupported(obligations, request.context)
  if (unsupported !== undefined)
    return deny(hearing, {
      code: 'denied',
      reasons: [
        { rule: 'domain:obligation', sentence: `It is permitted only with an obligation of the type ${unsupported}.` },
      ],
      facts: used,
      ask: { sentence: 'Ask through an enforcement point that can carry it out.' },
      asked: verdict.asked,
    })
  return permit(hearing, {
    asked: verdict.asked,
    obligations,
    grant: null,
    reasons: [
      { rule: 'law:asker', sentence: `Whoever asks may ask for decisions of the domain ${domain.name}.` },
      ...verdict.reasons,
    ],
    facts: obligations.length === 0 ? used : { ...used, obligations },
    whole: { entitlements: leave.entitlements },
    changes: leave.guards,
  })
}

/**
 * What the entry says of the question: who, what, on what, and by which names more was said. The values may be personal
 * data of another application, and the log forgets nothing: they stand beside it, as what the policies were asked.
 */
function describeAsked(
  { name, version }: Domain,
  { subject, action, resource, context }: EvaluationRequest,
): UsedFacts {
  const shorten = (text: string): string => shortenText(text, LIMITS.nameCharsMax)
  return {
    domain: { name, version },
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
    },
  }
}

/** Gives the domain of this name. Errors: `not_found`. */
export function requireDomain(shelved: ShelvedDomain | undefined): ShelvedDomain {
  if (shelved === undefined) throw new RemitError('not_found', { detail: 'There is no domain of this name here.' })
  return shelved
}
