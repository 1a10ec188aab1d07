import type { AgentCaller } from '../../src/authenticate/caller.ts'
import type { Approval } from '../../src/contract/approval/approval.ts'
import type { Decision } from '../../src/contract/decision.ts'
import { bindQuestion } from '../../src/decide/approval/evaluated.ts'
import type { AccessWanted } from '../../src/decide/approval/hold-evaluation.ts'
import type { EvaluationRequest } from '../../src/decide/requests.ts'
import { World } from './world.ts'

/** A world with somebody in it whose every act a person approves. */
export interface Stage {
  readonly world: World
  readonly agent: AgentCaller
}

/** What of a question is other than usual. */
export type Asking = Partial<{ [Part in keyof EvaluationRequest]: Partial<EvaluationRequest[Part]> }>

/** A reader whose every act a person approves. */
export async function stage(): Promise<Stage> {
  const world = new World()
  world.change('entitlements', 'ent_reader', { approval: 'each-call' })
  return { world, agent: await world.start() }
}

/** Gives a question about the task of whoever acts. */
export const asking = ({ agent }: Stage, more: Asking = {}): EvaluationRequest => ({
  subject: { type: 'task', id: agent.task.id, properties: { department: 'sales' }, ...more.subject },
  action: { name: 'docs/read_text_file', properties: { amount: 5 }, ...more.action },
  resource: { type: 'docs', id: '/handbook/a.md', properties: { owner: 'x' }, ...more.resource },
  context: { place: 'here', ...more.context },
})

/** Gives how whoever acts asks people about a question. */
export const wantedBy = (
  { agent }: Stage,
  request: EvaluationRequest,
  more: Partial<AccessWanted> = {},
): AccessWanted => ({
  by: { kind: 'identity', id: agent.identity.id },
  keyDigest: null,
  bodyDigest: bindQuestion(request).binding, // as different as what is asked
  binding: bindQuestion(request).binding,
  evaluation: 7,
  justification: '',
  wish: {},
  ...more,
})

/** Asks for a decision. */
export const evaluate = (held: Stage, more: Asking = {}): Promise<Decision<'evaluation'>> =>
  held.world.decide.evaluation(asking(held, more), held.agent)

/** Asks people, and gives the question that they are put. */
export async function ask(held: Stage, more: Asking = {}, wanted: Partial<AccessWanted> = {}): Promise<Approval> {
  const request = asking(held, more)
  const decision = await held.world.decide.access(request, held.agent, wantedBy(held, request, wanted))
  const approval = held.world.rows.get('approvals', held.world.refuse(decision).ask?.approvalId ?? '')
  if (approval === undefined) throw new Error('nobody was asked')
  return approval
}
