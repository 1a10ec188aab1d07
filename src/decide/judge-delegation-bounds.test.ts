import { describe, expect, it } from 'vitest'
import { delegationRequest, reader, startMs, World, writer } from '../../test/decide/world.ts'
import type { AgentCaller } from '../authenticate/caller.ts'
import type { Denial } from '../contract/decision.ts'
import type { Scope } from '../contract/scope.ts'
import type { Budget, Task } from '../contract/task.ts'
import { LIMITS } from '../ground/limits.ts'
import type { DelegationRequest } from './requests.ts'

const small: Budget = { callsMax: 1, writesMax: 0, bytesMax: 1 }

/** A task of the writer with these bounds. */
async function stage(task: Partial<Task> = {}): Promise<{ readonly world: World; readonly agent: AgentCaller }> {
  const world = new World()
  const agent = await world.start(writer.id)
  world.change('tasks', agent.task.id, task)
  return { world, agent }
}

/** The same, with a part of it in the hands of the reader, and a third who can take a part of that. */
async function stageChain(task: Partial<Task> = {}): Promise<{ readonly world: World; readonly helper: AgentCaller }> {
  const { world, agent } = await stage(task)
  world.rows.put('identities', { ...reader, id: 'idn_third', name: 'third' })
  const binding = world.rows.get('bindings', 'bnd_reader')
  if (binding === undefined) throw new Error('there is no binding')
  world.rows.put('bindings', { ...binding, id: 'bnd_third', identityId: 'idn_third', subject: 'idn_third' })
  world.grant(reader.id, 'idn_third')
  const entitlement = world.rows.get('entitlements', 'ent_reader')
  if (entitlement === undefined) throw new Error('there is no entitlement')
  world.rows.put('entitlements', { ...entitlement, id: 'ent_third', identityId: 'idn_third' })
  const { grant } = world.take(await world.decide.delegation(agent, { ...delegationRequest, budget: small }))
  return { world, helper: await world.enter(grant, reader.id) }
}

async function refuse(
  { world, agent }: { readonly world: World; readonly agent: AgentCaller },
  more: Partial<DelegationRequest>,
): Promise<Denial<'delegation'>> {
  return world.refuse(await world.decide.delegation(agent, { ...delegationRequest, ...more }))
}

