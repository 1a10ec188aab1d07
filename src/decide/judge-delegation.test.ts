import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../test/arbitraries.ts'
import {
  delegationRequest,
  hourMs,
  read,
  reader,
  startMs,
  World,
  writer,
  writerRequest,
} from '../../test/decide/world.ts'
import type { AgentCaller } from '../authenticate/caller.ts'
import { INTEGRITIES } from '../contract/label.ts'
import { containsScope, type Grant } from '../contract/scope.ts'
import { SENSITIVITIES } from '../contract/sensitivity.ts'
import { type Budget, findExcess, isAcyclic, type Task, type TaskUsage } from '../contract/task.ts'
import type { DelegationRequest } from './requests.ts'

type Change = (world: World, agent: AgentCaller) => void
const nothing: Change = () => {}

describe('a delegation', () => {
  it('gives a narrower task in the same chain, with the labels of its parent', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    world.take(await world.decide.call(agent, { ...read(), tool: 'fetch_page' }))
    const { grant, entry } = world.take(await world.decide.delegation(agent, delegationRequest))
    expect(grant).toMatchObject({
      identityId: reader.id,
      parentId: agent.task.id,
      rootId: agent.task.id,
      purpose: 'summarise',
      ticket: 'REL-1',
      state: 'active',
      bindingId: null,
      labels: { confidentiality: 'internal', integrity: 'untrusted' },
      delegationDepthLeft: 1,
      endsMs: startMs + 600_000,
      chain: [{ name: 'release-agent' }, { name: 'docs-summariser', taskId: grant.id }],
    })
    expect(world.rows.get('task_usage', grant.id)).toMatchObject({ confidentiality: 1, integrity: 1, calls: 0 })
    expect(entry).toMatchObject({
      kind: 'decision.permit',
      actor: { id: writer.id, chain: agent.task.chain },
      subject: { kind: 'task', id: grant.id },
      data: {
        taskId: grant.id,
        identityId: reader.id,
        parentId: agent.task.id,
        rootId: agent.task.id,
        scope: delegationRequest.scope,
        endsMs: grant.endsMs,
      },
    })
  })

  const denials: [string, string, string, Change, Partial<DelegationRequest>][] = [
    ['nobody has the name', 'actor_unauthorized', 'law:may-act', nothing, { to: 'nobody' }],
    [
      'the helper is not active',
      'identity_inactive',
      'law:active',
      (world) => world.change('identities', reader.id, { state: 'suspended' }),
      {},
    ],
    [
      'the owner of the helper has left',
      'identity_inactive',
      'law:owner',
      (world) => {
        world.change('identities', reader.id, { owner: 'psn_sponsor' })
        world.grant(writer.id, reader.id)
        world.change('persons', 'psn_sponsor', { state: 'left' })
      },
      {},
    ],
    ['the helper was cut off', 'cut_off', 'law:cutoff', (world) => world.cutOff(`identity:${reader.id}`), {}],
    [
      'the delegator is not active',
      'identity_inactive',
      'law:active',
      (world) => world.change('identities', writer.id, { state: 'suspended' }),
      {},
    ],
    [
      'the delegating task was completed',
      'task_not_active',
      'law:task-live',
      (world, agent) => world.change('tasks', agent.task.id, { state: 'completed' }),
      {},
    ],
    [
      'the token was revoked',
      'token_revoked',
      'law:credential',
      (world, agent) => world.change('credentials', agent.credential.id, { state: 'revoked' }),
      {},
    ],
    [
      'the chain was cut off',
      'cut_off',
      'law:cutoff',
      (world, agent) => world.cutOff(`chain:${agent.task.rootId}`),
      {},
    ],
    ['it goes back to who asks', 'chain_invalid', 'law:acyclic', nothing, { to: 'release-agent' }],
    [
      'it goes back to who acted before it was elsewhere',
      'chain_invalid',
      'law:acyclic',
      (world, agent) =>
        world.change('tasks', agent.task.id, {
          foreignAct: {
            iss: 'https://as.partner.example',
            sub: 'p',
            act: { iss: 'https://remit.example', sub: reader.id },
          },
        }),
      {},
    ],
    [
      'no hop is left',
      'chain_invalid',
      'law:depth',
      (world, agent) => world.change('tasks', agent.task.id, { delegationDepthLeft: 0 }),
      {},
    ],
    [
      'the scope is beyond the helper',
      'scope_exceeded',
      'law:containment',
      (world) =>
        world.change('entitlements', 'ent_reader', { scope: [{ action: 'docs/*', resource: 'docs:/other/*' }] }),
      {},
    ],
    [
      'the class is beyond the helper',
      'purpose_exceeded',
      'law:purpose',
      nothing,
      { scope: [{ action: 'docs/write_file', resource: 'docs:/a' }] },
    ],
    [
      'the class is beyond the purpose of the delegator',
      'purpose_exceeded',
      'law:purpose',
      (world) => world.change('purposes', 'release', { classes: ['write'] }),
      {},
    ],
    [
      'the scope is beyond the delegator',
      'scope_exceeded',
      'law:delegated-scope',
      (world, agent) =>
        world.change('tasks', agent.task.id, {
          scope: [{ action: 'docs/read_text_file', resource: 'docs:/handbook/a*' }],
        }),
      {},
    ],
    [
      'the ceiling is beyond the delegator',
      'ceiling_exceeded',
      'law:delegated-ceiling',
      (world, agent) => world.change('tasks', agent.task.id, { ceiling: 'public' }),
      {},
    ],
    ['the ceiling is beyond the helper', 'ceiling_exceeded', 'law:ceiling', nothing, { ceiling: 'restricted' }],
    [
      'it would outlive the delegator',
      'end_exceeded',
      'law:delegated-end',
      (world, agent) => world.change('tasks', agent.task.id, { endsMs: startMs + 1000 }),
      {},
    ],
    [
      'it lasts longer than the tier of the helper allows',
      'end_exceeded',
      'law:tier-end',
      nothing,
      { lifeSeconds: 9 * 3600 },
    ],
    [
      'it wants more calls than are left',
      'budget_exceeded',
      'law:delegated-budget',
      (world, agent) => world.change('task_usage', agent.task.id, { calls: 6 }),
      {},
    ],
    [
      'it wants more writes than are left',
      'budget_exceeded',
      'law:delegated-budget',
      nothing,
      { budget: { callsMax: 1, writesMax: 6, bytesMax: 1 } },
    ],
    [
      'it wants more bytes than are left',
      'budget_exceeded',
      'law:delegated-budget',
      (world, agent) => world.change('task_usage', agent.task.id, { bytes: 999_999 }),
      {},
    ],
    ['the goal is empty', 'request_invalid', 'law:form', nothing, { goal: '' }],
    [
      'a policy forbids it',
      'denied',
      'tier:critical-no-delegation',
      (world) => world.change('identities', writer.id, { tier: 'T4' }),
      {},
    ],
  ]
  it.each(denials)('is denied when %s', async (_, code, rule, change, more) => {
    const world = new World()
    const agent = await world.start(writer.id)
    change(world, agent)
    const denial = world.refuse(await world.decide.delegation(agent, { ...delegationRequest, ...more }))
    expect(denial).toMatchObject({ code, reasons: [{ rule }] })
    expect(denial.reasons[0]?.sentence).not.toBe('')
    expect(denial.ask?.sentence).not.toBe('')
    expect(world.rows.all('tasks')).toHaveLength(1)
    expect(world.errors).toEqual([])
  })

  it('to somebody unknown sounds like one to somebody to whom nothing was granted, active or not', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const unknown = await world.decide.delegation(agent, { ...delegationRequest, to: 'nobody' })
    world.change('delegation_grants', world.grant(writer.id, reader.id).id, { state: 'ended' })
    const ungranted = await world.decide.delegation(agent, delegationRequest)
    world.change('identities', reader.id, { state: 'retired' })
    const inactive = await world.decide.delegation(agent, delegationRequest)
    expect(ungranted).toMatchObject({ code: 'actor_unauthorized', reasons: unknown.reasons })
    expect(inactive).toMatchObject({ code: 'actor_unauthorized', reasons: unknown.reasons })
  })

  it('to an operator waits for a person whom nobody of the chain can stand in for', async () => {
    const world = new World()
    world.change('identities', reader.id, { tier: 'T3', authors: ['psn_sponsor', 'psn_owner'] })
    const agent = await world.start(writer.id)
    const { grant } = world.take(await world.decide.delegation(agent, delegationRequest))
    expect(grant.state).toBe('waiting')
    expect(world.rows.get('approvals', grant.approvalId ?? '')).toMatchObject({
      requestedBy: [writer.id, 'psn_asker', reader.id, 'psn_sponsor', 'psn_owner'],
    })
  })

  it('on behalf of a person waits for somebody else: they have asked for it, however many hands it goes through', async () => {
    const world = new World()
    world.change('identities', reader.id, { tier: 'T3' })
    const agent = await world.start(writer.id)
    world.change('tasks', agent.task.id, { onBehalfOf: 'psn_voter' })
    const { grant, entry } = world.take(await world.decide.delegation(agent, delegationRequest))
    const { requestedBy } = world.rows.get('approvals', grant.approvalId ?? '') ?? {}
    expect(requestedBy).toContain('psn_voter')
    expect(entry.data['requestedBy']).toEqual(requestedBy)
  })

  it.each([
    [
      'the parent reads worse things',
      (world: World, agent: AgentCaller) => world.change('task_usage', agent.task.id, { confidentiality: 2 }),
    ],
    [
      'the parent is completed',
      (world: World, agent: AgentCaller) => world.change('tasks', agent.task.id, { state: 'completed' }),
    ],
    ['the helper is suspended', (world: World) => world.change('identities', reader.id, { state: 'suspended' })],
    ['the helper is cut off', (world: World) => world.cutOff(`identity:${reader.id}`)],
  ])('that was permitted before %s is a conflict when it is written after', async (_, change) => {
    const world = new World()
    const agent = await world.start(writer.id)
    const decision = await world.decide.delegation(agent, delegationRequest)
    change(world, agent)
    expect(() => world.take(decision)).toThrow('conflict')
  })
})

