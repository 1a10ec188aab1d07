import type { AgentCaller } from '../../src/authenticate/caller.ts'
import { createDecide, type Decide } from '../../src/decide/decide.ts'
import type { Policies } from '../../src/decide/policy/load-policies.ts'
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
  const stage: RecallStage = {
    world,
    agents: [alone, above, below],
    remembering: createDecide({ ...parts, store: world.store, policies: world.shelf }),
    plain: createDecide({ ...parts, store: { ...world.store, moves: () => null }, policies: world.shelf }),
    counted: { asked: 0 },
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
