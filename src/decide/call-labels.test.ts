import { describe, expect, it } from 'vitest'
import {
  delegationRequest,
  hourMs,
  read,
  reader,
  startMs,
  World,
  write,
  writer,
  writerRequest,
} from '../../test/decide/world.ts'
import type { AgentCaller } from '../authenticate/caller.ts'
import type { CallRequest } from './requests.ts'

const usage = (world: World, agent: AgentCaller): Record<string, unknown> => ({
  ...world.rows.get('task_usage', agent.task.id),
})

const secret = read('handbook/secret/a.md')
const fetched: CallRequest = { server: 'docs', tool: 'fetch_page', arguments: { path: 'a.md' } }

describe('what a task has read', () => {
  it('holds its changes for a person once it is untrusted and confidential, and not before', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    world.take(await world.decide.call(agent, fetched))
    world.take(await world.decide.call(agent, write()))
    world.take(await world.decide.call(agent, secret))
    expect(usage(world, agent)).toMatchObject({ confidentiality: 2, integrity: 1, calls: 3, writes: 1 })
    const held = world.refuse(await world.decide.call(agent, write()))
    expect(held).toMatchObject({
      code: 'approval_required',
      reasons: [{ rule: 'law:flow' }, { rule: 'guardrail:untrusted-outflow' }],
    })
    world.take(await world.decide.call(agent, secret))
    world.approve(held.ask?.approvalId ?? '')
    expect(world.take(await world.decide.call(agent, write())).reasons[1]).toMatchObject({ rule: 'law:flow' })
    expect(await world.decide.call(agent, write('handbook/a.md', 'more'))).toMatchObject({ code: 'approval_required' })
  })

  it.each([
    ['untrusted first', [fetched], secret],
    ['confidential first', [secret], fetched],
  ] as const)('at the same moment as a change does not slip past it: %s', async (_, before, taint) => {
    const world = new World()
    const agent = await world.start(writer.id)
    for (const each of before) world.take(await world.decide.call(agent, each))
    const [change, reading] = await Promise.all([world.decide.call(agent, write()), world.decide.call(agent, taint)])
    world.take(reading)
    expect(() => world.take(change)).toThrow('conflict')
  })

  it('since a person said yes to the change for another reason holds it again, and they are told of the flow', async () => {
    const world = new World()
    world.change('entitlements', 'ent_writer', { approval: 'each-call' })
    const agent = await world.start(writer.id)
    const held = world.refuse(await world.decide.call(agent, write()))
    expect(held.reasons).toMatchObject([{ rule: 'law:each-call' }])
    const [asked, taken] = [held.ask?.approvalId ?? '', { approval: 'none' } as const]
    world.change('entitlements', 'ent_writer', taken)
    world.take(await world.decide.call(agent, fetched))
    world.take(await world.decide.call(agent, secret))
    world.change('entitlements', 'ent_writer', { approval: 'each-call' })
    const anew = world.refuse(await world.decide.call(agent, write()))
    const flow = anew.ask?.approvalId ?? ''
    expect(flow).not.toBe(asked)
    expect(JSON.stringify(world.rows.get('approvals', flow)?.asked['because'])).toContain('untrusted content')
    world.approve(asked)
    expect(await world.decide.call(agent, write())).toMatchObject({
      code: 'approval_required',
      ask: { approvalId: flow },
    })
    world.approve(flow)
    const permit = world.take(await world.decide.call(agent, write()))
    expect(permit.entry.data['approvalId']).toBe(flow)
  })

  it('at the same moment as a change that itself taints the task does not slip past it', async () => {
    const world = new World()
    world.change('tool_rules', 'docs/write_file', { resultIntegrity: 'untrusted' })
    const agent = await world.start(writer.id)
    const [change, reading] = await Promise.all([
      world.decide.call(agent, write('handbook/secret/b')),
      world.decide.call(agent, secret),
    ])
    world.take(reading)
    expect(() => world.take(change)).toThrow('conflict')
  })

  it.each([
    ['both labels', ['docs/fetch_page', '/handbook/secret/a.md']],
    ['untrusted first', ['docs/fetch_page', '/a.md'], ['docs/read_text_file', '/handbook/secret/a.md']],
  ])('through an enforcement point elsewhere holds its changes here as well: %s', async (_, ...asked) => {
    const world = new World()
    const agent = await world.start(writer.id)
    for (const [name = '', id = ''] of asked) {
      const subject = { type: 'task', id: agent.task.id, properties: {} }
      const action = { name, properties: {} }
      const resource = { type: 'docs', id, properties: {} }
      world.take(await world.decide.evaluation({ subject, action, resource, context: {} }, agent))
    }
    expect(await world.decide.call(agent, write())).toMatchObject({ reasons: [{ rule: 'law:flow' }, {}] })
  })

  it('below it is counted above it, so that a helper launders nothing', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    world.take(await world.decide.call(agent, fetched))
    const child = world.take(
      await world.decide.delegation(agent, { ...delegationRequest, ceiling: 'confidential' }),
    ).grant
    expect(child.labels).toEqual({ confidentiality: 'internal', integrity: 'untrusted' })
    const helper = await world.enter(child, reader.id)
    world.take(await world.decide.call(helper, secret))
    expect(usage(world, agent)).toMatchObject({ calls: 2, confidentiality: 2, integrity: 1 })
    expect(await world.decide.call(agent, write())).toMatchObject({ code: 'approval_required' })
  })
})