describe('what a delegation hands on', () => {
  it('is said in full, together with whom it is for', async () => {
    const { world, agent } = await stage()
    world.actFor(agent.task.id, 'psn_asker')
    const { grant } = world.take(await world.decide.delegation(agent, delegationRequest))
    expect(grant).toMatchObject({
      goal: delegationRequest.goal,
      ticket: 'REL-1',
      scope: delegationRequest.scope,
      ceiling: 'internal',
      budget: delegationRequest.budget,
      onBehalfOf: 'psn_asker',
      createdMs: startMs,
      approvalId: null,
    })
  })

  it.each([
    ['nothing', {}, { callsMax: 2, writesMax: 3, bytesMax: 60 }],
    ['its calls alone', { callsMax: 1 }, { callsMax: 1, writesMax: 3, bytesMax: 60 }],
    ['its writes and bytes', { writesMax: 0, bytesMax: 9 }, { callsMax: 2, writesMax: 0, bytesMax: 9 }],
  ] as const)('gets at most what every task above has left where it says of its budget %s', async (_, budget, has) => {
    const { world, agent } = await stage({ budget: { callsMax: 9, writesMax: 4, bytesMax: 100 } })
    world.change('task_usage', agent.task.id, { calls: 7, writes: 1, bytes: 40 })
    const { grant } = world.take(await world.decide.delegation(agent, { ...delegationRequest, budget }))
    expect(grant.budget).toEqual(has)
  })

  it('gets no more than any task does where much is left and nothing was said of its budget', async () => {
    const most = { callsMax: LIMITS.callsMax, writesMax: LIMITS.callsMax, bytesMax: LIMITS.bytesMax }
    const { world, agent } = await stage({ budget: { ...most, spendMax: 9, currency: 'EUR', callsPerMinuteMax: 5 } })
    const { grant } = world.take(await world.decide.delegation(agent, { ...delegationRequest, budget: {} }))
    expect(grant.budget).toEqual({
      callsMax: LIMITS.callsDefault,
      writesMax: LIMITS.writesDefault,
      bytesMax: LIMITS.bytesDefault,
    })
  })

  it('is refused what it says and is not left, also where it leaves the rest unsaid', async () => {
    const { world, agent } = await stage({ budget: { callsMax: 9, writesMax: 4, bytesMax: 100 } })
    world.change('task_usage', agent.task.id, { calls: 7 })
    expect(await refuse({ world, agent }, { budget: { callsMax: 3 } })).toMatchObject({
      code: 'budget_exceeded',
      ask: { sentence: 'Ask for at most 2 calls, 4 writes and 100 bytes.' },
    })
  })

  const money: [string, Budget, Budget, boolean][] = [
    [
      'as much as there is',
      { ...small, spendMax: 9, currency: 'EUR' },
      { ...small, spendMax: 9, currency: 'EUR' },
      true,
    ],
    [
      'more than there is',
      { ...small, spendMax: 9, currency: 'EUR' },
      { ...small, spendMax: 10, currency: 'EUR' },
      false,
    ],
    ['another currency', { ...small, spendMax: 9, currency: 'EUR' }, { ...small, spendMax: 1, currency: 'USD' }, false],
    ['something of nothing', small, { ...small, spendMax: 1, currency: 'EUR' }, false],
    ['as fast as it is', { ...small, callsPerMinuteMax: 5 }, { ...small, callsPerMinuteMax: 5 }, true],
    ['faster than it is', { ...small, callsPerMinuteMax: 5 }, { ...small, callsPerMinuteMax: 6 }, false],
    ['a rate where there is none', small, { ...small, callsPerMinuteMax: 5 }, true],
    ['all calls that are left', small, small, true],
  ]
  it.each(money)('may spend %s: %o of %o', async (_, has, budget, isPermitted) => {
    const { world, agent } = await stage({ budget: has })
    const decision = await world.decide.delegation(agent, { ...delegationRequest, budget })
    expect(decision.outcome).toBe(isPermitted ? 'permit' : 'denial')
    if (!isPermitted)
      expect(decision).toMatchObject({ code: 'budget_exceeded', reasons: [{ rule: 'law:delegated-budget' }] })
  })

  it.each([
    ['of a helper that may hand on less than is left', 5, 'T0', 1],
    ['of a helper that may hand on more than is left', 1, 'T1', 0],
    ['of one that may hand on as often as is left', 3, 'T1', 2],
  ] as const)('%s can be handed on by the lesser of both', async (_, delegationDepthLeft, tier, left) => {
    const { world, agent } = await stage({ delegationDepthLeft })
    world.change('identities', reader.id, { tier })
    const { grant } = world.take(await world.decide.delegation(agent, delegationRequest))
    expect(grant.delegationDepthLeft).toBe(left)
  })

  it('may last exactly as long as what it comes from', async () => {
    const { world, agent } = await stage({ endsMs: startMs + delegationRequest.lifeSeconds * 1000 })
    expect(await world.decide.delegation(agent, delegationRequest)).toMatchObject({ outcome: 'permit' })
  })
})

