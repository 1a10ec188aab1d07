import { describe, expect, it } from 'vitest'
import { read, taskRequest, World, write, writer, writerRequest } from '../../test/decide/world.ts'
import type { AgentCaller } from '../authenticate/caller.ts'
import { TIER_TERMS, TIERS } from '../contract/register/tier.ts'

const narrow = { ...writerRequest, scope: [{ action: 'docs/read_text_file', resource: 'docs:/handbook/*' }] }
const outside = read('board/minutes.md')
const pivotsOf = (world: World, agent: AgentCaller): number | undefined =>
  world.rows.get('task_usage', agent.task.id)?.pivots

describe('a call outside the scope of its task', () => {
  it('is denied and counted where the tier denies it, and says which one it is', async () => {
    const world = new World()
    const agent = await world.start()
    const first = world.refuse(await world.decide.call(agent, outside))
    expect(first).toMatchObject({ code: 'scope_exceeded', reasons: [{ rule: 'law:scope' }], spent: [] })
    expect(first.reasons[0]?.sentence).toContain('number 1 of the task, which ends with number 20')
    const second = world.refuse(await world.decide.call(agent, outside))
    expect(second.reasons[0]?.sentence).toContain('number 2 of the task')
    expect(second.entry.data).toMatchObject({ budget: { pivots: [1, 20] } })
    expect(pivotsOf(world, agent)).toBe(2)
  })

  it('is none where it is refused for something else', async () => {
    const world = new World()
    const agent = await world.start()
    world.refuse(await world.decide.call(agent, read('handbook/secret/a.md')))
    world.refuse(await world.decide.call(agent, { ...outside, tool: 'nobody_knows' }))
    expect(pivotsOf(world, agent)).toBe(0)
  })

  it('ends the task with the last that its tier allows, and permits nothing afterwards', async () => {
    const world = new World()
    const agent = await world.start()
    const { pivotsMax } = TIER_TERMS.T1
    world.change('task_usage', agent.task.id, { pivots: pivotsMax - 1 })
    world.take(await world.decide.call(agent, read()))
    const last = world.refuse(await world.decide.call(agent, outside))
    expect(last.spent).toEqual([agent.task.id])
    const after = world.refuse(await world.decide.call(agent, read()))
    expect(after).toMatchObject({ code: 'task_not_active', reasons: [{ rule: 'law:pivots' }], spent: [agent.task.id] })
  })

  it('holds a permit that is written after the last one', async () => {
    const world = new World()
    const agent = await world.start()
    world.change('task_usage', agent.task.id, { pivots: TIER_TERMS.T1.pivotsMax - 1 })
    const permitted = await world.decide.call(agent, read())
    world.refuse(await world.decide.call(agent, outside))
    expect(() => world.take(permitted)).toThrow(expect.objectContaining({ code: 'conflict' }))
  })

  it('counts for the tasks above, which answer for their helpers', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const handed = world.take(
      await world.decide.delegation(agent, {
        to: 'docs-summariser',
        goal: 'Read it',
        scope: taskRequest.scope,
        ceiling: 'internal',
        budget: { callsMax: 2, writesMax: 0, bytesMax: 10 },
        lifeSeconds: 60,
      }),
    )
    const helper = await world.enter(handed.grant, 'idn_reader')
    world.refuse(await world.decide.call(helper, read('other/a.md')))
    expect(pivotsOf(world, helper)).toBe(1)
    expect(pivotsOf(world, agent)).toBe(1)
  })
})

describe('a call outside of a task whose tier holds it', () => {
  it('waits for a person who widens the task by exactly it, and is counted once', async () => {
    const world = new World()
    const agent = await world.start(writer.id, narrow)
    const call = write('handbook/a.md')
    const held = world.refuse(await world.decide.call(agent, call))
    expect(held).toMatchObject({ code: 'approval_required', reasons: [{ rule: 'law:pivot' }] })
    world.refuse(await world.decide.call(agent, call))
    expect(pivotsOf(world, agent)).toBe(1)
    const approvalId = held.ask?.approvalId ?? ''
    expect(world.rows.get('approvals', approvalId)?.asked).toMatchObject({
      because: [expect.stringContaining('that is a pivot')],
      goal: narrow.goal,
      ticket: narrow.ticket,
      purpose: narrow.purpose,
    })
    world.approve(approvalId)
    const permitted = world.take(await world.decide.call(agent, call))
    expect(permitted.reasons.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['law:scope', 'law:pivot']))
    expect(permitted.reasons[0]?.sentence).toContain('widened')
    expect(pivotsOf(world, agent)).toBe(1)
    world.refuse(await world.decide.call(agent, write('handbook/b.md')))
    expect(pivotsOf(world, agent)).toBe(2)
  })

  it('is denied where an approval would exceed the entitlement', async () => {
    const world = new World()
    world.change('entitlements', 'ent_writer', { scope: [{ action: 'docs/*', resource: 'docs:/handbook/*' }] })
    const agent = await world.start(writer.id, narrow)
    expect(world.refuse(await world.decide.call(agent, read('other/a.md')))).toMatchObject({ code: 'scope_exceeded' })
    expect(world.rows.all('approvals')).toEqual([])
  })

  it('is denied where an approval would exceed the purpose', async () => {
    const world = new World()
    world.change('purposes', 'release', { classes: ['read'] })
    const agent = await world.start(writer.id, narrow)
    expect(world.refuse(await world.decide.call(agent, write()))).toMatchObject({ code: 'purpose_exceeded' })
    expect(pivotsOf(world, agent)).toBe(1)
  })

  it('asks nobody any more with the last one, and ends the task', async () => {
    const world = new World()
    const agent = await world.start(writer.id, narrow)
    world.change('task_usage', agent.task.id, { pivots: TIER_TERMS.T2.pivotsMax - 1 })
    const last = world.refuse(await world.decide.call(agent, write()))
    expect(last).toMatchObject({ code: 'scope_exceeded', spent: [agent.task.id] })
    expect(world.rows.all('approvals')).toEqual([])
  })

  it('is still waited for while the task stands before its last one', async () => {
    const world = new World()
    const agent = await world.start(writer.id, narrow)
    const held = world.refuse(await world.decide.call(agent, write()))
    world.change('task_usage', agent.task.id, { pivots: TIER_TERMS.T2.pivotsMax - 1 })
    expect(world.refuse(await world.decide.call(agent, write())).code).toBe('approval_required')
    world.approve(held.ask?.approvalId ?? '')
    world.take(await world.decide.call(agent, write()))
  })
})

describe('the terms of pivots', () => {
  it('never allow more to a higher tier, and always end', () => {
    const bounds = TIERS.map((tier) => TIER_TERMS[tier].pivotsMax)
    expect(bounds).toEqual([...bounds].sort((a, b) => b - a))
    for (const bound of bounds) expect(bound).toBeGreaterThan(0)
  })
})