describe('what an identity has read in one task', () => {
  /** A task of the writer that has read untrusted content and confidential data. */
  const taint = async (world: World): Promise<AgentCaller> => {
    const agent = await world.start(writer.id)
    world.take(await world.decide.call(agent, fetched))
    world.take(await world.decide.call(agent, secret))
    return agent
  }
  const end = (world: World, { task }: AgentCaller): void => world.change('tasks', task.id, { state: 'completed' })

  it('holds the changes of one that is opened afterwards, and the entry says where it comes from', async () => {
    const world = new World()
    const tainted = await taint(world)
    end(world, tainted)
    const agent = await world.start(writer.id)
    const held = world.refuse(await world.decide.call(agent, write()))
    expect(held).toMatchObject({
      code: 'approval_required',
      reasons: [{ rule: 'law:flow' }, { rule: 'guardrail:untrusted-outflow' }],
      entry: {
        data: {
          labels: {
            before: { confidentiality: 'public', integrity: 'trusted' },
            remembered: { confidentiality: 'confidential', integrity: 'untrusted', from: [tainted.task.id] },
          },
        },
      },
    })
    expect(held.reasons[0]?.sentence).toContain(tainted.task.id)
    world.take(await world.decide.call(agent, read()))
    world.approve(held.ask?.approvalId ?? '')
    world.take(await world.decide.call(agent, write()))
  })

  it('holds the changes of one that was opened before, and of one that has read the other half', async () => {
    const world = new World()
    const [early, half] = [await world.start(writer.id), await world.start(writer.id)]
    world.take(await world.decide.call(half, fetched))
    world.take(await world.decide.call(early, write()))
    world.take(await world.decide.call(early, secret))
    expect(await world.decide.call(early, write())).toMatchObject({ reasons: [{ rule: 'law:flow' }, {}] })
    expect(await world.decide.call(half, write())).toMatchObject({ reasons: [{ rule: 'law:flow' }, {}] })
  })

  it('holds what an enforcement point elsewhere asks about', async () => {
    const world = new World()
    await taint(world)
    const agent = await world.start(writer.id)
    const subject = { type: 'task', id: agent.task.id, properties: {} }
    const action = { name: 'docs/write_file', properties: {} }
    const resource = { type: 'docs', id: '/handbook/a.md', properties: {} }
    expect(await world.decide.evaluation({ subject, action, resource, context: {} }, agent)).toMatchObject({
      code: 'approval_required',
      reasons: [{ rule: 'law:flow' }, { rule: 'guardrail:untrusted-outflow' }],
    })
  })

  it('reaches its helpers, also where it is read after they were asked', async () => {
    const world = new World()
    world.change('identities', reader.id, { purpose: 'release', tier: 'T2' })
    world.change('entitlements', 'ent_reader', { classes: ['read', 'write'] })
    const agent = await world.start(writer.id)
    const scope = [{ action: 'docs/write_file', resource: 'docs:/*' }]
    const asked = { ...delegationRequest, scope, budget: { ...delegationRequest.budget, writesMax: 2 } }
    const helper = await world.enter(world.take(await world.decide.delegation(agent, asked)).grant, reader.id)
    world.take(await world.decide.call(helper, write()))
    const tainted = await taint(world)
    expect(await world.decide.call(helper, write())).toMatchObject({ reasons: [{ rule: 'law:flow' }, {}] })
    world.change('task_usage', tainted.task.id, { confidentiality: 0, integrity: 0 })
    world.change('task_usage', agent.task.id, { confidentiality: 2, integrity: 1 })
    expect(await world.decide.call(helper, write())).toMatchObject({ reasons: [{ rule: 'law:flow' }, {}] })
  })

  it('is remembered for two of the longest lives of its tier, and of no other identity', async () => {
    const world = new World()
    world.change('entitlements', 'ent_writer', { endsMs: startMs + 90 * hourMs })
    const tainted = await taint(world)
    world.change('task_usage', tainted.task.id, { identityId: reader.id })
    world.take(await world.decide.call(await world.start(writer.id), write()))
    world.change('task_usage', tainted.task.id, { identityId: writer.id })
    world.nowMs += 8 * hourMs
    expect(await world.decide.call(await world.start(writer.id), write())).toMatchObject({ code: 'approval_required' })
    world.nowMs += 1
    world.take(await world.decide.call(await world.start(writer.id), write()))
  })

  it('holds no change of a task that a person approved', async () => {
    const world = new World()
    await taint(world)
    const agent = await world.start(writer.id)
    world.change('tasks', agent.task.id, { approvalId: 'apr_1' })
    world.take(await world.decide.call(world.agent(agent.task, agent.credential), write()))
    world.take(await world.decide.call(world.agent(agent.task, agent.credential), fetched))
    world.take(await world.decide.call(world.agent(agent.task, agent.credential), secret))
    expect(await world.decide.call(world.agent(agent.task, agent.credential), write())).toMatchObject({
      reasons: [{ rule: 'law:flow' }, {}],
    })
  })
})

