import { expect } from 'vitest'
import type { AgentCaller, Caller } from '../../src/authenticate/caller.ts'
import type { Decision } from '../../src/contract/decision.ts'
import { createDecide, type Decide } from '../../src/decide/decide.ts'
import type { Policies } from '../../src/decide/policy/load-policies.ts'
import type { EvaluationRequest } from '../../src/decide/requests.ts'
import type { DecideStore } from '../../src/decide/store.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { createIds } from '../../src/ground/ids.ts'
import { addPolicies } from './policies-with.ts'
import { delegationRequest, reader, startMs, taskRequest, World, writer, writerRequest } from './world.ts'

/** A world with a task, one with a helper below it, one that may ask about others, and somebody who asks with and without a memory. */
export interface RecallStage {
  readonly world: World
  readonly agents: readonly AgentCaller[]
  readonly remembering: Decide
  readonly plain: Decide
  /** How often policies were asked. */
  readonly counted: { asked: number }
  /** Has something happen while whoever remembers is asked: after so many reads, or not at all where there are fewer. */
  readonly race: (ask: () => Promise<unknown>, after: number, happen: () => void) => Promise<void>
}

const shipped = addPolicies('')
const leave = { action: 'read', resource: 'domain:remit' }

export async function setRecallStage(): Promise<RecallStage> {
  const world = new World()
  world.classify({ pattern: 'domain:*', sensitivity: 'internal' })
  world.change('entitlements', 'ent_writer', { scope: [leave, { action: '*', resource: 'docs:/*' }] })
  const plainly = { action: 'read', resource: 'docs:/handbook/*' }
  world.change('entitlements', 'ent_reader', { scope: [{ action: '*', resource: 'docs:/*' }] })
  const alone = await world.start(reader.id, { ...taskRequest, scope: [plainly, ...taskRequest.scope] })
  const above = await world.start(writer.id, { ...writerRequest, scope: [leave, ...writerRequest.scope] })
  world.nowMs += 321
  const handed = world.take(await world.decide.delegation(above, delegationRequest))
  const below = await world.enter(handed.grant, reader.id)
  const parts = {
    domains: world.domains,
    clock: { ...systemClock, nowMs: () => world.nowMs },
    ids: createIds(() => startMs),
  }
  let racing: { readsLeft: number; readonly happen: () => void } | null = null
  const read = async (ask: Promise<unknown>): Promise<unknown> => {
    const answer = await ask
    if (racing !== null && racing.readsLeft-- === 0) racing.happen()
    return answer
  }
  const { moves, standingMoves, ...reads } = world.store
  const watched = Object.entries(reads).map(([name, ask]) => [
    name,
    (...asked: readonly unknown[]) => read((ask as (...asked: readonly unknown[]) => Promise<unknown>)(...asked)),
  ])
  const store = { moves, standingMoves, ...Object.fromEntries(watched) } as DecideStore // each read under its own name
  const stage: RecallStage = {
    world,
    agents: [alone, above, below],
    remembering: createDecide({ ...parts, store, policies: world.shelf }),
    plain: createDecide({
      ...parts,
      store: { ...world.store, moves: () => null, standingMoves: () => null },
      policies: world.shelf,
    }),
    counted: { asked: 0 },
    race: async (ask, after, happen) => {
      racing = { readsLeft: after, happen }
      await ask()
      racing = null
    },
  }
  putPolicies(stage, shipped)
  return stage
}

/** Puts a set in force, of which it is counted how often it is asked, and another in shadow. */
export function putPolicies({ world, counted }: RecallStage, set: Policies, shadow: Policies | null = null): void {
  const decide: Policies['engine']['decide'] = (request) => {
    counted.asked += 1
    return set.engine.decide(request)
  }
  world.shelf.put({ enforced: { ...set, engine: { ...set.engine, decide } }, shadow, guards: [] })
}

/** Parts of a question that are other than usual. */
export type More = { readonly [K in keyof EvaluationRequest]?: Partial<EvaluationRequest[K]> }

/** A question about the first task. */
export const writeQuestion = ({ agents }: RecallStage, more: More = {}): EvaluationRequest => ({
  subject: { type: 'task', id: agents[0]?.task.id ?? '', properties: {}, ...more.subject },
  action: { name: 'docs/read_text_file', properties: {}, ...more.action },
  resource: { type: 'docs', id: '/handbook/a.md', properties: {}, ...more.resource },
  context: more.context ?? {},
})

/** The agent of a task as it stands now; the first, where no other is named. */
export function agentOf({ world, agents }: RecallStage, at = 0): AgentCaller {
  const agent = agents[at]
  if (agent === undefined) throw new Error('there is no agent')
  return world.agent(agent.task, agent.credential)
}

/** A policy that forbids to read under a condition. */
export function forbid(condition: string): string {
  return `@id("acme:own") @sentence("No.") forbid (principal, action == Remit::Action::"read", resource) when { ${condition} };`
}

/** An answer, and whether it was given again: not, where the policies were asked, or a law said no. */
export interface Heard {
  readonly decision: Decision
  readonly isRecalled: boolean
}

/** Asks, writes it down, and holds the answer against one that is given without a memory. */
export async function hear(stage: RecallStage, more: More = {}, by: Caller = agentOf(stage)): Promise<Heard> {
  const before = stage.counted.asked
  const decision = await stage.remembering.evaluation(writeQuestion(stage, more), by)
  const isRecalled = decision.outcome === 'permit' && stage.counted.asked === before
  const plain = await stage.plain.evaluation(writeQuestion(stage, more), by)
  expect(decision.outcome).toBe(plain.outcome)
  if (isRecalled) expect(decision).toEqual(plain)
  stage.world.rows.commit(decision.changes)
  return { decision, isRecalled }
}

/** Asks until it is remembered. The first permit raises a label of the task, which the second finds moved. */
export async function hearTwice(stage: RecallStage, more: More = {}, by?: Caller): Promise<RecallStage> {
  for (let times = 0; times < 3; times += 1) await hear(stage, more, by)
  return stage
}

/** Asks, and says whether the answer was given again. */
export async function recalls(stage: RecallStage, more: More = {}, by?: Caller): Promise<boolean> {
  return (await hear(stage, more, by)).isRecalled
}
