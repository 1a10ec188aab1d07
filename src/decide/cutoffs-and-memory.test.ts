import { describe, expect, it } from 'vitest'
import {
  delegationRequest,
  hourMs,
  read,
  reader,
  startMs,
  taskRequest,
  World,
  write,
  writer,
} from '../../test/decide/world.ts'
import type { AgentCaller } from '../authenticate/caller.ts'
import type { Identity } from '../contract/register/identity.ts'
import { TIER_TERMS } from '../contract/register/tier.ts'
import { isError } from '../ground/errors.ts'
import { found } from './lineage.ts'

describe('a cutoff', () => {
  /** The task is opened at `startMs`, its token comes 10 ms later, and the call 10 ms after that. */
  async function stage(identity: Partial<Identity>): Promise<{ readonly world: World; readonly agent: AgentCaller }> {
    const world = new World()
    world.change('identities', reader.id, identity)
    const { grant } = world.take(await world.decide.task(world.workload(), taskRequest))
    world.nowMs += 10
    const agent = await world.enter(grant, reader.id)
    world.nowMs += 10
    return { world, agent }
  }
  const activatedMs = reader.activatedMs ?? 0
  const boundMs = startMs - 90 * hourMs
  const rows: [string, number, string, Partial<Identity>?][] = [
    ['task', startMs - 1, 'permit'],
    ['task', startMs, 'denial'],
    ['task', startMs + 5, 'denial'],
    ['chain', startMs - 1, 'permit'],
    ['chain', startMs, 'denial'],
    ['chain', startMs + 5, 'denial'],
    ['upstream:docs', startMs - 1, 'permit'],
    ['upstream:docs', startMs, 'denial'],
    ['upstream:docs', startMs + 5, 'denial'],
    ['upstream:mail', startMs + 5, 'permit'],
    [`identity:${reader.id}`, activatedMs - 1, 'permit'],
    [`identity:${reader.id}`, activatedMs, 'denial'],
    [`identity:${reader.id}`, startMs - 1, 'permit', { activatedMs: startMs + 5 }],
    [`identity:${reader.id}`, startMs, 'denial', { activatedMs: startMs + 5 }],
    [`identity:${reader.id}`, reader.createdMs - 1, 'permit', { activatedMs: null }],
    [`identity:${reader.id}`, reader.createdMs, 'denial', { activatedMs: null }],
    ['owner:psn_owner', activatedMs - 1, 'permit'],
    ['owner:psn_owner', activatedMs, 'denial'],
    ['vendor:acme', activatedMs - 1, 'permit'],
    ['vendor:acme', activatedMs, 'denial'],
    ['vendor:acme', startMs, 'permit', { vendor: null }],
    ['binding:bnd_reader', boundMs - 1, 'permit'],
    ['binding:bnd_reader', boundMs, 'denial'],
    [`identity:${writer.id}`, startMs + 5, 'permit'],
  ]
  it.each(rows)(
    'of %s at %d gives a call a %s: it ends what was made until then',
    async (target, atMs, outcome, more = {}) => {
      const { world, agent } = await stage(more)
      const ids: Readonly<Record<string, string>> = {
        task: `task:${agent.task.id}`,
        chain: `chain:${agent.task.rootId}`,
      }
      world.cutOff(ids[target] ?? target, atMs)
      expect((await world.decide.call(agent, read())).outcome).toBe(outcome)
    },
  )

  it.each([
    [startMs - 1, 'permit'],
    [startMs, 'denial'],
    [startMs + 5, 'denial'],
  ])(
    'of a server at %d gives a call of a part that is handed on later a %s: whoever was cut off gives none of it',
    async (atMs, outcome) => {
      const world = new World()
      const agent = await world.start(writer.id)
      world.cutOff('upstream:docs', atMs)
      world.nowMs = startMs + 10
      const helper = await world.enter(
        world.take(await world.decide.delegation(agent, delegationRequest)).grant,
        reader.id,
      )
      expect((await world.decide.call(helper, read())).outcome).toBe(outcome)
    },
  )

  it('ends a binding that was made before, whenever its task was opened', async () => {
    const { world, agent } = await stage({})
    world.change('bindings', 'bnd_reader', { createdMs: startMs + 5 })
    world.cutOff('binding:bnd_reader', startMs)
    expect((await world.decide.call(agent, read())).outcome).toBe('denial')
    world.cutOff('binding:bnd_reader', startMs - 1)
    expect((await world.decide.call(agent, read())).outcome).toBe('permit')
  })

  it('ends no new task of an identity that was activated since, nor of a binding that was made since', async () => {
    const world = new World()
    world.change('identities', reader.id, { activatedMs: startMs - hourMs })
    world.cutOff(`identity:${reader.id}`, startMs - hourMs - 1)
    world.cutOff('binding:bnd_reader', boundMs - 1)
    expect((await world.decide.task(world.workload(), taskRequest)).outcome).toBe('permit')
    world.cutOff(`identity:${reader.id}`, startMs - hourMs)
    expect((await world.decide.task(world.workload(), taskRequest)).outcome).toBe('denial')
  })
})

