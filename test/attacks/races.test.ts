import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { type House, startHouse } from '../house.ts'
import { codeOf, enter, furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { callTool, type Heard, verdictOn } from './intruder.ts'

let house: House

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
})

afterAll(async () => void (await house.end()))

const read = (args: string, token: AccessToken): Promise<Heard> =>
  callTool(house, token, `{"name":"read_text_file","arguments":${args}}`)

describe('when it is taken back in the middle of a hundred calls', () => {
  it.each(['cutoff', 'complete', 'suspend'] as const)(
    'by %s, nothing is permitted after the entry that says so',
    async (how) => {
      const racer = makeSummariser(house, `racer-${how}`)
      const id = await register(house, racer)
      const taskId = await openTask(house, racer, { budget: { callsMax: 1_000, writesMax: 0, bytesMax: 10_000_000 } })
      const { token: held, gateway } = await enter(racer, taskId)
      await gateway.close()
      await racer.agent.apiToken(taskId)
      const args = JSON.stringify({ path: `${house.documents}/public/handbook.md` })
      const calls = Array.from({ length: 100 }, async (_, at) => {
        await systemClock.sleep(at % 20)
        return read(args, held)
      })
      await systemClock.sleep(8)
      const end = {
        cutoff: async () =>
          (await house.people.sam.client.cutoffs.make({ target: 'identity', targetId: id, because: 'x' })).entry,
        complete: async () => (await racer.agent.complete(taskId)).entry,
        suspend: async () => (await house.people.sam.client.identities.suspend(id, 'x')).entry,
      }
      const entry = await end[how]()
      await Promise.all(calls)
      const { size } = await house.people.ada.client.entries.list()
      const after: unknown[] = []
      for (let from = entry + 1; from < size; from += 200) {
        const { entries } = await house.people.ada.client.entries.list({ from, limit: 200 })
        after.push(
          ...entries.filter((row) => row.entry.kind === 'decision.permit' && JSON.stringify(row.entry).includes(id)),
        )
      }
      expect(after).toEqual([])
      expect(verdictOn(await read(args, held))).not.toBe('permitted')
    },
  )

  it('a part that is handed on in that moment ends with the whole', async () => {
    const parent = makeSummariser(house, 'hands-on')
    const helper = makeSummariser(house, 'helps')
    await register(house, parent)
    await register(house, helper)
    const taskId = await openTask(house, parent)
    await parent.agent.apiToken(taskId)
    const part = {
      to: 'helps',
      goal: 'help',
      scope: parent.task.scope,
      ceiling: 'internal',
      budget: { callsMax: 1, writesMax: 0, bytesMax: 1_000 },
      lifeSeconds: 60,
    } as const
    const handing = Promise.all(
      Array.from({ length: 10 }, () =>
        parent.agent.delegate(taskId, part).then(
          ({ task }) => task.id,
          () => null,
        ),
      ),
    )
    const [children] = await Promise.all([handing, parent.agent.complete(taskId)])
    for (const child of children.filter((each) => each !== null)) {
      expect(await codeOf(helper.agent.exchange(child, helper.agent.gatewayUrl('docs')))).not.toBe('answered')
    }
  })
})

describe('a part of a task is never more than the whole', () => {
  it('in scope, ceiling, budget, end or depth, and not for itself or in a circle', async () => {
    const parent = makeSummariser(house, 'delegator')
    const helper = makeSummariser(house, 'helper')
    await register(house, parent)
    await register(house, helper)
    const narrow = [{ action: 'docs/read_text_file', resource: 'docs:public/*' }]
    const taskId = await openTask(house, parent, { scope: narrow, ceiling: 'public', lifeSeconds: 600 })
    const part = {
      to: 'helper',
      goal: 'help',
      scope: narrow,
      ceiling: 'public',
      budget: { callsMax: 1, writesMax: 0, bytesMax: 1_000 },
      lifeSeconds: 60,
    } as const
    const tries: readonly (readonly [string, object])[] = [
      ['scope_exceeded', { scope: [{ action: 'docs/read_text_file', resource: 'docs:*' }] }],
      ['ceiling_exceeded', { ceiling: 'internal' }],
      ['budget_exceeded', { budget: { ...part.budget, callsMax: 21 } }],
      ['budget_exceeded', { budget: { ...part.budget, bytesMax: 1_000_001 } }],
      ['end_exceeded', { lifeSeconds: 601 }],
      ['chain_invalid', { to: 'delegator' }],
      ['identity_inactive', { to: 'nobody-of-that-name' }],
    ]
    for (const [code, more] of tries)
      expect(await codeOf(parent.agent.delegate(taskId, { ...part, ...more }))).toBe(code)
    const { task } = await parent.agent.delegate(taskId, part)
    expect(await codeOf(helper.agent.delegate(task.id, { ...part, to: 'delegator' }))).toBe('chain_invalid')
  })
})
