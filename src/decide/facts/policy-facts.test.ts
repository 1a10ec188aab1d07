import { describe, expect, it } from 'vitest'
import { addPolicies } from '../../../test/decide/policies-with.ts'
import { read, startMs, World, writer, writerRequest } from '../../../test/decide/world.ts'
import type { AgentCaller } from '../../authenticate/caller.ts'
import type { Decide } from '../decide.ts'
import type { CallRequest, EvaluationRequest } from '../requests.ts'
import type { Place } from './surroundings.ts'

const pay = (args: Readonly<Record<string, unknown>>): CallRequest => ({
  server: 'pay',
  tool: 'transfer',
  arguments: { account: 'a1', ...args },
})

/** A world under more policies, where the writer may move money, with a task to do it in. */
async function stage(
  policies: string,
  place?: Place,
): Promise<{ readonly world: World; readonly decide: Decide; readonly agent: AgentCaller }> {
  const world = new World()
  const decide = world.decideWith(addPolicies(policies), world.store, place)
  world.rows.put('tool_rules', {
    server: 'pay',
    tool: 'transfer',
    actionClass: 'write',
    resourceArgument: 'account',
    resourceKind: 'text',
    resourcePrefix: 'pay:',
    resourceRoot: '',
    resultIntegrity: 'trusted',
    definitionDigest: null,
    state: 'active',
  })
  world.rows.put('resource_rules', { pattern: 'pay:*', sensitivity: 'internal' })
  const [own] = world.rows.all('entitlements').filter((row) => row.identityId === writer.id)
  if (own === undefined) throw new Error('the writer has no entitlement')
  world.rows.put('entitlements', { ...own, id: 'ent_pay', scope: [{ action: 'pay/*', resource: 'pay:*' }] })
  const scope = [...writerRequest.scope, { action: 'pay/transfer', resource: 'pay:*' }]
  return { world, decide, agent: await world.start(writer.id, { ...writerRequest, scope }) }
}

const FINANCE = `
@id("finance:small") @sentence("Beyond 500 euros a person approves.")
forbid (principal, action in Remit::Action::"change", resource)
when { context.tool.name == "pay/transfer" }
unless { context.approved ||
  context.arguments.whole &&
  context.numbers.hasTag("amount") && context.numbers.getTag("amount") > 0 && context.numbers.getTag("amount") <= 500 &&
  context.arguments.hasTag("currency") && context.arguments.getTag("currency") == "EUR" };`

describe('a finance agent whose policy looks at the arguments', () => {
  it.each([
    { amount: 500, currency: 'EUR' },
    { amount: 1, currency: 'EUR', note: 'lunch' },
  ])('pays by itself: %o', async (args) => {
    const { decide, agent } = await stage(FINANCE)
    expect(await decide.call(agent, pay(args))).toMatchObject({ outcome: 'permit' })
  })

  const held: [string, Record<string, unknown>][] = [
    ['too much', { amount: 501, currency: 'EUR' }],
    ['another currency', { amount: 500, currency: 'USD' }],
    ['a currency that is spelt otherwise', { amount: 500, currency: 'eur' }],
    ['no currency', { amount: 500 }],
    ['no amount', { currency: 'EUR' }],
    ['an amount as text', { amount: '9', currency: 'EUR' }],
    ['an amount in a list', { amount: [9], currency: 'EUR' }],
    ['an amount of cents, which no whole number is', { amount: 499.99, currency: 'EUR' }],
    ['less than nothing', { amount: -9_000, currency: 'EUR' }],
    ['-0', { amount: -0, currency: 'EUR' }],
    ['a number that was rounded', { amount: 2 ** 53 + 2, currency: 'EUR' }],
    ['what cannot be seen beside it', { amount: 9, currency: 'EUR', 'amount.max': 1 }],
    ['an amount that only every object has', JSON.parse('{"__proto__":{"amount":9},"currency":"EUR"}')],
  ]
  it.each(held)('is held for a person: %s', async (_, args) => {
    const { decide, agent } = await stage(FINANCE)
    expect(await decide.call(agent, pay(args))).toMatchObject({ outcome: 'denial', code: 'approval_required' })
  })

  it('pays more after a person has approved exactly that', async () => {
    const { world, decide, agent } = await stage(FINANCE)
    const large = pay({ amount: 9_000, currency: 'EUR' })
    const { ask } = world.refuse(await decide.call(agent, large))
    world.approve(ask?.approvalId ?? '')
    expect(await decide.call(agent, pay({ amount: 9_001, currency: 'EUR' }))).toMatchObject({ outcome: 'denial' })
    expect(await decide.call(agent, large)).toMatchObject({ outcome: 'permit' })
  })

  it('is held to it where an enforcement point asks, by the properties of the action', async () => {
    const { decide, agent } = await stage(FINANCE)
    const ask = (properties: EvaluationRequest['action']['properties']): EvaluationRequest => ({
      subject: { type: 'task', id: agent.task.id, properties: {} },
      action: { name: 'pay/transfer', properties },
      resource: { type: 'pay', id: 'a1', properties: { amount: 1 } },
      context: { amount: 1 },
    })
    expect(await decide.evaluation(ask({ amount: 5, currency: 'EUR' }), agent)).toMatchObject({ outcome: 'permit' })
    expect(await decide.evaluation(ask({ amount: 501, currency: 'EUR' }), agent)).toMatchObject({ outcome: 'denial' })
    expect(await decide.evaluation(ask({ currency: 'EUR' }), agent)).toMatchObject({ outcome: 'denial' })
  })
})

