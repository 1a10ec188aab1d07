import { describe, expect, it } from 'vitest'
import { delegationRequest, hourMs, read, reader, startMs, World, write, writer } from '../../../test/decide/world.ts'
import type { AgentCaller } from '../../authenticate/caller.ts'
import type { CallRequest } from '../requests.ts'

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
    [
      'is from before its policies were replaced and brought back',
      (world, id) => {
        world.approve(id)
        world.shelf.put({ enforced: world.shelf.enforced(), shadow: null, guards: [], publication: 3 })
      },
    ],
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
        world.actFor(agent.task.id, 'psn_voter')
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

  const reviewed: [string, (world: World) => void][] = [
    [
      'the resource is more sensitive',
      (world) => world.change('resource_rules', 'docs:/*', { sensitivity: 'confidential' }),
    ],
    ['the resource is less sensitive', (world) => world.change('resource_rules', 'docs:/*', { sensitivity: 'public' })],
    ['the tool is of another class', (world) => world.change('tool_rules', 'docs/write_file', { actionClass: 'read' })],
    [
      'its argument means another resource',
      (world) => world.change('tool_rules', 'docs/write_file', { resourcePrefix: 'docs:/b/' }),
    ],
    [
      'its results are not trusted',
      (world) => world.change('tool_rules', 'docs/write_file', { resultIntegrity: 'untrusted' }),
    ],
    [
      'another definition was reviewed',
      (world) => world.change('tool_rules', 'docs/write_file', { definitionDigest: '1'.repeat(64) }),
    ],
  ]
  it.each(reviewed)('counts for nothing where by now %s than it was shown', async (_, review) => {
    const { world, agent, approvalId } = await held()
    world.approve(approvalId)
    const shown = world.rows.get('approvals', approvalId)?.asked
    review(world)
    const denial = world.refuse(await world.decide.call(agent, write()))
    expect(denial).toMatchObject({ code: 'approval_required' })
    const asked = world.rows.get('approvals', denial.ask?.approvalId ?? '')?.asked
    expect(asked).not.toEqual(shown)
    expect({ ...asked, ...shown }).toEqual(shown)
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
    expect(world.take(await world.decide.call(agent, write())).entry.data).toMatchObject({ approvedBy: ['psn_owner'] })
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

  it.each([
    ['long', Array.from({ length: 39 }, (_, at) => [`x${at}`, 'y'.repeat(20_000)])],
    [
      'of characters that take more room than one',
      [
        ['a', '\u0001'.repeat(9_000)],
        ['b', '\u{1f600}'.repeat(9_000)],
      ],
    ],
    ['deep', [['a', Array.from({ length: 900 }, () => ({ b: ['c'] }))]]],
  ] as [string, [string, unknown][]][])(
    'shows arguments that are %s, each in part, in little room',
    async (_, more) => {
      const { world, agent } = await held()
      const request = { ...write(), arguments: { path: 'handbook/a.md', ...Object.fromEntries(more) } }
      const denial = world.refuse(await world.decide.call(agent, request))
      const shown = world.rows.get('approvals', denial.ask?.approvalId ?? '')?.asked['arguments'] as object
      expect(Buffer.byteLength(JSON.stringify(shown))).toBeLessThan(22 * 1024)
      expect(Object.keys(shown)).toEqual(Object.keys(request.arguments))
      for (const [name] of more)
        expect(shown).toMatchObject({ path: 'handbook/a.md', [name]: { begins: expect.stringMatching(/^.{90}/su) } })
      world.approve(denial.ask?.approvalId ?? '')
      world.take(await world.decide.call(agent, request))
    },
  )

  it.each([
    ['more arguments than a person oversees', Array.from({ length: 40 }, (_, at) => [`x${at}`, 1])],
    ['an argument with an endless name', [['x'.repeat(101), 1]]],
  ])('is not asked for of %s', async (_, more) => {
    const { world, agent } = await held()
    const request = { ...write(), arguments: { path: 'handbook/a.md', ...Object.fromEntries(more) } }
    expect(world.refuse(await world.decide.call(agent, request))).toMatchObject({
      code: 'approval_required',
      ask: { sentence: expect.stringContaining('No person oversees') },
    })
    expect(world.rows.all('approvals')).toHaveLength(1)
  })

  it('shows long arguments by their beginning and digest', async () => {
    const { world, agent } = await held()
    const denial = world.refuse(await world.decide.call(agent, write('handbook/a.md', 'x'.repeat(50_000))))
    expect(world.rows.get('approvals', denial.ask?.approvalId ?? '')?.asked['arguments']).toMatchObject({
      content: { characters: 50_000 },
    })
  })
})
