import type { AgentCaller, PersonCaller } from '../authenticate/caller.ts'
import type { Decision } from '../contract/decision.ts'
import type { Question } from '../decide/requests.ts'
import { evaluateAll as evaluateAllFlow, evaluate as evaluateFlow } from '../flow/evaluate.ts'
import type { Recorded } from '../record/recorded.ts'
import { BODIES } from './bodies.ts'
import { describeIssues } from './read-body.ts'
import type { BodyOf, Context } from './route.ts'

type Asker = PersonCaller | AgentCaller

/** AuthZEN 1.0 Access Evaluation: a no is an answer too, never an error. */
export async function evaluate(context: Context<BodyOf<'evaluation'>, Asker>): Promise<object> {
  const { house, caller, body, params } = context
  return writeDecision(await evaluateFlow(house, caller, body, params['domain']))
}

/** AuthZEN 1.0 Access Evaluations. What is wrong with one question is a no to that one alone. */
export async function evaluateAll(context: Context<BodyOf<'evaluations'>, Asker>): Promise<object> {
  const { house, caller, body, params } = context
  const { domain } = params
  const { evaluations, options, ...defaults } = body
  if (evaluations.length === 0)
    return writeDecision(await evaluateFlow(house, caller, BODIES.evaluation.parse(defaults), domain)) // its form was checked
  const questions = evaluations.map((each) => readQuestion({ ...defaults, ...each }))
  const answered = await evaluateAllFlow(house, caller, questions, {
    semantic: options.evaluations_semantic,
    domain,
  })
  return { evaluations: answered.map(writeDecision) }
}

/** What a question says replaces the whole default of that name. */
function readQuestion(whole: object): Question {
  const checked = BODIES.evaluation.safeParse(whole)
  return checked.success ? checked.data : { fault: describeIssues(checked.error, 'the question') }
}

function writeDecision({ fact, index }: Recorded<Decision<'evaluation'>>): object {
  const context = { reasons: fact.reasons, entry: index, policy: fact.policyVersion }
  if (fact.outcome === 'permit') {
    const obligations = fact.obligations.length === 0 ? {} : { obligations: fact.obligations }
    return { decision: true, context: { ...context, ...obligations } }
  }
  return { decision: false, context: { ...context, code: fact.code, nearest: fact.nearest, ask: fact.ask } }
}
