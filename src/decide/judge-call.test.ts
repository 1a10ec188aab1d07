import { describe, expect, it } from 'vitest'
import { read, reader, startMs, taskRequest, World, write } from '../../test/decide/world.ts'
import type { AgentCaller } from '../authenticate/caller.ts'
import { meter } from '../contract/change.ts'
import type { Decision } from '../contract/decision.ts'
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
    const { grant, entry, reasons, obligations } = world.take(await world.decide.call(agent, read()))
    expect(obligations).toEqual([])
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
      policy: world.shelf.enforced().version,
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

  it('whose files were looked at by the review that counts is permitted', async () => {
    const world = new World()
    expect(await world.decide.call(await world.start(), looked(null, 1))).toMatchObject({ outcome: 'permit' })
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
    ['a look at the file says no', 'request_invalid', 'law:target', nothing, looked('a link leads it elsewhere', 1)],
    ['the look was made by another review of the tool', 'request_invalid', 'law:target', nothing, looked(null, 2)],
    ['the look was made before the tool was reviewed', 'request_invalid', 'law:target', nothing, looked(null, 0)],
    ['the path is missing', 'request_invalid', 'law:target', nothing, { ...read(), arguments: {} }],
    ['the resource lies outside the scope', 'scope_exceeded', 'law:scope', nothing, read('board/a.md')],
    ['the path climbs', 'request_invalid', 'law:target', nothing, read('handbook/../handbook/a.md')],
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
    ['its resource is classified', (world) => world.classify({ pattern: 'docs:/*', sensitivity: 'restricted' })],
    [
      'it is classified by a longer pattern',
      (world) => world.classify({ pattern: 'docs:/h*', sensitivity: 'restricted' }),
    ],
    ['the entitlement ends', (world) => world.change('entitlements', 'ent_reader', { state: 'ended' })],
    ['the upstream is cut off', (world) => world.cutOff('upstream:docs')],
    ['the chain is cut off', (world, agent) => world.cutOff(`chain:${agent.task.rootId}`)],
    [
      'the budget is used up',
      (world, agent) =>
        world.rows.commit([meter('task_usage', agent.task.id, { add: { calls: 10 }, raise: {}, atMost: {} })]),
    ],
  ]
  it('that was permitted on a list of resources that exists is a conflict once the list has moved', async () => {
    const world = new World()
    world.classify({ pattern: 'mail:*', sensitivity: 'restricted' })
    const agent = await world.start()
    const decision = await world.decide.call(agent, read())
    world.classify({ pattern: 'mail:*', sensitivity: 'public' })
    expect(() => world.take(decision)).toThrow('conflict')
    world.take(await world.decide.call(agent, read()))
  })

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
    let passed = 0
    const pass = (decision: Decision): boolean => {
      try {
        passed += world.take(decision).outcome === 'permit' ? 1 : 0
        return true
      } catch {
        return false
      }
    }
    // the first round puts the row by which the tool is counted, so that the others of it are decided again
    for (let open = 30, rounds = 0; rounds < 3; rounds += 1) {
      const decisions = await Promise.all(Array.from({ length: open }, () => world.decide.call(agent, read())))
      open = decisions.filter((decision) => !pass(decision)).length
    }
    expect(passed).toBe(10)
    expect(await world.decide.call(agent, read())).toMatchObject({ code: 'budget_exceeded' })
  })
})

/** A call whose files were looked at; the rules of the world are of version 1. */
function looked(fault: string | null, ruleVersion: number): CallRequest {
  return { ...read(), files: { fault, ruleVersion } }
}

function nest(depth: number): unknown {
  return depth === 0 ? 1 : [nest(depth - 1)]
}
