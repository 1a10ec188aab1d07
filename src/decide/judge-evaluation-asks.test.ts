import { describe, expect, it } from 'vitest'
import { personOf, read, reader, taskRequest, World, writer } from '../../test/decide/world.ts'
import type { AgentCaller, Caller, PersonCaller } from '../authenticate/caller.ts'
import { meter } from '../contract/change.ts'
import type { TaskUsage } from '../contract/task.ts'
import { LIMITS } from '../ground/limits.ts'
import type { EvaluationRequest } from './requests.ts'

type Labels = Pick<TaskUsage, 'confidentiality' | 'integrity'>
type Asking = Partial<{ [Part in keyof EvaluationRequest]: Partial<EvaluationRequest[Part]> }>

interface Stage {
  readonly world: World
  readonly agent: AgentCaller
}

const stage = async (identityId: string = writer.id): Promise<Stage> => {
  const world = new World()
  return { world, agent: await world.start(identityId) }
}

const asking = ({ agent }: Stage, more: Asking = {}): EvaluationRequest => ({
  subject: { type: 'task', id: agent.task.id, properties: {}, ...more.subject },
  action: { name: 'docs/read_text_file', properties: {}, ...more.action },
  resource: { type: 'docs', id: '/handbook/a.md', properties: {}, ...more.resource },
  context: more.context ?? {},
})

const writing: Asking = { action: { name: 'docs/write_file' } }

function taint({ world, agent }: Stage, raise: Labels): void {
  world.rows.commit([meter('task_usage', agent.task.id, { add: {}, raise, atMost: {} })])
}

const both: Labels = { confidentiality: 2, integrity: 1 }

describe('an answer that is written after its task has read what taints it', () => {
  it.each([
    ['of a read to an agent stands', {}, false, true],
    ['of a change to an agent does not', writing, false, false],
    ['of a change to a person, who enforces nothing, stands', writing, true, true],
  ] as const)('%s', async (_, more, isPerson, isWritten) => {
    const held = await stage()
    const by: Caller = isPerson ? personOf(held.world) : held.agent
    const decision = await held.world.decide.evaluation(asking(held, more), by)
    expect(decision.outcome).toBe('permit')
    taint(held, both)
    if (isWritten) expect(held.world.take(decision).outcome).toBe('permit')
    else expect(() => held.world.take(decision)).toThrow('conflict')
  })

  it.each([
    ['of a change that a person approved exactly as that flow stands', 'flow'],
    ['of a change that a person approved exactly for another reason does not', 'exact'],
    ['of a change inside an envelope does not', 'envelope'],
  ])('%s', async (_, how) => {
    const [held, isEnvelope] = [await stage(), how === 'envelope']
    const { world, agent } = held
    world.change('entitlements', 'ent_writer', { approval: 'each-call' })
    if (how === 'flow') taint(held, both)
    const request = asking(held, writing)
    const wanted = { keyDigest: null, bodyDigest: '', binding: '', evaluation: 1, justification: '', wish: {} }
    const by = { kind: 'identity', id: agent.identity.id } as const
    const { ask } = world.refuse(await world.decide.access(request, agent, { ...wanted, by }))
    const id = ask?.approvalId ?? ''
    world.approve(id)
    const envelope = { usesMax: 2, lifeSeconds: 60, terms: [], resources: [], total: null }
    if (isEnvelope) world.change('approvals', id, { envelope, usesMax: 2 })
    const decision = await world.decide.evaluation({ ...request, context: { approval: { id } } }, agent)
    expect(decision).toMatchObject({ outcome: 'permit', entry: { data: { questions: { approved: true } } } })
    taint(held, { ...both, confidentiality: how === 'flow' ? 3 : 2 })
    if (how === 'flow') expect(world.take(decision).outcome).toBe('permit')
    else expect(() => world.take(decision)).toThrow('conflict')
  })

  it('of what nobody had to approve is not written as approved', async () => {
    const held = await stage()
    const { entry } = held.world.take(await held.world.decide.evaluation(asking(held, writing), held.agent))
    expect(entry.data['questions']).not.toHaveProperty('approved')
  })
})

describe('what an answer will have the task read', () => {
  const rows: [string, Labels, string, boolean][] = [
    ['more sensitive than before', { confidentiality: 0, integrity: 1 }, 'docs/read_text_file', true],
    ['less vouched for than before', { confidentiality: 3, integrity: 0 }, 'docs/fetch_page', true],
    ['nothing new', { confidentiality: 1, integrity: 0 }, 'docs/read_text_file', false],
    ['nothing new, and worse was read before', { confidentiality: 2, integrity: 1 }, 'docs/fetch_page', false],
  ]
  it.each(rows)('is counted where it is %s', async (_, before, name, isCounted) => {
    const held = await stage()
    taint(held, before)
    const decision = await held.world.decide.evaluation(asking(held, { action: { name } }), held.agent)
    expect(decision.outcome).toBe('permit')
    expect(decision.changes.some(({ op }) => op === 'meter')).toBe(isCounted)
  })
})