/** Mostly wide bounds and mostly small wishes, so that many fit and all bounds are met. */
const wide = { weight: 3, arbitrary: fc.constant([{ action: '*', resource: '*' }]) }
const actions = fc.constantFrom('docs/read_text_file', 'docs/fetch_page', 'docs/read_*', 'docs/*', 'docs/write_file')
const resources = fc.constantFrom('docs:/*', 'docs:/handbook/*', 'docs:/handbook/a', 'docs:/h*', 'docs:/x')
const scopes: fc.Arbitrary<readonly Grant[]> = fc.array(fc.record({ action: actions, resource: resources }), {
  minLength: 1,
  maxLength: 3,
})
const bounds: fc.Arbitrary<readonly Grant[]> = fc.oneof(wide, { weight: 1, arbitrary: scopes })
const high = fc.constantFrom(...SENSITIVITIES, 'restricted', 'restricted', 'restricted')
const low = fc.constantFrom(...SENSITIVITIES, 'public', 'public', 'public')
const budgetsOf = (most: number): fc.Arbitrary<Budget> =>
  fc.record({ callsMax: fc.nat(most), writesMax: fc.nat(most), bytesMax: fc.nat(most) })
const parents = fc.record({
  scope: bounds,
  ceiling: high,
  budget: budgetsOf(100),
  endsMs: fc.integer({ min: startMs + 1, max: startMs + hourMs }),
  delegationDepthLeft: fc.nat(3),
})
const usages = fc.record({
  calls: fc.nat(20),
  writes: fc.nat(20),
  bytes: fc.nat(20),
  confidentiality: fc.nat(3),
  integrity: fc.nat(1),
})
const requests: fc.Arbitrary<DelegationRequest> = fc.record({
  to: fc.oneof(
    { weight: 9, arbitrary: fc.constant('docs-summariser') },
    { weight: 1, arbitrary: fc.constantFrom('release-agent', 'nobody') },
  ),
  goal: fc.oneof({ weight: 9, arbitrary: fc.constant('help') }, { weight: 1, arbitrary: fc.constant('') }),
  scope: scopes,
  ceiling: low,
  budget: budgetsOf(30),
  lifeSeconds: fc.integer({ min: 1, max: 900 }),
})
const entitled = fc.record({ scope: bounds, ceiling: high })