describe('what an identity remembers of its other tasks', () => {
  const longestMs = 2 * TIER_TERMS[writer.tier].longestTaskSeconds * 1000
  const labels = { confidentiality: 2, integrity: 1 }

  async function stage(more: { readonly createdMs?: number; readonly identityId?: string } = {}): Promise<{
    readonly world: World
    readonly agent: AgentCaller
    readonly otherId: string
  }> {
    const world = new World()
    const other = await world.start(writer.id)
    world.change('task_usage', other.task.id, { ...labels, ...(more.identityId === undefined ? {} : more) })
    world.change('tasks', other.task.id, more)
    return { world, agent: await world.start(writer.id), otherId: other.task.id }
  }

  it.each([
    ['that was opened twice the longest life of one ago', { createdMs: startMs - longestMs }, 'approval_required'],
    ['that was opened before that', { createdMs: startMs - longestMs - 1 }, 'permitted'],
    ['of another identity', { identityId: reader.id }, 'permitted'],
  ])('is of one %s or not', async (_, more, outcome) => {
    const { world, agent } = await stage(more)
    const decision = await world.decide.call(agent, write())
    expect(decision.outcome === 'permit' ? 'permitted' : decision.code).toBe(outcome)
  })

  it('counts for changes alone, and for none in a task that a person approved', async () => {
    const { world, agent, otherId } = await stage()
    expect((await world.decide.call(agent, read())).entry.data['labels']).not.toHaveProperty('remembered')
    expect((await world.decide.call(agent, write())).entry.data).toMatchObject({
      labels: { remembered: { confidentiality: 'confidential', integrity: 'untrusted', from: [otherId] } },
    })
    world.change('tasks', agent.task.id, { approvalId: 'apr_1' })
    expect(await world.decide.call(agent, write())).toMatchObject({ outcome: 'permit' })
  })

  it('is the worst of each label, whichever task it comes from', async () => {
    const { world, agent, otherId } = await stage()
    world.change('task_usage', otherId, { confidentiality: 3, integrity: 0 })
    const third = await world.start(writer.id)
    world.change('task_usage', third.task.id, { confidentiality: 0, integrity: 1 })
    const { entry } = await world.decide.call(agent, write())
    expect(entry.data).toMatchObject({
      labels: { remembered: { confidentiality: 'restricted', integrity: 'untrusted', from: [otherId, third.task.id] } },
    })
  })
})

describe('a row that others point at', () => {
  it('is never missing in a sound store: where it is, that is a failure and no answer', () => {
    expect(found('row', 'task')).toBe('row')
    expect(() => found(undefined, 'task')).toThrow(
      expect.toSatisfy(
        (error: unknown) => isError(error, 'store_damaged') && String((error as Error).cause).includes('task'),
      ),
    )
  })
})
