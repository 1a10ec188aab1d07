import { describe, expect, it } from 'vitest'
import { delegationRequest, read, startMs, World, write, writer } from '../../../test/decide/world.ts'
import type { AgentCaller } from '../../authenticate/caller.ts'
import type { Limit } from '../../contract/counters/limit.ts'
import type { Decision } from '../../contract/decision.ts'
import { isError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { setLimit } from '../../register/catalogue.ts'

const limit: Limit = {
  name: 'few',
  of: 'docs/write_file',
  per: 'identity',
  callsMax: 2,
  windowSeconds: 600,
  state: 'active',
}

function set(world: World, more: Partial<Limit> = {}): void {
  const next = { ...limit, ...more }
  const kept = { limit: world.rows.get('limits', next.name), catalogue: world.rows.get('catalogues', 'limits') }
  world.rows.commit(setLimit(next, kept, { kind: 'person', id: 'psn_owner' }).changes)
}

async function stage(more: Partial<Limit> = {}): Promise<{ readonly world: World; readonly agent: AgentCaller }> {
  const world = new World()
  set(world, more)
  return { world, agent: await world.start(writer.id) }
}

const codeOf = (world: World, decision: Decision): string =>
  decision.outcome === 'denial' ? world.refuse(decision).code : world.take(decision).outcome

async function codesOf(world: World, agent: AgentCaller, calls: readonly (typeof read)[]): Promise<readonly string[]> {
  const codes: string[] = []
  for (const call of calls) codes.push(codeOf(world, await world.decide.call(agent, call())))
  return codes
}

describe('a limit', () => {
  it('lets so many calls through in any window, and says when the next one fits', async () => {
    const { world, agent } = await stage()
    expect(await codesOf(world, agent, [write, read, write, read])).toEqual(['permit', 'permit', 'permit', 'permit'])
    const denied = world.refuse(await world.decide.call(agent, write()))
    expect(denied).toMatchObject({
      code: 'rate_limited',
      reasons: [{ rule: 'law:limit', sentence: expect.stringContaining('few allows 2 calls in 600 seconds') }],
      ask: { sentence: expect.stringContaining(new Date(startMs + 610_000).toISOString()) },
    })
    world.nowMs += 609_999
    expect(await codesOf(world, agent, [write])).toEqual(['rate_limited'])
    world.nowMs += 1
    expect(await codesOf(world, agent, [write, write, write])).toEqual(['permit', 'permit', 'rate_limited'])
  })

  it('is never passed over a border between two windows', async () => {
    const { world, agent } = await stage()
    world.nowMs += 595_000
    expect(await codesOf(world, agent, [write, write])).toEqual(['permit', 'permit'])
    world.nowMs += 10_000
    expect(await codesOf(world, agent, [write])).toEqual(['rate_limited'])
  })

  it.each([
    ['docs/*', ['permit', 'permit', 'rate_limited']],
    ['write', ['permit', 'permit', 'permit']],
    ['read', ['permit', 'permit', 'rate_limited']],
    ['*', ['permit', 'permit', 'rate_limited']],
    ['docs/read_text_fil', ['permit', 'permit', 'permit']],
    ['docs', ['permit', 'permit', 'permit']],
  ])('of %s counts what it names', async (of, codes) => {
    const { world, agent } = await stage({ of })
    expect(await codesOf(world, agent, [read, read, read])).toEqual(codes)
  })

  it('holds who asks at another enforcement point, and a question takes nothing of it', async () => {
    const { world, agent } = await stage()
    const asked = {
      subject: { type: 'task', id: agent.task.id, properties: {} },
      action: { name: 'docs/write_file', properties: {} },
      resource: { type: 'resource', id: 'docs:/handbook/a.md', properties: {} },
      context: {},
    }
    const ask = (): Promise<Decision> => world.decide.evaluation(asked, agent)
    for (let at = 0; at < 3; at += 1) world.take(await ask())
    expect(await codesOf(world, agent, [write, write])).toEqual(['permit', 'permit'])
    expect(world.refuse(await ask())).toMatchObject({ code: 'rate_limited', reasons: [{ rule: 'law:limit' }] })
    world.nowMs += 610_000
    const decision = await ask()
    set(world, { callsMax: 0 })
    expect(() => world.take(decision)).toThrow('conflict')
  })

  it('of nothing allows nothing, and an ended one holds nobody', async () => {
    const { world, agent } = await stage({ callsMax: 0 })
    const denied = world.refuse(await world.decide.call(agent, write()))
    expect(denied.ask?.sentence).not.toContain('It fits again')
    set(world, { callsMax: 0, state: 'ended' })
    expect(await codesOf(world, agent, [write, write, write])).toEqual(['permit', 'permit', 'permit'])
  })

  const pers: [Limit['per'], string, string, string][] = [
    ['identity', 'permit', 'rate_limited', 'rate_limited'],
    ['chain', 'permit', 'rate_limited', 'permit'],
    ['organisation', 'rate_limited', 'rate_limited', 'rate_limited'],
  ]
  it.each(pers)('by %s counts together what belongs together', async (per, ofOther, ofHelper, ofOtherTask) => {
    const { world, agent } = await stage({ per, of: 'docs/read_text_file' })
    const handed = world.take(await world.decide.delegation(agent, delegationRequest))
    const helper = await world.enter(handed.grant, 'idn_reader')
    const [other, own] = [await world.start('idn_reader'), await world.start(writer.id)]
    expect(await codesOf(world, agent, [read, read, read])).toEqual(['permit', 'permit', 'rate_limited'])
    expect(await codesOf(world, helper, [read])).toEqual([ofHelper])
    expect(await codesOf(world, own, [read])).toEqual([ofOtherTask])
    expect(await codesOf(world, other, [read])).toEqual([ofOther])
  })

  it('of a helper counts for who handed on, too', async () => {
    const { world, agent } = await stage({ of: 'docs/read_text_file' })
    const handed = world.take(await world.decide.delegation(agent, delegationRequest))
    const helper = await world.enter(handed.grant, 'idn_reader')
    expect(await codesOf(world, helper, [read, read])).toEqual(['permit', 'permit'])
    expect(await codesOf(world, agent, [read])).toEqual(['rate_limited'])
  })

  it('lets as many at once through as it says, beside other ones', async () => {
    const { world, agent } = await stage({ of: 'docs/*', callsMax: 5 })
    set(world, { name: 'many', of: '*', per: 'organisation', callsMax: 1_000 })
    const attempt = async (): Promise<string> => {
      for (;;) {
        try {
          return codeOf(world, await world.decide.call(agent, read()))
        } catch (error) {
          if (!isError(error, 'conflict')) throw error
        }
      }
    }
    const codes = await Promise.all(Array.from({ length: 40 }, attempt))
    expect(codes.filter((code) => code === 'permit')).toHaveLength(5)
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(35)
  })

  it.each([
    ['the first one', []],
    ['another one', [{ name: 'other', of: 'nothing' }]],
  ])('that comes at the same moment as a call counts: %s', async (_, before) => {
    const world = new World()
    for (const each of before) set(world, each)
    const agent = await world.start(writer.id)
    const decision = await world.decide.call(agent, write())
    set(world, { callsMax: 0 })
    expect(() => world.take(decision)).toThrow('conflict')
    expect(await codesOf(world, agent, [write])).toEqual(['rate_limited'])
  })

  it('takes no more of them than are held in memory, and counts for what there is', () => {
    const world = new World()
    for (let at = 0; at < LIMITS.limitsMax; at += 1) set(world, { name: `l${at}` })
    expect(() => set(world, { name: 'more' })).toThrow('request_invalid')
    set(world, { name: 'l0', callsMax: 1 })
    expect(world.rows.get('catalogues', 'limits')).toMatchObject({ rules: LIMITS.limitsMax })
  })
})
