import { describe, expect, it } from 'vitest'
import { addPolicies } from '../../../test/decide/policies-with.ts'
import { hourMs, read, reader, taskRequest, World, write, writer } from '../../../test/decide/world.ts'
import type { AgentCaller } from '../../authenticate/caller.ts'
import type { Denial } from '../../contract/decision.ts'
import type { Policies } from '../policy/load-policies.ts'
import type { CallRequest } from '../requests.ts'

/** A call that was permitted, and what is said to it later on. */
async function begin(
  world: World,
  agent: AgentCaller,
  request: CallRequest,
): Promise<{ readonly again: () => Promise<Denial | null> }> {
  const { before } = world.take(await world.decide.call(agent, request)).grant
  return { again: () => world.decide.callAgain(agent, request, before) }
}

/** Policies that ask for no more of a result than so many bytes, in a policy of this name; null where they ask for nothing. */
function limiting(bytesMax: number | null, id = 'acme:small'): Policies {
  const properties = JSON.stringify(JSON.stringify({ type: 'dev.remit/limit-result', properties: { bytesMax } }))
  const asking = bytesMax === null ? '' : `@obligation(${properties})`
  return addPolicies(
    `@id("${id}") @sentence("Small.") ${asking} permit (principal, action == Remit::Action::"read", resource);`,
  )
}

