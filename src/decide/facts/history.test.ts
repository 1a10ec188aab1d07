import { describe, expect, it } from 'vitest'
import { addPolicies, policiesWith } from '../../../test/decide/policies-with.ts'
import { delegationRequest, read, startMs, World, write, writer } from '../../../test/decide/world.ts'
import type { AgentCaller } from '../../authenticate/caller.ts'
import { ACTION_CLASSES } from '../../contract/action-class.ts'
import { meter } from '../../contract/change.ts'
import { type ChainAct, chainActKey } from '../../contract/counters/chain-act.ts'
import type { Decision } from '../../contract/decision.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { CallRequest } from '../requests.ts'
import { createLook, guardHistory, tellHistory } from './history.ts'

const ORDER = `
@id("order:check-first") @sentence("A file is written only after a page was fetched with success.")
forbid (principal, action in Remit::Action::"call", resource)
when { context.tool.name == "docs/write_file" }
unless { context.history.succeeded.hasTag("docs/fetch_page") };`

const PAUSE = `
@id("order:pause") @sentence("Nothing is written within ten minutes of a read.")
forbid (principal, action in Remit::Action::"change", resource)
when { context.history.lastPermitted.hasTag("read") &&
  context.now < context.history.lastPermitted.getTag("read").offset(duration("10m")) };`

const ONCE = `
@id("order:once") @sentence("A chain writes a file once.")
forbid (principal, action == Remit::Action::"write", resource)
when { context.history.permitted.hasTag("docs/write_file") };`

const fetchPage: CallRequest = { server: 'docs', tool: 'fetch_page', arguments: { path: 'handbook/a.md' } }

async function stage(policies: string): Promise<{ readonly world: World; readonly agent: AgentCaller }> {
  const world = new World(addPolicies(policies))
  return { world, agent: await world.start(writer.id) }
}

const actOf = (world: World, agent: AgentCaller, name: string): ChainAct | undefined =>
  world.rows.get('chain_acts', chainActKey(agent.task.rootId, name))

/** What the flow writes when a call came back. */
function succeed(world: World, agent: AgentCaller, ...names: readonly string[]): void {
  for (const name of names)
    world.rows.commit([
      meter('chain_acts', chainActKey(agent.task.rootId, name), {
        add: { succeeded: 1 },
        raise: { succeededMs: world.nowMs },
        atMost: {},
      }),
    ])
}

const ruleOf = (decision: Decision): string | undefined => decision.reasons[0]?.rule

describe('what a chain does', () => {
  it('is counted by tool and by class when it is permitted, and only then', async () => {
    const { world, agent } = await stage(ORDER)
    world.take(await world.decide.call(agent, read()))
    world.nowMs += 5_000
    world.take(await world.decide.call(agent, fetchPage))
    world.refuse(await world.decide.call(agent, write()))
    const row = { rootId: agent.task.id, succeeded: 0, succeededMs: 0 }
    expect(actOf(world, agent, 'docs/read_text_file')).toMatchObject({
      ...row,
      permitted: 1,
      firstMs: startMs,
      lastMs: startMs,
    })
    expect(actOf(world, agent, 'read')).toMatchObject({
      ...row,
      permitted: 2,
      firstMs: startMs,
      lastMs: startMs + 5_000,
    })
    expect(actOf(world, agent, 'docs/write_file')).toBeUndefined()
    expect(actOf(world, agent, 'write')).toBeUndefined()
  })

  it('by one tool is told of the last one, though the clock is set back', async () => {
    const { world, agent } = await stage(ORDER)
    world.take(await world.decide.call(agent, read()))
    world.nowMs -= 5_000
    world.take(await world.decide.call(agent, read()))
    expect(actOf(world, agent, 'read')).toMatchObject({ permitted: 2, lastMs: startMs })
  })

  it('is bounded in the tools that it may be: those that are known go on, no further one comes', async () => {
    const { world, agent } = await stage(ORDER)
    world.take(await world.decide.call(agent, read()))
    for (let at = world.rows.all('chain_acts').length; at < LIMITS.chainActsMax; at += 1) {
      const row = { rootId: agent.task.id, firstMs: 1, permitted: 1, lastMs: 1, succeeded: 0, succeededMs: 0 }
      world.rows.put('chain_acts', { ...row, name: `docs/t${at}` })
    }
    const denied = world.refuse(await world.decide.call(agent, fetchPage))
    expect([denied.code, ruleOf(denied)]).toEqual(['budget_exceeded', 'law:tools'])
    world.take(await world.decide.call(agent, read()))
  })
})