describe('a delegation that is too wide', () => {
  const inside: Scope = [{ action: 'docs/read_text_file', resource: 'docs:/handbook/a*' }]
  const rows: [string, Partial<Task>, Partial<DelegationRequest>, string, string][] = [
    ['of scope', { scope: inside }, {}, 'hands on only what it has itself', 'Ask for less'],
    ['of ceiling', { ceiling: 'public' }, {}, 'may touch public data at most', 'the ceiling public'],
    ['of life', { endsMs: startMs + 90_500 }, {}, 'does not outlive', 'at most 90 seconds'],
    [
      'of budget',
      { budget: { callsMax: 4, writesMax: 3, bytesMax: 2 } },
      {},
      'has less left',
      'at most 4 calls, 3 writes and 2 bytes',
    ],
    ['of hops', { delegationDepthLeft: 0 }, {}, 'may not be handed on any further', 'Do it inside this task'],
    [
      'of whom it goes to',
      {},
      { to: 'release-agent' },
      'release-agent is in this chain already',
      'who is not in the chain',
    ],
    [
      'of a helper that nobody knows',
      {},
      { to: 'nobody' },
      'No grant in force lets an identity of this name',
      'remit identity delegate',
    ],
  ]
  it.each(rows)('%s is told by how much, and how to ask', async (_, task, more, says, asks) => {
    const staged = await stage(task)
    const denial = await refuse(staged, more)
    expect(denial.reasons[0]?.sentence).toContain(says)
    expect(denial.ask?.sentence).toContain(asks)
  })

  it('in any one of several bounds is told the scope that would do', async () => {
    expect((await refuse(await stage({ scope: inside }), {})).nearest).toEqual(inside)
    for (const task of [{ ceiling: 'public' }, { endsMs: startMs + 1000 }, { budget: small }] as const)
      expect((await refuse(await stage(task), {})).nearest).toEqual(delegationRequest.scope)
  })

  it('is told no tool that the helper, its purpose or the task could not use', async () => {
    const { world, agent } = await stage()
    const scope = [{ action: 'docs/*', resource: 'docs:/handbook/*' }]
    world.change('tasks', agent.task.id, { scope: [{ action: 'docs/read_text_file', resource: 'docs:/*' }] })
    world.change('purposes', 'summarise', { classes: ['read', 'write', 'administer'] })
    world.change('purposes', 'release', { classes: ['read', 'write', 'administer'] })
    world.change('entitlements', 'ent_reader', { classes: ['read', 'write', 'administer'] })
    const denial = await refuse({ world, agent }, { scope })
    expect(denial).toMatchObject({ reasons: [{ rule: 'law:delegated-scope' }] })
    expect(denial.nearest).toEqual([{ action: 'docs/read_text_file', resource: 'docs:/handbook/*' }])
  })
})

describe('a delegation of a part of a part', () => {
  const third = { ...delegationRequest, to: 'third', budget: small }

  it('lies in the same chain, under the purposes of all', async () => {
    const { world, helper } = await stageChain()
    const { grant } = world.take(await world.decide.delegation(helper, third))
    expect(grant).toMatchObject({
      parentId: helper.task.id,
      rootId: helper.task.rootId,
      delegationDepthLeft: 0,
      chain: [{ name: 'release-agent' }, { name: 'docs-summariser' }, { name: 'third', taskId: grant.id }],
    })
  })

  const above: [string, string, (world: World, rootId: string) => void][] = [
    [
      'has fewer calls left',
      'law:delegated-budget',
      (world, rootId) => world.change('task_usage', rootId, { calls: 10 }),
    ],
    [
      'has fewer bytes left',
      'law:delegated-budget',
      (world, rootId) => world.change('task_usage', rootId, { bytes: 1_000_000 }),
    ],
    [
      'is narrower by now',
      'law:delegated-scope',
      (world, rootId) => world.change('tasks', rootId, { scope: [{ action: 'docs/fetch_page', resource: '*' }] }),
    ],
    [
      'may touch less',
      'law:delegated-ceiling',
      (world, rootId) => world.change('tasks', rootId, { ceiling: 'public' }),
    ],
    [
      'ends sooner',
      'law:delegated-end',
      (world, rootId) => world.change('tasks', rootId, { endsMs: world.nowMs + 1000 }),
    ],
    [
      'has a purpose that covers less',
      'law:purpose',
      (world) => world.change('purposes', 'release', { classes: ['write'] }),
    ],
    [
      'has a purpose that reaches less far',
      'law:ceiling',
      (world) => world.change('purposes', 'release', { ceiling: 'public' }),
    ],
  ]
  it.each(above)('is denied where the task at the root %s', async (_, rule, change) => {
    const { world, helper } = await stageChain()
    change(world, helper.task.rootId)
    expect(await world.decide.delegation(helper, third)).toMatchObject({ outcome: 'denial', reasons: [{ rule }] })
  })

  it('is as slow as the slowest above it', async () => {
    const { world, helper } = await stageChain({
      budget: { callsMax: 5, writesMax: 0, bytesMax: 1000, callsPerMinuteMax: 9 },
    })
    world.change('tasks', helper.task.id, { budget: { ...small, callsPerMinuteMax: 4 } })
    const ask = async (callsPerMinuteMax: number): Promise<string> =>
      (await world.decide.delegation(helper, { ...third, budget: { ...small, callsPerMinuteMax } })).outcome
    expect([await ask(4), await ask(5)]).toEqual(['permit', 'denial'])
  })
})
