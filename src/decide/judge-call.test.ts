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
  writerRequest,
} from '../../test/decide/world.ts'
import type { AgentCaller } from '../authenticate/caller.ts'
import { meter } from '../contract/change.ts'
import type { CallRequest } from './requests.ts'

type Change = (world: World, agent: AgentCaller) => void
const nothing: Change = () => {}
const usage = (world: World, agent: AgentCaller): Record<string, unknown> => ({
  ...world.rows.get('task_usage', agent.task.id),
})

describe('a call', () => {
  it('inside its task is permitted, counted, labelled and explained', async () => {
    const world = new World()
    const agent = await world.start()
    const { grant, entry, reasons } = world.take(await world.decide.call(agent, read()))
    expect(grant).toMatchObject({
      taskId: agent.task.id,
      labels: { confidentiality: 'internal', integrity: 'trusted' },
      action: {
        name: 'docs/read_text_file',
        actionClass: 'read',
        resources: [{ id: 'docs:/handbook/a.md', sensitivity: 'internal' }],
      },
    })
    expect(grant.action.digest).toMatch(/^[0-9a-f]{64}$/)
    expect(usage(world, agent)).toMatchObject({ calls: 1, writes: 0, confidentiality: 1, integrity: 0 })
    expect(entry).toMatchObject({
      actor: { id: reader.id, chain: agent.task.chain },
      subject: { kind: 'task', id: agent.task.id },
      policy: world.decide.policyVersion,
      data: {
        decision: 'call',
        taskId: agent.task.id,
        identityId: reader.id,
        action: { name: 'docs/read_text_file', class: 'read' },
        labels: { before: { confidentiality: 'public' }, after: { confidentiality: 'internal' } },
        budget: { calls: [0, 10] },
      },
    })
    expect(reasons.map((reason) => reason.rule)).toEqual(['law:scope', 'base:call'])
    expect(Buffer.byteLength(JSON.stringify(entry))).toBeLessThan(8 * 1024)
  })

  it('of a list touches each resource, and one that is not allowed denies all', async () => {
    const world = new World()
    const agent = await world.start(reader.id, {
      ...taskRequest,
      scope: [{ action: 'docs/read_many', resource: 'docs:/handbook/*' }],
    })
    const ask = (paths: unknown): Promise<unknown> =>
      world.decide.call(agent, { server: 'docs', tool: 'read_many', arguments: { paths } })
    expect(await ask(['handbook/a', 'handbook/b'])).toMatchObject({ outcome: 'permit' })
    expect(await ask(['handbook/a', 'board/b'])).toMatchObject({ code: 'scope_exceeded' })
    expect(await ask(['handbook/a', 'handbook/secret/b'])).toMatchObject({ code: 'ceiling_exceeded' })
  })

  const denials: [string, string, string, Change, CallRequest?][] = [
    [
      'the identity is suspended',
      'identity_inactive',
      'law:active',
      (world) => world.change('identities', reader.id, { state: 'suspended' }),
    ],
    [
      'the owner has left',
      'identity_inactive',
      'law:owner',
      (world) => world.change('persons', 'psn_owner', { state: 'left' }),
    ],
    [
      'the person it acts for has left',
      'identity_inactive',
      'law:behalf',
      (world, agent) => world.change('tasks', agent.task.id, { onBehalfOf: 'psn_gone' }),
    ],
    [
      'the task was completed',
      'task_not_active',
      'law:task-live',
      (world, agent) => world.change('tasks', agent.task.id, { state: 'completed' }),
    ],
    [
      'the task has ended',
      'task_not_active',
      'law:task-live',
      (world, agent) => {
        world.change('tasks', agent.task.id, { endsMs: world.nowMs })
      },
    ],
    [
      'the token was revoked',
      'token_revoked',
      'law:credential',
      (world, agent) => world.change('credentials', agent.credential.id, { state: 'revoked' }),
    ],
    [
      'the token has expired',
      'token_expired',
      'law:credential-end',
      (world, agent) => {
        world.nowMs = agent.credential.expiresMs
      },
    ],
    [
      'the binding has ended',
      'identity_inactive',
      'law:binding',
      (world) => world.change('bindings', 'bnd_reader', { endedMs: startMs }),
    ],
    ['the identity was cut off', 'cut_off', 'law:cutoff', (world) => world.cutOff(`identity:${reader.id}`)],
    ['the task was cut off', 'cut_off', 'law:cutoff', (world, agent) => world.cutOff(`task:${agent.task.id}`)],
    ['the chain was cut off', 'cut_off', 'law:cutoff', (world, agent) => world.cutOff(`chain:${agent.task.rootId}`)],
    ['the binding was cut off', 'cut_off', 'law:cutoff', (world) => world.cutOff('binding:bnd_reader')],
    ['the owner was cut off', 'cut_off', 'law:cutoff', (world) => world.cutOff('owner:psn_owner')],
    ['the upstream was cut off', 'cut_off', 'law:cutoff', (world) => world.cutOff('upstream:docs')],
    ['the vendor was cut off', 'cut_off', 'law:cutoff', (world) => world.cutOff('vendor:acme')],
    [
      'a cutoff lies between the activation and the task',
      'cut_off',
      'law:cutoff',
      (world) => {
        world.change('identities', reader.id, { activatedMs: startMs + 2 })
        world.cutOff(`identity:${reader.id}`, startMs + 1)
      },
    ],
    ['the tool is unknown', 'denied', 'law:tool', nothing, { server: 'docs', tool: 'rm', arguments: {} }],
    [
      'the server is unknown',
      'denied',
      'law:tool',
      nothing,
      { server: 'nowhere', tool: 'read_text_file', arguments: { path: 'a' } },
    ],
    [
      'the tool is quarantined',
      'tool_quarantined',
      'law:tool-quarantined',
      nothing,
      { server: 'docs', tool: 'changed', arguments: { path: 'handbook/a.md' } },
    ],
    [
      'the arguments are too many',
      'request_invalid',
      'law:arguments',
      nothing,
      { ...read(), arguments: { path: 'a', more: 'x'.repeat(1024 * 1024) } },
    ],
    [
      'the arguments are not well-formed',
      'request_invalid',
      'law:arguments',
      nothing,
      { ...read(), arguments: { path: 'handbook/a.md', more: '\ud800' } },
    ],
    [
      'the arguments are too deep',
      'request_invalid',
      'law:arguments',
      nothing,
      { ...read(), arguments: { path: 'a', more: nest(100) } },
    ],
    ['the path climbs out', 'request_invalid', 'law:target', nothing, read('../../etc/passwd')],
    ['the path is missing', 'request_invalid', 'law:target', nothing, { ...read(), arguments: {} }],
    ['the resource lies outside the scope', 'scope_exceeded', 'law:scope', nothing, read('board/a.md')],
    ['the path climbs out of the scope', 'scope_exceeded', 'law:scope', nothing, read('handbook/../board/a.md')],
    ['the action lies outside the scope', 'scope_exceeded', 'law:scope', nothing, write()],
    ['the data is above the ceiling', 'ceiling_exceeded', 'law:ceiling', nothing, read('handbook/secret/a.md')],
    [
      'the ceiling of the purpose sank',
      'ceiling_exceeded',
      'law:ceiling',
      (world) => world.change('purposes', 'summarise', { ceiling: 'public' }),
    ],
    [
      'the purpose lost the class',
      'purpose_exceeded',
      'law:purpose',
      (world) => world.change('purposes', 'summarise', { classes: ['write'] }),
    ],
    [
      'the tool was reviewed to be graver',
      'purpose_exceeded',
      'law:purpose',
      (world) => world.change('tool_rules', 'docs/read_text_file', { actionClass: 'delete' }),
    ],
    [
      'the entitlement has ended',
      'scope_exceeded',
      'law:entitlement',
      (world) => world.change('entitlements', 'ent_reader', { state: 'ended' }),
    ],
    [
      'the entitlement ran out',
      'scope_exceeded',
      'law:entitlement',
      (world) => world.change('entitlements', 'ent_reader', { endsMs: startMs }),
    ],
    [
      'the ceiling of the entitlement sank',
      'scope_exceeded',
      'law:entitlement',
      (world) => world.change('entitlements', 'ent_reader', { ceiling: 'public' }),
    ],
    [
      'the calls are used up',
      'budget_exceeded',
      'law:budget',
      (world, agent) => world.change('task_usage', agent.task.id, { calls: 10 }),
    ],
    [
      'the bytes are used up',
      'budget_exceeded',
      'law:budget',
      (world, agent) => world.change('task_usage', agent.task.id, { bytes: 1_000_000 }),
    ],
    [
      'a guardrail forbids it',
      'denied',
      'guardrail:vendor-restricted',
      (world) => {
        world.change('identities', reader.id, { runtime: 'vendor' })
        world.change('resource_rules', 'docs:/*', { sensitivity: 'restricted' })
        for (const [table, key] of [
          ['purposes', 'summarise'],
          ['entitlements', 'ent_reader'],
        ] as const)
          world.change(table, key, { ceiling: 'restricted' })
        for (const task of world.rows.all('tasks')) world.change('tasks', task.id, { ceiling: 'restricted' })
      },
    ],
    [
      'a tier forbids it',
      'denied',
      'tier:sandbox-public',
      (world) => world.change('identities', reader.id, { tier: 'T0' }),
    ],
  ]
  it.each(denials)('is denied when %s', async (_, code, rule, change, request = read()) => {
    const world = new World()
    const agent = await world.start()
    world.nowMs += 10
    change(world, agent)
    const denial = world.refuse(await world.decide.call(agent, request))
    expect(denial).toMatchObject({ code, reasons: [{ rule }] })
    expect(denial.reasons[0]?.sentence).not.toBe('')
    expect(denial.ask?.sentence).not.toBe('')
    expect(usage(world, agent)).toMatchObject({ writes: 0 })
    expect(world.rows.all('approvals')).toEqual([])
    expect(world.errors).toEqual([])
  })

  it('outside the scope is told what lies nearest inside it', async () => {
    const world = new World()
    const agent = await world.start()
    expect(await world.decide.call(agent, read('board/a.md'))).toMatchObject({ nearest: taskRequest.scope })
    expect(await world.decide.call(agent, write())).toMatchObject({
      nearest: [{ action: 'docs/read_text_file', resource: 'docs:/handbook/a.md' }],
    })
  })

  const races: [string, Change][] = [
    ['the identity is suspended', (world) => world.change('identities', reader.id, { state: 'suspended' })],
    ['the task is completed', (world, agent) => world.change('tasks', agent.task.id, { state: 'completed' })],
    ['the token is revoked', (world, agent) => world.change('credentials', agent.credential.id, { state: 'revoked' })],
    ['the tool is quarantined', (world) => world.change('tool_rules', 'docs/read_text_file', { state: 'quarantined' })],
    ['the entitlement ends', (world) => world.change('entitlements', 'ent_reader', { state: 'ended' })],
    ['the upstream is cut off', (world) => world.cutOff('upstream:docs')],
    ['the chain is cut off', (world, agent) => world.cutOff(`chain:${agent.task.rootId}`)],
    [
      'the budget is used up',
      (world, agent) =>
        world.rows.commit([meter('task_usage', agent.task.id, { add: { calls: 10 }, raise: {}, atMost: {} })]),
    ],
  ]
  it.each(races)('that was permitted before %s is a conflict when it is written after', async (_, change) => {
    const world = new World()
    const agent = await world.start()
    const decision = await world.decide.call(agent, read())
    change(world, agent)
    expect(() => world.take(decision)).toThrow('conflict')
  })

  it('is permitted exactly as often as the budget says, however many ask at once', async () => {
    const world = new World()
    const agent = await world.start()
    const decisions = await Promise.all(Array.from({ length: 30 }, () => world.decide.call(agent, read())))
    const passed = decisions.filter((decision) => {
      try {
        return world.take(decision).outcome === 'permit'
      } catch {
        return false
      }
    })
    expect(passed).toHaveLength(10)
    expect(await world.decide.call(agent, read())).toMatchObject({ code: 'budget_exceeded' })
  })
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

describe('an approval of a call', () => {
  const held = async (): Promise<{ world: World; agent: AgentCaller; approvalId: string }> => {
    const world = new World()
    world.change('entitlements', 'ent_writer', { approval: 'each-call' })
    const agent = await world.start(writer.id)
    const denial = world.refuse(await world.decide.call(agent, write()))
    expect(denial).toMatchObject({ code: 'approval_required', reasons: [{ rule: 'law:each-call' }] })
    return { world, agent, approvalId: denial.ask?.approvalId ?? '' }
  }

  it('is asked for once, with the exact call, and never of those who asked', async () => {
    const { world, agent, approvalId } = await held()
    const again = world.refuse(await world.decide.call(agent, write()))
    expect(again.ask?.approvalId).toBe(approvalId)
    expect(world.rows.all('approvals')).toHaveLength(1)
    expect(world.rows.get('approvals', approvalId)).toMatchObject({
      subject: 'call',
      subjectId: agent.task.id,
      state: 'pending',
      seats: ['security'],
      requestedBy: [writer.id, 'psn_asker'],
      usesMax: 1,
      expiresMs: startMs + hourMs,
      asked: {
        action: 'docs/write_file',
        arguments: { path: 'handbook/a.md', content: 'x' },
        identity: 'release-agent',
        goal: 'Release it',
      },
    })
    expect(world.refuse(await world.decide.call(agent, write('handbook/a.md', 'y'))).ask?.approvalId).not.toBe(
      approvalId,
    )
  })

  it('lets exactly that call through, once', async () => {
    const { world, agent, approvalId } = await held()
    world.approve(approvalId)
    const { entry } = world.take(await world.decide.call(agent, write()))
    expect(entry.data).toMatchObject({ approvalId, approvedBy: ['psn_voter'] })
    expect(world.rows.get('approvals', approvalId)?.state).toBe('used')
    expect(world.rows.get('approval_uses', approvalId)?.uses).toBe(1)
    expect(world.refuse(await world.decide.call(agent, write())).ask?.approvalId).not.toBe(approvalId)
  })

  it('lets one of two through that ask at the same moment', async () => {
    const { world, agent, approvalId } = await held()
    world.approve(approvalId)
    const decisions = await Promise.all([world.decide.call(agent, write()), world.decide.call(agent, write())])
    expect(decisions.map((decision) => decision.outcome)).toEqual(['permit', 'permit'])
    const [first, second] = decisions
    if (first === undefined || second === undefined) throw new Error('two were asked for')
    world.take(first)
    expect(() => world.take(second)).toThrow('conflict')
  })

  const worthless: [string, (world: World, approvalId: string, agent: AgentCaller) => void, CallRequest?][] = [
    ['is still pending', () => {}],
    ['was denied', (world, id) => world.change('approvals', id, { state: 'denied' })],
    [
      'is late',
      (world, id) => {
        world.approve(id)
        world.change('approvals', id, { expiresMs: world.nowMs })
      },
    ],
    ['is for other arguments', (world, id) => world.approve(id), write('handbook/a.md', 'another text')],
    ['is for another file', (world, id) => world.approve(id), write('handbook/b.md')],
    ['was given by the requester', (world, id) => world.approve(id, 'psn_asker')],
    ['was given by the identity itself', (world, id) => world.approve(id, writer.id)],
    [
      'was given by somebody who has left',
      (world, id) => {
        world.approve(id)
        world.change('persons', 'psn_voter', { state: 'left' })
      },
    ],
    ['was given by nobody', (world, id) => world.change('approvals', id, { state: 'approved' })],
    [
      'was given by the person it acts for',
      (world, id, agent) => {
        world.approve(id)
        world.change('tasks', agent.task.id, { onBehalfOf: 'psn_voter' })
      },
    ],
    [
      'was given twice by one',
      (world, id) => {
        world.approve(id)
        const votes = world.rows.get('approvals', id)?.votes ?? []
        world.change('approvals', id, { votes: [...votes, ...votes], seats: ['security', 'security'] })
      },
    ],
    [
      'was used up by its count',
      (world, id) => {
        world.approve(id)
        world.change('approval_uses', id, { uses: 1 })
      },
    ],
    [
      'has no count',
      (world, id) => {
        world.approve(id)
        world.rows.tables.get('approval_uses')?.delete(id)
      },
    ],
    [
      'is about another task',
      (world, id) => {
        world.approve(id)
        world.change('approvals', id, { subjectId: 'tsk_other' })
      },
    ],
    [
      'is about something else',
      (world, id) => {
        world.approve(id)
        world.change('approvals', id, { subject: 'task' })
      },
    ],
  ]
  it.each(worthless)('counts for nothing when it %s', async (_, change, request = write()) => {
    const { world, agent, approvalId } = await held()
    change(world, approvalId, agent)
    expect(await world.decide.call(agent, request)).toMatchObject({ outcome: 'denial', code: 'approval_required' })
  })

  it('does not help where a law or a policy says no by now', async () => {
    const { world, agent, approvalId } = await held()
    world.approve(approvalId)
    world.change('resource_rules', 'docs:/*', { sensitivity: 'restricted' })
    expect(await world.decide.call(agent, write())).toMatchObject({ code: 'ceiling_exceeded' })
    world.change('resource_rules', 'docs:/*', { sensitivity: 'internal' })
    world.change('identities', writer.id, { tier: 'T1' })
    expect(await world.decide.call(agent, write())).toMatchObject({
      code: 'denied',
      reasons: [{ rule: 'tier:observer-reads' }],
    })
    expect(world.rows.get('approvals', approvalId)?.state).toBe('approved')
  })

  it('by the owner who did not ask counts', async () => {
    const { world, agent, approvalId } = await held()
    world.approve(approvalId, 'psn_owner')
    world.take(await world.decide.call(agent, write()))
  })

  it('is asked for by each action of a critical identity, reads too', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    world.change('identities', writer.id, { tier: 'T4' })
    const denial = world.refuse(await world.decide.call(agent, read()))
    expect(denial).toMatchObject({
      code: 'approval_required',
      reasons: [{ rule: 'law:each-action' }, { rule: 'tier:critical-each-action' }],
    })
    world.approve(denial.ask?.approvalId ?? '')
    world.take(await world.decide.call(agent, read()))
  })

  it('of what the delegator needs one for is needed by the helper too', async () => {
    const world = new World()
    world.change('entitlements', 'ent_writer', { approval: 'each-call' })
    const agent = await world.start(writer.id)
    const child = world.take(await world.decide.delegation(agent, delegationRequest)).grant
    const helper = await world.enter(child, reader.id)
    expect(await world.decide.call(helper, read())).toMatchObject({ code: 'approval_required' })
  })

  it('is not asked for without end', async () => {
    const { world, agent } = await held()
    for (let at = 0; at < 40; at++) world.refuse(await world.decide.call(agent, write('handbook/a.md', `text ${at}`)))
    expect(world.rows.all('approvals')).toHaveLength(20)
    expect((await world.decide.call(agent, write('handbook/a.md', 'one more'))) as { ask?: unknown }).toMatchObject({
      ask: { sentence: expect.stringContaining('Too many') },
    })
  })

  it('shows long arguments by their beginning and digest', async () => {
    const { world, agent } = await held()
    const denial = world.refuse(await world.decide.call(agent, write('handbook/a.md', 'x'.repeat(50_000))))
    expect(world.rows.get('approvals', denial.ask?.approvalId ?? '')?.asked['arguments']).toMatchObject({
      content: { characters: 50_000 },
    })
  })
})

describe('a list of tools', () => {
  it('shows what the task could use, and nothing else', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    expect(
      await world.decide.listable(agent, 'docs', ['write_file', 'read_text_file', 'changed', 'rm', 'read_many']),
    ).toEqual(['write_file', 'read_text_file'])
    expect(await world.decide.listable(agent, 'elsewhere', ['read_text_file'])).toEqual([])
    const other = await world.start()
    expect(await world.decide.listable(other, 'docs', ['write_file', 'read_text_file'])).toEqual(['read_text_file'])
  })

  const empty: [string, Change][] = [
    ['the task has ended', (world, agent) => world.change('tasks', agent.task.id, { state: 'completed' })],
    ['the identity is suspended', (world) => world.change('identities', reader.id, { state: 'suspended' })],
    ['the upstream is cut off', (world) => world.cutOff('upstream:docs')],
    ['the entitlement ended', (world) => world.change('entitlements', 'ent_reader', { state: 'ended' })],
    ['the purpose lost the class', (world) => world.change('purposes', 'summarise', { classes: [] })],
    [
      'the store fails',
      (world) => {
        world.store.tasks = () => Promise.reject(new Error('down'))
      },
    ],
  ]
  it.each(empty)('is empty when %s', async (_, change) => {
    const world = new World()
    const agent = await world.start()
    change(world, agent)
    expect(await world.decide.listable(agent, 'docs', ['read_text_file'])).toEqual([])
  })
})

function nest(depth: number): unknown {
  return depth === 0 ? 1 : [nest(depth - 1)]
}

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
