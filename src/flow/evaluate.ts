import type { AgentCaller, PersonCaller } from '../authenticate/caller.ts'
import type { Decision } from '../contract/decision.ts'
import type { EvaluationRequest } from '../decide/requests.ts'
import type { Recorded } from '../record/recorded.ts'
import { decideAndRecord } from './decision.ts'
import type { House } from './house.ts'

/** Answers an enforcement point (AuthZEN 1.0 Access Evaluation): the decision, after it is written. */
export async function evaluate(
  house: House,
  caller: AgentCaller | PersonCaller,
  request: EvaluationRequest,
): Promise<Recorded<Decision<'evaluation'>>> {
  return decideAndRecord(house, () => house.decide.evaluation(request, caller))
}
