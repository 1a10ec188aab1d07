import { describe, expect, it } from 'vitest'
import {
  delegationRequest,
  read,
  startMs,
  taskRequest,
  World,
  write,
  writer,
  writerRequest,
} from '../../../test/decide/world.ts'
import type { AgentCaller } from '../../authenticate/caller.ts'
import type { Decision } from '../../contract/decision.ts'
import type { Budget } from '../../contract/task.ts'
import { isError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { CallRequest } from '../requests.ts'

/** A world in which the writer pays with a tool whose review says what it spends. */
async function stage(
  more: Partial<Budget>,
  rule: { spendArgument?: string | null; currencyArgument?: string | null } = {
    spendArgument: 'amount',
    currencyArgument: 'currency',
  },
): Promise<{ readonly world: World; readonly agent: AgentCaller }> {
  const world = new World()
  world.change('tool_rules', 'docs/write_file', rule)
  const budget = { callsMax: 1_000, writesMax: 1_000, bytesMax: 1_000, ...more }
  return { world, agent: await world.start(writer.id, { ...writerRequest, budget }) }
}

const pay = (args: Readonly<Record<string, unknown>>): CallRequest => {
  const call = write()
  return { ...call, arguments: { ...call.arguments, ...args } }
}
const euros = (amount: unknown): CallRequest => pay({ amount, currency: 'EUR' })
const purse = { spendMax: 1_000, currency: 'EUR' }

/** Decides and commits as the flow does: again where something moved. Gives the code of a no. */
async function attempt(world: World, decide: () => Promise<Decision>): Promise<string> {
  for (;;) {
    const decision = await decide()
    if (decision.outcome === 'denial') return decision.code
    try {
      world.take(decision)
      return 'permit'
    } catch (error) {
      if (!isError(error, 'conflict')) throw error
    }
  }
}

describe('what a task may spend', () => {
  it('adds up over its calls, to the last cent', async () => {
    const { world, agent } = await stage(purse)
    const attempts: string[] = []
    for (const amount of [400, 600, 0, 1])
      attempts.push(await attempt(world, () => world.decide.call(agent, euros(amount))))
    expect(attempts).toEqual(['permit', 'permit', 'permit', 'budget_exceeded'])
    const denied = world.refuse(await world.decide.call(agent, euros(1)))
    expect(denied.reasons[0]).toMatchObject({ rule: 'law:spend', sentence: expect.stringContaining('1000 EUR') })
  })

  const untold: [string, Record<string, unknown>][] = [
    ['no amount', { currency: 'EUR' }],
    ['an amount as text', { amount: '5', currency: 'EUR' }],
    ['a part of a cent', { amount: 0.5, currency: 'EUR' }],
    ['less than nothing', { amount: -5, currency: 'EUR' }],
    ['a number that was rounded', { amount: 2 ** 53 + 2, currency: 'EUR' }],
    ['more than anybody has', { amount: LIMITS.spendMax + 1, currency: 'EUR' }],
    ['an amount in a list', { amount: [5], currency: 'EUR' }],
    ['an amount that only every object has', JSON.parse('{"__proto__":{"amount":5},"currency":"EUR"}')],
    ['no currency', { amount: 5 }],
    ['another currency', { amount: 5, currency: 'JPY' }],
    ['a currency in a list', { amount: 5, currency: ['EUR'] }],
  ]
  it.each(untold)('is not spent where it cannot be told: %s', async (_, args) => {
    const { world, agent } = await stage(purse)
    const denied = world.refuse(await world.decide.call(agent, pay(args)))
    expect([denied.code, denied.reasons[0]?.rule]).toEqual(['budget_exceeded', 'law:spend'])
    expect(world.rows.all('tallies')).toEqual([])
  })

  it.each([
    ['a number that is none', Number.NaN],
    ['an endless one', Number.POSITIVE_INFINITY],
  ])('is not spent by what is no JSON: %s', async (_, amount) => {
    const { world, agent } = await stage(purse)
    expect(world.refuse(await world.decide.call(agent, euros(amount))).code).toBe('request_invalid')
  })

  it('is nothing where the task does not say it, and a call that spends nothing passes', async () => {
    const { world, agent } = await stage({})
    expect(world.refuse(await world.decide.call(agent, euros(1))).code).toBe('budget_exceeded')
    world.take(await world.decide.call(agent, euros(0)))
    world.take(await world.decide.call(agent, euros(-0)))
    world.take(await world.decide.call(agent, read()))
    expect(world.rows.all('tallies')).toEqual([])
  })

  it('is in the currency of the task where the tool does not name one', async () => {
    const { world, agent } = await stage(purse, { spendArgument: 'amount' })
    world.take(await world.decide.call(agent, pay({ amount: 1_000, currency: 'JPY' })))
    expect(world.refuse(await world.decide.call(agent, pay({ amount: 1 }))).code).toBe('budget_exceeded')
  })

  it('is one purse for the whole chain', async () => {
    const { world, agent } = await stage(purse)
    world.change('identities', 'idn_reader', { purpose: 'release', tier: 'T2' })
    world.change('entitlements', 'ent_reader', { classes: ['read', 'write'] })
    const scope = [{ action: 'docs/write_file', resource: 'docs:/handbook/*' }]
    const part = { ...delegationRequest, scope, budget: { callsMax: 50, writesMax: 50, bytesMax: 100 } }
    const ask = (budget: Partial<Budget>) =>
      world.decide.delegation(agent, { ...part, budget: { ...part.budget, ...budget } })
    expect(world.refuse(await ask({ spendMax: 1_001, currency: 'EUR' })).code).toBe('budget_exceeded')
    expect(world.refuse(await ask({ spendMax: 1, currency: 'USD' })).code).toBe('budget_exceeded')
    const handed = world.take(await ask({ spendMax: 900, currency: 'EUR' }))
    const helper = await world.enter(handed.grant, 'idn_reader')
    world.take(await world.decide.call(agent, euros(500)))
    expect(world.refuse(await world.decide.call(helper, euros(501))).code).toBe('budget_exceeded')
    world.take(await world.decide.call(helper, euros(500)))
    expect(world.refuse(await world.decide.call(agent, euros(1))).code).toBe('budget_exceeded')
  })

  it('bounds what is asked at another enforcement point, by the properties of the action, which spends nothing', async () => {
    const { world, agent } = await stage(purse)
    const ask = async (properties: Readonly<Record<string, unknown>>): Promise<string> =>
      attempt(world, () =>
        world.decide.evaluation(
          {
            subject: { type: 'task', id: agent.task.id, properties: {} },
            action: { name: 'docs/write_file', properties },
            resource: { type: 'resource', id: 'docs:/handbook/a.md', properties: {} },
            context: {},
          },
          agent,
        ),
      )
    const euro = { currency: 'EUR' }
    for (let at = 0; at < 3; at += 1) expect(await ask({ amount: 1_000, ...euro })).toBe('permit')
    expect(await ask({ amount: 1_001, ...euro })).toBe('budget_exceeded')
    expect(await ask({ amount: 1, currency: 'USD' })).toBe('budget_exceeded')
    expect(await ask({})).toBe('budget_exceeded')
    world.take(await world.decide.call(agent, euros(999)))
    expect([await ask({ amount: 2, ...euro }), await ask({ amount: 1, ...euro })]).toEqual([
      'budget_exceeded',
      'permit',
    ])
  })

  it('is spent by as many at once as fit, and by no more', async () => {
    const { world, agent } = await stage(purse)
    const all = await Promise.all(
      Array.from({ length: 200 }, () => attempt(world, () => world.decide.call(agent, euros(10)))),
    )
    expect(all.filter((each) => each === 'permit')).toHaveLength(100)
    expect(world.rows.get('tallies', `spend/${agent.task.id}`)).toMatchObject({ total: 1_000 })
  })

  it('is spent after an approval too, once', async () => {
    const { world, agent } = await stage(purse)
    world.change('entitlements', 'ent_writer', { approval: 'each-call' })
    const held = world.refuse(await world.decide.call(agent, euros(1_000)))
    expect(world.rows.get('tallies', `spend/${agent.task.id}`)).toBeUndefined()
    world.approve(held.ask?.approvalId ?? '')
    world.take(await world.decide.call(agent, euros(1_000)))
    expect(world.refuse(await world.decide.call(agent, euros(1))).code).toBe('budget_exceeded')
  })

  const wrong: [string, Partial<Budget>][] = [
    ['no currency', { spendMax: 5 }],
    ['a currency alone', { currency: 'EUR' }],
    ['a currency that is none', { spendMax: 5, currency: 'eur' }],
    ['less than nothing', { spendMax: -1, currency: 'EUR' }],
    ['a part of a cent', { spendMax: 0.5, currency: 'EUR' }],
    ['no number', { spendMax: Number.NaN, currency: 'EUR' }],
    ['more than anybody has', { spendMax: LIMITS.spendMax + 1, currency: 'EUR' }],
    ['a rate that is no number', { callsPerMinuteMax: Number.NaN }],
    ['a rate of less than nothing', { callsPerMinuteMax: -1 }],
  ]
  it.each(wrong)('is not taken where it is not well said: %s', async (_, more) => {
    const world = new World()
    const budget = { ...taskRequest.budget, ...more }
    const denied = world.refuse(await world.decide.task(world.workload(), { ...taskRequest, budget }))
    expect(denied.reasons[0]?.rule).toBe('law:form')
  })
})

describe('how often a task may call', () => {
  it('is counted in any minute, and the denial says when the next one fits', async () => {
    const { world, agent } = await stage({ callsPerMinuteMax: 2 })
    world.take(await world.decide.call(agent, read()))
    world.nowMs += 30_000
    world.take(await world.decide.call(agent, read()))
    world.nowMs += 30_999
    const denied = world.refuse(await world.decide.call(agent, read()))
    expect(denied).toMatchObject({
      code: 'rate_limited',
      reasons: [{ rule: 'law:rate' }],
      ask: { sentence: expect.stringContaining(new Date(startMs + 61_000).toISOString()) },
    })
    world.nowMs += 1
    world.take(await world.decide.call(agent, read()))
    expect(world.refuse(await world.decide.call(agent, read())).code).toBe('rate_limited')
  })

  it('lets as many at once through as it says', async () => {
    const { world, agent } = await stage({ callsPerMinuteMax: 7 })
    const all = await Promise.all(
      Array.from({ length: 50 }, () => attempt(world, () => world.decide.call(agent, read()))),
    )
    expect(all.filter((each) => each === 'permit')).toHaveLength(7)
    expect(new Set(all)).toEqual(new Set(['permit', 'rate_limited']))
  })

  it('counts for the tasks above, whose rate no task below outruns', async () => {
    const { world, agent } = await stage({ callsPerMinuteMax: 2 })
    const wide = { ...delegationRequest, budget: { ...delegationRequest.budget, callsPerMinuteMax: 3 } }
    expect(world.refuse(await world.decide.delegation(agent, wide)).code).toBe('budget_exceeded')
    const handed = world.take(await world.decide.delegation(agent, delegationRequest))
    const helper = await world.enter(handed.grant, 'idn_reader')
    world.take(await world.decide.call(helper, read()))
    world.take(await world.decide.call(helper, read()))
    expect(world.refuse(await world.decide.call(agent, read())).code).toBe('rate_limited')
    expect(world.refuse(await world.decide.call(helper, read())).code).toBe('rate_limited')
  })
})
