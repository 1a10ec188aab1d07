import type { AgentCaller, PersonCaller } from '../authenticate/caller.ts'
import type { Decision } from '../contract/decision.ts'
import { isMembers } from '../contract/read-entry.ts'
import type { Question } from '../decide/requests.ts'
import { evaluateAll as evaluateAllFlow, evaluate as evaluateFlow } from '../flow/evaluate.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { sayFormFault } from '../ground/say-form-fault.ts'
import type { Recorded } from '../record/recorded.ts'
import { describeAccess } from './access-request.ts'
import { BODIES } from './input/bodies.ts'
import { describeIssues } from './input/read-body.ts'
import { describeOutcome } from './outcome.ts'
import type { BodyOf, Context } from './route.ts'

type Asker = PersonCaller | AgentCaller

/** AuthZEN 1.0 Access Evaluation: a no is an answer too, never an error. */
export async function evaluate(context: Context<BodyOf<'evaluation'>, Asker>): Promise<object> {
  const { house, caller, body, params } = context
  return writeDecision(context, await evaluateFlow(house, caller, body, params['domain']), body)
}

/** AuthZEN 1.0 Access Evaluations. What is wrong with one question is a no to that one alone. */
export async function evaluateAll(context: Context<BodyOf<'evaluations'>, Asker>): Promise<object> {
  const { house, caller, body, params } = context
  const { domain } = params
  const { evaluations, options, ...defaults } = body
  if (evaluations.length === 0)
    return writeDecision(
      context,
      await evaluateFlow(house, caller, BODIES.evaluation.parse(defaults), domain),
      defaults,
    ) // its form was checked
  refuseRepetition(defaults, evaluations.length)
  const questions = evaluations.map((each) => readQuestion({ ...defaults, ...each }))
  const answered = await evaluateAllFlow(house, caller, questions, {
    semantic: options.evaluations_semantic,
    domain,
  })
  return {
    evaluations: answered.map((each, at) => writeDecision(context, each, { ...defaults, ...evaluations[at] })),
  }
}

/** What is said once for all is kept with each: a short body must not come to a long record. Errors: `request_invalid`. */
function refuseRepetition(defaults: object, times: number): void {
  if (Buffer.byteLength(JSON.stringify(defaults)) * times > LIMITS.evaluationsBytesMax)
    throw new RemitError('request_invalid', {
      detail: `The defaults come to more than ${LIMITS.evaluationsBytesMax} bytes, counted with each evaluation.`,
    })
}

/** What a question says replaces the whole default of that name. */
function readQuestion(whole: object): Question {
  const checked = BODIES.evaluation.safeParse(whole, { error: sayFormFault })
  return checked.success ? checked.data : { fault: describeIssues(checked.error, 'the question') }
}

function writeDecision(
  { house, params }: Pick<Context, 'house' | 'params'>,
  recorded: Recorded<Decision<'evaluation'>>,
  asked: object,
): object {
  const { fact, index } = recorded
  const isShown = 'context' in asked && isMembers(asked.context) && Object.hasOwn(asked.context, 'approval')
  const access = params['domain'] === undefined ? describeAccess(house, recorded, isShown) : {}
  const { obligations = [] } = fact
  const more = obligations.length === 0 ? access : { ...access, obligations }
  const context = { reasons: fact.reasons, entry: index, policy: fact.policyVersion, ...more }
  if (fact.outcome === 'permit') return { decision: true, context: { ...context, ...describeOutcome(house, recorded) } }
  return { decision: false, context: { ...context, code: fact.code, nearest: fact.nearest, ask: fact.ask } }
}
