import type { Reason } from '../../contract/decision.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
import { askWhole, explainNo, type PolicyVerdict } from '../policy/ask-policies.ts'
import type { PolicyRequest } from '../policy/engine.ts'
import { findUnsupported } from '../policy/obligation/known.ts'
import type { Redecided } from '../replay/redecide.ts'
import type { EvaluationRequest } from '../requests.ts'
import { askDomain } from './ask-domain.ts'
import type { Domain } from './domain.ts'

/** What a domain answers: `untold` where the question has no form in its words, `unsupported` for want of an obligation. */
export type DomainAnswer =
  | { readonly is: 'untold'; readonly reason: Reason }
  | { readonly is: 'unsupported'; readonly reason: Reason; readonly verdict: PolicyVerdict }
  | { readonly is: 'no'; readonly verdict: PolicyVerdict }
  | { readonly is: 'yes'; readonly verdict: PolicyVerdict }

/** Answers a request by a domain, and tells which kept attributes the request said otherwise. */
export function answerDomain(
  domain: Domain,
  request: EvaluationRequest,
): { readonly answer: DomainAnswer; readonly overridden: readonly string[] } {
  const asked = askDomain(domain, request)
  if ('rule' in asked) return { answer: { is: 'untold', reason: asked }, overridden: [] }
  const { supported_obligations: supported } = request.context
  return { answer: answerQuestion(domain, asked.request, supported), overridden: asked.overridden }
}

/** Answers a question in the words of a domain. `supported`: the types of obligations that whoever asks can carry out. */
export function answerQuestion(domain: Domain, question: PolicyRequest, supported: unknown): DomainAnswer {
  const whole = askWhole({ policies: domain }, [question])
  const verdict = { ...whole, asked: { ...whole.asked, isPersonal: true } as const }
  if (!verdict.allowed) return { is: 'no', verdict }
  const missing = findUnsupported(verdict.obligations, supported)
  if (missing === undefined) return { is: 'yes', verdict }
  const sentence = `It is permitted only with an obligation of the type ${missing}.`
  return { is: 'unsupported', reason: { rule: 'domain:obligation', sentence }, verdict }
}

/** Gives what an answer came to, in the form in which decisions are compared. */
export function outcomeOf(answer: DomainAnswer): Redecided {
  if (answer.is === 'yes') {
    const { reasons, obligations } = answer.verdict
    return { outcome: 'permit', code: null, reasons, obligations: obligations.map((each) => canonicalJson(each)) }
  }
  const no = { outcome: 'denial', obligations: [] } as const
  return answer.is === 'no'
    ? { ...no, ...explainNo(answer.verdict) }
    : { ...no, code: 'denied', reasons: [answer.reason] }
}
