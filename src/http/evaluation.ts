import type { AgentCaller, PersonCaller } from '../authenticate/caller.ts'
import { evaluate as evaluateFlow } from '../flow/evaluate.ts'
import { type BodyOf, type Context, Reply } from './route.ts'

/** AuthZEN 1.0 Access Evaluation: a no is an answer too, never an error. */
export async function evaluate({
  house,
  caller,
  body,
}: Context<BodyOf<'evaluation'>, PersonCaller | AgentCaller>): Promise<object> {
  const { fact, index } = await evaluateFlow(house, caller, body)
  const context = { reasons: fact.reasons, entry: index, policy: fact.policyVersion }
  if (fact.outcome === 'permit') return { decision: true, context: { ...context, obligations: fact.obligations } }
  return { decision: false, context: { ...context, code: fact.code, nearest: fact.nearest, ask: fact.ask } }
}

/** AuthZEN 1.0 section 9: where the decision point's addresses are. They stay where they are for as long as it runs. */
export async function decisionPoint({ house }: Context<null, null>): Promise<Reply> {
  const metadata = {
    policy_decision_point: house.publicUrl,
    access_evaluation_endpoint: `${house.publicUrl}/access/v1/evaluation`,
  }
  const headers = { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' }
  return new Reply(200, headers, JSON.stringify(metadata))
}
