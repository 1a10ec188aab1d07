import { describe, expect, it } from 'vitest'
import { newToolRule } from '../../test/decide/nouns.ts'
import { read, taskRequest, World, write, writer, writerRequest } from '../../test/decide/world.ts'
import type { AgentCaller } from '../authenticate/caller.ts'
import { meter } from '../contract/change.ts'
import type { TaskUsage } from '../contract/task.ts'
import { LIMITS } from '../ground/limits.ts'

type Labels = Pick<TaskUsage, 'confidentiality' | 'integrity'>

/** The task reads something else at the same moment. */
function taint(world: World, { task }: AgentCaller, raise: Labels): void {
  world.rows.commit([meter('task_usage', task.id, { add: {}, raise, atMost: {} })])
}

async function hold(): Promise<{ readonly world: World; readonly agent: AgentCaller; readonly approvalId: string }> {
  const world = new World()
  world.change('entitlements', 'ent_writer', { approval: 'each-call' })
  const agent = await world.start(writer.id)
  const approvalId = world.refuse(await world.decide.call(agent, write())).ask?.approvalId ?? ''
  world.approve(approvalId)
  return { world, agent, approvalId }
}

describe('a permitted call', () => {
  it('counts for its chain by its name and by its class', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    for (const call of [read(), read(), write()]) world.take(await world.decide.call(agent, call))
    const counted = world.rows.all('chain_acts').map(({ rootId, name, permitted }) => [rootId, name, permitted])
    expect(counted).toEqual([
      [agent.task.id, 'docs/read_text_file', 2],
      [agent.task.id, 'read', 2],
      [agent.task.id, 'docs/write_file', 1],
      [agent.task.id, 'write', 1],
    ])
    expect(world.rows.get('task_usage', agent.task.id)).toMatchObject({ calls: 3, writes: 1 })
  })

  it('is held to the limits that people have set, and to the rate of its task', async () => {
    const world = new World()
    const agent = await world.start()
    world.change('tasks', agent.task.id, { budget: { ...taskRequest.budget, callsPerMinuteMax: 1 } })
    world.take(await world.decide.call(agent, read()))
    expect(await world.decide.call(agent, read())).toMatchObject({
      code: 'rate_limited',
      reasons: [{ rule: 'law:rate' }],
    })
  })

  it('on a tool that is about one thing whatever its arguments are is about that', async () => {
    const world = new World()
    world.rows.put('tool_rules', newToolRule({ tool: 'list', resourceArgument: null, resourcePrefix: 'docs:/' }))
    const scope = [{ action: 'docs/list', resource: 'docs:/*' }]
    const agent = await world.start(writer.id, { ...writerRequest, scope })
    const list = { server: 'docs', tool: 'list', arguments: { path: '/board' } }
    const { grant } = world.take(await world.decide.call(agent, list))
    expect(grant.action.resources).toEqual([{ id: 'docs:/', sensitivity: 'internal' }])
  })

  it('may have arguments as large as allowed, and not by a byte more', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const frame = Buffer.byteLength(JSON.stringify(write('handbook/a.md', '').arguments))
    const largest = 'x'.repeat(LIMITS.argumentsBytesMax - frame)
    expect(await world.decide.call(agent, write('handbook/a.md', largest))).toMatchObject({ outcome: 'permit' })
    expect(await world.decide.call(agent, write('handbook/a.md', `${largest}x`))).toMatchObject({
      code: 'request_invalid',
      reasons: [{ rule: 'law:arguments', sentence: expect.stringContaining(`${LIMITS.argumentsBytesMax} bytes`) }],
    })
  })

  it('whose tool was reviewed between the look at its files and the decision says to send it again', async () => {
    const world = new World()
    const agent = await world.start()
    const denial = await world.decide.call(agent, { ...read(), files: { fault: null, ruleVersion: 2 } })
    expect(denial.reasons[0]?.sentence).toContain('has to be sent again')
  })
})