describe('a call that is under way', () => {
  it('stands where it took the last of a budget itself, and a limit and its rate are full', async () => {
    const world = new World()
    const agent = await world.start()
    world.change('tasks', agent.task.id, { budget: { ...agent.task.budget, callsPerMinuteMax: 1 } })
    world.change('task_usage', agent.task.id, { calls: 9 })
    const { again } = await begin(world, agent, read())
    expect(await world.decide.call(agent, read())).toMatchObject({ code: 'budget_exceeded' })
    expect(await again()).toBeNull()
  })

  it.each(['history', 'here'])('stands where it is the first, which policies let through once: by %s', async (told) => {
    const world = new World(
      addPolicies(`@id("acme:once") @sentence("Once.") forbid (principal, action == Remit::Action::"read", resource)
        when { context.${told}.permitted.hasTag("read") };`),
    )
    const agent = await world.start()
    const { again } = await begin(world, agent, read())
    expect(world.refuse(await world.decide.call(agent, read())).reasons[0]?.rule).toBe('acme:once')
    expect(await again()).toBeNull()
  })

  it('stands where it is a change, and what it reads itself would hold the next one', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const { again } = await begin(world, agent, write())
    world.change('task_usage', agent.task.id, { confidentiality: 2, integrity: 1 })
    expect(await world.decide.call(agent, write())).toMatchObject({ code: 'approval_required' })
    expect(await again()).toBeNull()
  })

  it('stands where a person approved it, though that approval is used up and its time is over', async () => {
    const world = new World()
    world.change('entitlements', 'ent_writer', { approval: 'each-call' })
    const agent = await world.start(writer.id)
    const approvalId = world.refuse(await world.decide.call(agent, write())).ask?.approvalId ?? ''
    world.approve(approvalId)
    const { again } = await begin(world, agent, write())
    world.change('approvals', approvalId, { expiresMs: world.nowMs })
    expect(await world.decide.call(agent, write())).toMatchObject({ code: 'approval_required' })
    expect(await again()).toBeNull()
  })

  it('stands where its token runs out: with the next one it could be sent again', async () => {
    const world = new World()
    const agent = await world.start()
    const { again } = await begin(world, agent, read())
    world.nowMs = agent.credential.expiresMs
    expect(await world.decide.call(agent, read())).toMatchObject({ code: 'token_expired' })
    expect(await again()).toBeNull()
  })

  it('has its arguments read no more: large ones would take all of the time, each second', async () => {
    const world = new World()
    const agent = await world.start()
    let looks = 0
    const request = read()
    const watched = {
      ...request.arguments,
      get notes() {
        looks += 1
        return ['many']
      },
    }
    const { again } = await begin(world, agent, { ...request, arguments: watched })
    const before = looks
    expect([await again(), looks, before > 0]).toEqual([null, before, true])
  })

  it('falls where each call is to be approved from now on, and nobody has approved it', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const { again } = await begin(world, agent, write())
    world.change('entitlements', 'ent_writer', { approval: 'each-call' })
    expect(await again()).toMatchObject({
      code: 'approval_required',
      reasons: [{ rule: 'law:each-call' }],
      ask: { sentence: 'Send the call again, and a person is asked.' },
    })
    expect(world.rows.all('approvals')).toEqual([])
  })

  it.each<[string, Policies, Policies]>([
    ['as it was, by another policy', limiting(9), limiting(9, 'acme:as-small')],
    ['no more', limiting(9), limiting(null)],
  ])('stands where policies ask for something of its result %s', async (_, before, now) => {
    const world = new World(before)
    const agent = await world.start()
    const { again } = await begin(world, agent, read())
    world.shelf.put({ enforced: now, shadow: null, guards: [] })
    expect(await again()).toBeNull()
  })

  it.each<[string, Policies, Policies]>([
    ['for the first time', limiting(null), limiting(9)],
    ['otherwise', limiting(9), limiting(8)],
  ])(
    'falls where policies ask for something of its result %s: it would come back without that',
    async (_, before, now) => {
      const world = new World(before)
      const agent = await world.start()
      const { again } = await begin(world, agent, read())
      world.shelf.put({ enforced: now, shadow: null, guards: [] })
      expect(await again()).toMatchObject({
        code: 'denied',
        reasons: [
          {
            rule: 'law:obligation',
            sentence:
              'Policies ask now for an obligation of the type dev.remit/limit-result, with which this was not permitted.',
          },
        ],
        ask: { sentence: 'Send the call again.' },
      })
    },
  )

  const FALLS: readonly (readonly [string, string, (world: World, agent: AgentCaller) => unknown])[] = [
    ['identity_inactive', 'the owner left', (world) => world.change('persons', 'psn_owner', { state: 'left' })],
    ['cut_off', 'the vendor was cut off', (world) => world.cutOff('vendor:acme')],
    [
      'token_revoked',
      'the token was taken back',
      (world, { credential }) => world.change('credentials', credential.id, { state: 'revoked' }),
    ],
    ['task_not_active', 'the task is over', (world) => Object.assign(world, { nowMs: world.nowMs + 9 * hourMs })],
    [
      'identity_inactive',
      'the binding ended',
      (world) => world.change('bindings', 'bnd_reader', { endedMs: world.nowMs }),
    ],
    [
      'scope_exceeded',
      'the entitlement ran out',
      (world) => world.change('entitlements', 'ent_reader', { endsMs: world.nowMs }),
    ],
    ['denied', 'a tier forbids it', (world) => world.change('identities', reader.id, { tier: 'T0' })],
    [
      'tool_quarantined',
      'the tool is not the reviewed one any more',
      (world) => world.change('tool_rules', 'docs/read_text_file', { state: 'quarantined' }),
    ],
  ]
  it.each(FALLS)('falls as %s where %s, and nothing is written', async (code, _, change) => {
    const world = new World()
    const agent = await world.start()
    const { again } = await begin(world, agent, read())
    expect(await again()).toBeNull()
    world.nowMs += 10
    change(world, agent)
    expect((await again())?.code).toBe(code)
  })

  it('is told what would be allowed near it where it falls, as the next one is', async () => {
    const world = new World()
    const wide = { action: 'docs/read_text_file', resource: 'docs:/*' }
    const agent = await world.start(reader.id, { ...taskRequest, scope: [wide] })
    const { again } = await begin(world, agent, read('handbook/a.md'))
    const narrowed = [{ ...wide, resource: 'docs:/handbook/b*' }]
    world.change('entitlements', 'ent_reader', { scope: narrowed })
    const { nearest } = world.refuse(await world.decide.call(agent, read('handbook/a.md')))
    expect([nearest, (await again())?.nearest]).toEqual([narrowed, narrowed])
  })

  it('is not told to stand or to fall where that cannot be read', async () => {
    const world = new World()
    const agent = await world.start()
    const { before } = world.take(await world.decide.call(agent, read())).grant
    const broken = {
      ...world.store,
      tasks: async () => {
        throw new Error('the store is gone')
      },
    }
    const decide = world.decideWith(world.shelf.enforced(), broken)
    await expect(decide.callAgain(agent, read(), before)).rejects.toThrow('the store is gone')
  })
})