describe('an ordering rule', () => {
  it('holds a call until the other one has succeeded; that it was permitted is not enough', async () => {
    const { world, agent } = await stage(ORDER)
    expect(ruleOf(world.refuse(await world.decide.call(agent, write())))).toBe('order:check-first')
    world.take(await world.decide.call(agent, fetchPage))
    expect(ruleOf(world.refuse(await world.decide.call(agent, write())))).toBe('order:check-first')
    succeed(world, agent, 'docs/fetch_page', 'read')
    world.take(await world.decide.call(agent, write()))
  })

  it('knows what was done in another task of the chain, and nothing of any other chain', async () => {
    const { world, agent } = await stage(ORDER)
    world.change('identities', 'idn_reader', { purpose: 'release' })
    world.change('entitlements', 'ent_reader', { classes: ['read', 'write'] })
    const scope = [{ action: 'docs/write_file', resource: 'docs:/handbook/*' }]
    const part = { ...delegationRequest, scope, budget: { ...delegationRequest.budget, writesMax: 1 } }
    const handed = world.take(await world.decide.delegation(agent, part))
    const helper = await world.enter(handed.grant, 'idn_reader')
    expect(ruleOf(world.refuse(await world.decide.call(helper, write())))).toBe('order:check-first')
    const other = await world.start(writer.id)
    world.take(await world.decide.call(other, fetchPage))
    succeed(world, other, 'docs/fetch_page')
    expect(ruleOf(world.refuse(await world.decide.call(helper, write())))).toBe('order:check-first')
    world.take(await world.decide.call(agent, fetchPage))
    succeed(world, agent, 'docs/fetch_page')
    world.change('identities', 'idn_reader', { tier: 'T0' })
    expect(ruleOf(await world.decide.call(helper, write()))).not.toBe('order:check-first')
  })

  it('holds a class for a time after another one', async () => {
    const { world, agent } = await stage(PAUSE)
    world.take(await world.decide.call(agent, write()))
    world.take(await world.decide.call(agent, read()))
    for (const [afterMs, outcome] of [
      [0, 'denial'],
      [599_999, 'denial'],
      [600_000, 'permit'],
      [-1, 'denial'], // a clock that is set back makes nothing of it
    ] as const) {
      world.nowMs = startMs + afterMs
      expect((await world.decide.call(agent, write())).outcome).toBe(outcome)
    }
  })

  it('holds where an enforcement point asks, who reads history only for policies that look at it', async () => {
    const { world, agent } = await stage(PAUSE)
    world.take(await world.decide.call(agent, read()))
    const asked = {
      subject: { type: 'task', id: agent.task.id, properties: {} },
      action: { name: 'docs/write_file', properties: {} },
      resource: { type: 'resource', id: 'docs:/handbook/a.md', properties: {} },
      context: {},
    }
    expect(ruleOf(world.refuse(await world.decide.evaluation(asked, agent)))).toBe('order:pause')
    world.nowMs += 600_000
    world.take(await world.decide.evaluation(asked, agent))
    const plain = new World()
    const other = await plain.start(writer.id)
    plain.take(await plain.decide.call(other, read()))
    const before = plain.reads
    plain.take(await plain.decide.evaluation({ ...asked, subject: { ...asked.subject, id: other.task.id } }, other))
    const after = plain.reads - before
    const reads = world.reads
    world.take(await world.decide.evaluation(asked, agent))
    expect(world.reads - reads).toBe(after + 1)
  })
})

describe('a decision that rests on history', () => {
  const conflict = expect.objectContaining({ code: 'conflict' })

  it('does not win against the same thing at the same moment', async () => {
    const { world, agent } = await stage(ONCE)
    const [one, other] = await Promise.all([world.decide.call(agent, write()), world.decide.call(agent, write())])
    world.take(one)
    expect(() => world.take(other)).toThrow(conflict)
    expect(ruleOf(world.refuse(await world.decide.call(agent, write())))).toBe('order:once')
  })

  it.each([
    ['for the first time', 0],
    ['once more', 1],
  ])('does not win against what it must not follow: a read %s', async (_, before) => {
    const { world, agent } = await stage(PAUSE)
    for (let at = 0; at < before; at += 1) world.take(await world.decide.call(agent, read()))
    world.nowMs += 600_000
    world.take(await world.decide.call(agent, write())) // the first decision is held against Cedar's own engine, and rests on all
    const [change, look] = await Promise.all([world.decide.call(agent, write()), world.decide.call(agent, read())])
    world.take(look)
    expect(() => world.take(change)).toThrow(conflict)
    expect(ruleOf(world.refuse(await world.decide.call(agent, write())))).toBe('order:pause')
  })

  it('goes on beside what it did not look at', async () => {
    const { world, agent } = await stage(ONCE)
    world.take(await world.decide.call(agent, read()))
    const [change, look] = await Promise.all([world.decide.call(agent, write()), world.decide.call(agent, read())])
    world.take(look)
    world.take(change)
    expect(actOf(world, agent, 'docs/write_file')).toMatchObject({ permitted: 1 })
  })

  it('rests on all of it where Cedar’s own engine has a say, which does not tell what it looks at', () => {
    const act = {
      rootId: 'tsk_a',
      name: 'docs/read',
      firstMs: 1,
      permitted: 1,
      lastMs: 1,
      succeeded: 0,
      succeededMs: 0,
    }
    const history = { rootId: 'tsk_a', acts: [{ ...act, version: 3, entry: 1 }], isTold: true, isToldHere: false }
    const look = createLook(history)
    const { judge } = policiesWith('@id("a:b") @sentence("x") permit (principal, action, resource);')
    expect(judge(tellHistory(history, look)('docs:/a'))).toMatchObject({ allowed: true }) // a first answer is held against that engine
    expect(guardHistory(history, look)).toEqual([
      { op: 'require', table: 'chain_acts', key: 'tsk_a/docs/read', version: 3 },
      ...ACTION_CLASSES.map((name) => ({ op: 'require', table: 'chain_acts', key: `tsk_a/${name}`, version: 0 })),
    ])
  })
})

describe('policies that use history', () => {
  it.each([
    [ORDER, true],
    ['@id("a:b") @sentence("history") forbid (principal, action, resource) when { context has now && false };', false],
  ])('are known', (text, usesHistory) => {
    expect(addPolicies(text).usesHistory).toBe(usesHistory)
  })
})