describe('whoever asks about somebody else', () => {
  it('without a task of theirs needs leave as well', async () => {
    const held = await stage()
    const subject = { type: 'identity', id: reader.id }
    const refused = held.world.refuse(await held.world.decide.evaluation(asking(held, { subject }), held.agent))
    expect(refused).toMatchObject({ code: 'asker_refused', reasons: [{ rule: 'law:asker' }, {}] })
    expect(refused.reasons[0]?.sentence).toContain('the domain remit')
    expect(refused.entry.data).toMatchObject({
      asked: { subject, action: 'docs/read_text_file', resource: { type: 'docs', id: '/handbook/a.md' } },
    })
  })

  it('as a person needs a role', async () => {
    const held = await stage()
    held.world.change('persons', 'psn_voter', { roles: [] })
    const nobody: PersonCaller = personOf(held.world)
    expect(await held.world.decide.evaluation(asking(held), nobody)).toMatchObject({ code: 'asker_refused' })
  })

  it('about itself needs no leave, with a task or without', async () => {
    const held = await stage()
    const subject = { type: 'identity', id: writer.id }
    expect(await held.world.decide.evaluation(asking(held, { subject }), held.agent)).toMatchObject({
      code: 'task_not_active',
    })
  })
})

describe('an action that an enforcement point names', () => {
  it.each([
    ['without a server', '/read_text_file'],
    ['without a tool', 'read'],
    ['that is endless', `docs/${'x'.repeat(LIMITS.resourceCharsMax)}`],
    ['that is not well-formed', 'docs/\ud800'],
  ])('%s is looked up nowhere', async (_, name) => {
    const held = await stage()
    const asked: string[] = []
    const toolRule: World['store']['toolRule'] = (server, tool) => {
      asked.push(`${server}/${tool}`)
      return held.world.store.toolRule(server, tool)
    }
    const decide = held.world.decideWith(held.world.shelf.enforced(), { ...held.world.store, toolRule })
    const more = { action: { name } }
    expect((await decide.evaluation(asking(held, more), held.agent)).outcome).toBe('denial')
    expect(asked).toEqual([])
    expect((await decide.evaluation(asking(held), held.agent)).outcome).toBe('permit')
    expect(asked).toEqual(['docs/read_text_file'])
  })

  it('and nobody knows, about an identity without a task, is told that there is nothing near', async () => {
    const held = await stage()
    const more = { subject: { type: 'identity', id: writer.id }, action: { name: 'docs/nobody_knows' } }
    expect(await held.world.decide.evaluation(asking(held, more), held.agent)).toMatchObject({
      code: 'task_not_active',
      nearest: [],
    })
    expect(held.world.errors).toEqual([])
  })
})

describe('a call of a tool that nobody knows', () => {
  it('is denied for that, also where its files were looked at', async () => {
    const { world, agent } = await stage(reader.id)
    const call = { ...read(), tool: 'nobody_knows', files: { fault: null, ruleVersion: 0 } }
    expect(await world.decide.call(agent, call)).toMatchObject({ code: 'denied', reasons: [{ rule: 'law:tool' }] })
  })
})

describe('a list of tools', () => {
  it('has none that is quarantined, however wide the task is', async () => {
    const world = new World()
    const scope = ['changed', 'read_text_file'].map((tool) => ({ action: `docs/${tool}`, resource: 'docs:/*' }))
    const agent = await world.start(reader.id, { ...taskRequest, scope })
    expect(await world.decide.listable(agent, 'docs', ['changed', 'read_text_file'])).toEqual(['read_text_file'])
  })

  it('has one that is about one thing, where the task may reach that', async () => {
    const world = new World()
    const rule = world.rows.get('tool_rules', 'docs/read_text_file')
    if (rule === undefined) throw new Error('there is no rule')
    for (const [tool, resourcePrefix] of [
      ['list_here', 'docs:/handbook/'],
      ['list_there', 'docs:/board/'],
    ] as const)
      world.rows.put('tool_rules', { ...rule, tool, resourceArgument: null, resourcePrefix })
    const scope = [
      { action: 'docs/list_here', resource: 'docs:/handbook/*' },
      { action: 'docs/list_there', resource: 'docs:/board/minutes.md' },
    ]
    const agent = await world.start(reader.id, { ...taskRequest, scope })
    expect(await world.decide.listable(agent, 'docs', ['list_here', 'list_there'])).toEqual(['list_here'])
  })

  it('has none that is entitled for another class only', async () => {
    const world = new World()
    const agent = await world.start()
    const row = world.rows.get('entitlements', 'ent_reader')
    if (row === undefined) throw new Error('there is no entitlement')
    world.rows.put('entitlements', { ...row, classes: ['write'] })
    expect(await world.decide.listable(agent, 'docs', ['read_text_file'])).toEqual([])
  })
})