describe('whatever is asked for', () => {
  it('a child never exceeds its parent, nor what its identity is entitled to', async () => {
    const world = new World()
    world.change('purposes', 'summarise', { classes: ['read', 'write', 'administer'], ceiling: 'restricted' })
    world.change('purposes', 'release', { classes: ['read', 'write', 'administer'], ceiling: 'restricted' })
    const agent = await world.start(writer.id, writerRequest)
    let permits = 0
    const check = fc.asyncProperty(parents, usages, requests, entitled, async (parent, usage, request, entitlement) => {
      world.change('tasks', agent.task.id, parent as Partial<Task>)
      world.change('task_usage', agent.task.id, usage as Partial<TaskUsage>)
      world.change('entitlements', 'ent_reader', { ...entitlement, classes: ['read', 'write', 'administer'] })
      const decision = await world.decide.delegation(agent, request)
      if (decision.outcome === 'denial') return
      permits++
      const child = decision.grant
      const left = {
        callsMax: parent.budget.callsMax - usage.calls,
        writesMax: parent.budget.writesMax - usage.writes,
        bytesMax: parent.budget.bytesMax - usage.bytes,
      }
      expect(
        findExcess(
          {
            ...parent,
            budget: {
              callsMax: Math.max(0, left.callsMax),
              writesMax: Math.max(0, left.writesMax),
              bytesMax: Math.max(0, left.bytesMax),
            },
          },
          child,
        ),
      ).toEqual([])
      expect(containsScope(entitlement.scope, child.scope)).toBe(true)
      expect(SENSITIVITIES.indexOf(child.ceiling)).toBeLessThanOrEqual(SENSITIVITIES.indexOf(entitlement.ceiling))
      expect(isAcyclic(child.chain)).toBe(true)
      expect(child.labels).toEqual({
        confidentiality: SENSITIVITIES[usage.confidentiality],
        integrity: INTEGRITIES[usage.integrity],
      })
    })
    await fc.assert(check, RUNS)
    expect(permits).toBeGreaterThan(RUNS.numRuns / 40)
    expect(world.errors).toEqual([])
  }, 600_000)
})