describe('an approved call', () => {
  it('is written with what was asked, as approved', async () => {
    const { world, agent } = await hold()
    const approved = world.take(await world.decide.call(agent, write()))
    expect(approved.entry.data).toMatchObject({ questions: { needs: ['law:each-call'], approved: true } })
    expect(approved.reasons.map(({ rule }) => rule)).toEqual(['law:scope', 'law:each-call', 'base:call'])
  })

  it('does not use the approval up where none is needed any more', async () => {
    const { world, agent, approvalId } = await hold()
    world.change('entitlements', 'ent_writer', { approval: 'none' })
    const permitted = world.take(await world.decide.call(agent, write()))
    expect(world.rows.get('approvals', approvalId)?.state).toBe('approved')
    expect(permitted.entry.data).not.toHaveProperty('approvalId')
    expect(permitted.entry.data['questions']).not.toHaveProperty('approved')
  })

  it('is not looked for where a policy forbids the call whatever people say', async () => {
    const { world, agent } = await hold()
    world.change('identities', writer.id, { tier: 'T0' })
    expect(await world.decide.call(agent, write())).toMatchObject({ code: 'denied' })
  })

  it('does not slip past what taints the task meanwhile: people were told of no flow', async () => {
    const { world, agent } = await hold()
    const decision = await world.decide.call(agent, write())
    taint(world, agent, { confidentiality: 2, integrity: 1 })
    expect(() => world.take(decision)).toThrow('conflict')
  })

  it('passes although the task reads more meanwhile, where people said yes to exactly this flow', async () => {
    const { world, agent } = await hold()
    taint(world, agent, { confidentiality: 2, integrity: 1 })
    world.approve(world.refuse(await world.decide.call(agent, write())).ask?.approvalId ?? '')
    const decision = await world.decide.call(agent, write())
    taint(world, agent, { confidentiality: 3, integrity: 1 })
    expect(world.take(decision).outcome).toBe('permit')
  })

  it('outside of the scope of its task says that a person widened it, and what else they looked at', async () => {
    const world = new World()
    world.change('entitlements', 'ent_writer', { approval: 'each-call' })
    const scope = [{ action: 'docs/read_text_file', resource: 'docs:/handbook/*' }]
    const agent = await world.start(writer.id, { ...writerRequest, scope })
    const outside = read('other.md')
    world.approve(world.refuse(await world.decide.call(agent, outside)).ask?.approvalId ?? '')
    const { reasons } = world.take(await world.decide.call(agent, outside))
    expect(reasons.map(({ rule }) => rule)).toEqual(['law:scope', 'law:pivot', 'law:each-call', 'base:call'])
    expect(reasons[0]?.sentence).toContain('A person widened the task by this call')
  })
})

describe('a change that nobody had to approve', () => {
  const clean: Labels = { confidentiality: 1, integrity: 0 }
  const races: [string, Labels, Labels, boolean][] = [
    ['clean, and stays so', clean, clean, true],
    ['clean, and reads secrets', clean, { confidentiality: 2, integrity: 0 }, true],
    ['clean, and reads what nobody vouches for', clean, { confidentiality: 1, integrity: 1 }, false],
    ['clean, and reads both', clean, { confidentiality: 2, integrity: 1 }, false],
    ['secret, and stays so', { confidentiality: 2, integrity: 0 }, { confidentiality: 3, integrity: 0 }, true],
    [
      'secret, and reads what nobody vouches for',
      { confidentiality: 2, integrity: 0 },
      { confidentiality: 2, integrity: 1 },
      false,
    ],
    ['not vouched for, and stays so', { confidentiality: 0, integrity: 1 }, { confidentiality: 1, integrity: 1 }, true],
    [
      'not vouched for, and reads secrets',
      { confidentiality: 1, integrity: 1 },
      { confidentiality: 2, integrity: 1 },
      false,
    ],
  ]
  it.each(races)('is written or not where its task is %s meanwhile', async (_, before, meanwhile, isWritten) => {
    const world = new World()
    const agent = await world.start(writer.id)
    taint(world, agent, before)
    const decision = await world.decide.call(agent, write())
    expect(decision.outcome).toBe('permit')
    taint(world, agent, meanwhile)
    if (isWritten) expect(world.take(decision).outcome).toBe('permit')
    else expect(() => world.take(decision)).toThrow('conflict')
  })

  it('that is itself not vouched for and secret is written only if the task has done nothing since', async () => {
    const world = new World()
    world.change('tool_rules', 'docs/write_file', { resultIntegrity: 'untrusted' })
    const agent = await world.start(writer.id)
    const secret = write('handbook/secret/a.md')
    const [decision, reading] = await Promise.all([world.decide.call(agent, secret), world.decide.call(agent, read())])
    if (decision.outcome === 'denial') throw new Error(JSON.stringify(decision.reasons))
    expect(world.rows.tryOut(() => world.take(decision)).outcome).toBe('permit')
    world.take(reading)
    expect(() => world.take(decision)).toThrow('conflict')
  })
})
