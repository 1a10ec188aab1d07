import { describe, expect, it } from 'vitest'
import { delegationRequest, read, reader, World, write, writer, writerRequest } from '../../test/decide/world.ts'
import type { AgentCaller } from '../authenticate/caller.ts'
import type { CallRequest } from './requests.ts'

const usage = (world: World, agent: AgentCaller): Record<string, unknown> => ({
  ...world.rows.get('task_usage', agent.task.id),
})

describe('what a task has read', () => {
  const secret = read('handbook/secret/a.md')
  const fetched: CallRequest = { server: 'docs', tool: 'fetch_page', arguments: { path: 'a.md' } }

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