describe('a policy that looks at the clock', () => {
  const HOURS = `
@id("hours:open") @sentence("Changes are made on working days from 9 to 17.")
forbid (principal, action in Remit::Action::"change", resource)
unless { context.local.weekday <= 5 && context.local.minuteOfDay >= 540 && context.local.minuteOfDay < 1020 };`
  const place = { timeZone: 'Europe/Berlin', environment: 'production' }

  it.each([
    ['2026-03-02T07:59:59Z', 'denial'],
    ['2026-03-02T08:00:00Z', 'permit'],
    ['2026-03-02T15:59:59Z', 'permit'],
    ['2026-03-02T16:00:00Z', 'denial'],
    ['2026-03-01T10:00:00Z', 'denial'],
    ['2026-03-30T07:00:00Z', 'permit'], // by now the clocks have gone forward
    ['2026-03-30T06:59:59Z', 'denial'],
  ])('at %s gives a %s', async (moment, outcome) => {
    const { world, decide, agent } = await stage(HOURS, place)
    world.nowMs = Date.parse(moment)
    for (const table of ['tasks', 'entitlements'] as const)
      for (const row of world.rows.all(table)) world.change(table, row.id, { endsMs: world.nowMs + 1 })
    world.change('credentials', agent.credential.id, { expiresMs: world.nowMs + 1 })
    expect((await decide.call(agent, pay({ amount: 1 }))).outcome).toBe(outcome)
  })

  it('looks again where the clock is set back', async () => {
    const { world, decide, agent } = await stage(HOURS, { ...place, timeZone: 'UTC' })
    world.nowMs = startMs
    expect((await decide.call(agent, pay({ amount: 1 }))).outcome).toBe('denial')
    world.nowMs = startMs - 48 * 3_600_000 + 10 * 3_600_000 // Friday, ten o'clock
    for (const row of world.rows.all('entitlements')) world.change('entitlements', row.id, { startsMs: 0 })
    expect((await decide.call(agent, pay({ amount: 1 }))).outcome).toBe('permit')
  })
})

describe('a policy that looks at where', () => {
  it('sees the environment', async () => {
    const STAGING = `
@id("where:staging") @sentence("Not here.")
forbid (principal, action in Remit::Action::"change", resource) unless { context.environment == "staging" };`
    for (const [environment, outcome] of [
      ['staging', 'permit'],
      ['production', 'denial'],
    ] as const) {
      const { decide, agent } = await stage(STAGING, { timeZone: 'UTC', environment })
      expect((await decide.call(agent, pay({ amount: 1 }))).outcome).toBe(outcome)
    }
  })

  const NETWORK = `
@id("where:network") @sentence("Only from the inner network.")
forbid (principal, action, resource) when { action == Remit::Action::"write" || action == Remit::Action::"token" }
unless { context has source && context.source.isInRange(ip("10.0.0.0/8")) };`

  it.each([
    ['10.1.2.3', 'permit'],
    ['::ffff:10.1.2.3', 'permit'],
    ['11.1.2.3', 'denial'],
    ['unknown', 'denial'],
    [undefined, 'denial'],
  ])('sees the source %s', async (source, outcome) => {
    const { world, agent } = await stage(
      '@id("own:none") @sentence("x") forbid (principal, action, resource) when { false };',
    )
    const decide = world.decideWith(addPolicies(NETWORK))
    const from = source === undefined ? agent : { ...agent, source }
    expect((await decide.call(from, pay({ amount: 1 }))).outcome).toBe(outcome)
    expect((await decide.call(from, read())).outcome).toBe('permit')
    const workload = source === undefined ? world.workload(writer.id) : world.workload(writer.id, { source })
    const token = await decide.token(workload, { taskId: agent.task.id, audience: 'https://remit.test' })
    expect(token.outcome).toBe(outcome)
  })
})

describe('a policy that looks at how sure it is who acts', () => {
  const SURE = `
@id("proof:attested") @sentence("Only an attested workload pays.")
forbid (principal, action in Remit::Action::"change", resource)
unless { context.proof.strength == "attested" && context.proof.possession };`

  it.each([
    ['attested', 'permit'],
    ['key-bound', 'denial'],
    [undefined, 'denial'], // a token of before that was noted
  ])('sees the strength %s of the proof that the token was given for', async (strength, outcome) => {
    const { world, decide, agent } = await stage(SURE)
    const kept = world.rows.get('credentials', agent.credential.id)
    if (kept === undefined) throw new Error('there is no credential')
    const { strength: _old, ...bare } = kept
    const credential = world.rows.put('credentials', strength === undefined ? bare : { ...bare, strength })
    expect((await decide.call({ ...agent, credential }, pay({ amount: 1 }))).outcome).toBe(outcome)
  })

  it('has it of the workload that got the token', async () => {
    const { agent } = await stage(SURE)
    expect(agent.credential.strength).toBe('key-bound')
  })

  it('has none where whoever asks is not who acts', async () => {
    const { decide, agent } = await stage(SURE)
    const asked = await decide.evaluation(
      {
        subject: { type: 'task', id: agent.task.id, properties: {} },
        action: { name: 'pay/transfer', properties: {} },
        resource: { type: 'pay', id: 'a1', properties: {} },
        context: {},
      },
      agent,
    )
    expect(asked).toMatchObject({ outcome: 'denial', reasons: [{ rule: 'proof:attested' }] })
  })
})