describe('a helper', () => {
  it('is denied what its delegator may and it may not, and what it may and its delegator may not', async () => {
    const world = new World()
    const agent = await world.start(writer.id, {
      ...writerRequest,
      scope: [
        { action: 'docs/read_text_file', resource: 'docs:/handbook/*' },
        { action: 'docs/write_file', resource: 'docs:/*' },
      ],
    })
    const child = world.take(await world.decide.delegation(agent, delegationRequest)).grant
    const helper = await world.enter(child, reader.id)
    world.take(await world.decide.call(helper, read()))
    expect(await world.decide.call(helper, write())).toMatchObject({ code: 'scope_exceeded' })
    expect(await world.decide.call(helper, read('other/a.md'))).toMatchObject({ code: 'scope_exceeded' })
    world.change('entitlements', 'ent_writer', { state: 'ended' })
    expect(await world.decide.call(helper, read())).toMatchObject({
      code: 'scope_exceeded',
      reasons: [{ rule: 'law:entitlement' }],
    })
  })

  it('spends from the purse of its delegator', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const child = world.take(await world.decide.delegation(agent, delegationRequest)).grant
    const helper = await world.enter(child, reader.id)
    world.change('task_usage', agent.task.id, { calls: 10 })
    expect(await world.decide.call(helper, read())).toMatchObject({ code: 'budget_exceeded' })
  })

  it.each([
    [
      'is completed',
      (world: World, parent: AgentCaller) => world.change('tasks', parent.task.id, { state: 'completed' }),
    ],
    ['is cut off', (world: World, parent: AgentCaller) => world.cutOff(`task:${parent.task.id}`)],
    ['loses its identity', (world: World) => world.change('identities', writer.id, { state: 'suspended' })],
    ['loses its owner', (world: World) => world.change('identities', writer.id, { owner: null })],
  ])('may do nothing once the task above %s', async (_, change) => {
    const world = new World()
    const agent = await world.start(writer.id)
    const child = world.take(await world.decide.delegation(agent, delegationRequest)).grant
    const helper = await world.enter(child, reader.id)
    change(world, agent)
    expect(await world.decide.call(helper, read())).toMatchObject({ outcome: 'denial' })
  })
})
