import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../../sdk/agent.ts'
import { createFlooredClock, systemClock } from '../../../src/ground/clock.ts'
import { type House, startHouse } from '../../house.ts'
import { createFact } from '../../record/open-test-log.ts'
import { type Actor, furnish, makeSummariser, openTask, register } from '../../scenarios/cast.ts'
import { post, send } from '../intruder.ts'

/** Longer than a token or an assertion lives, and shorter than a session does. */
const aheadMs = 2 * 3_600_000

let house: House
let reader: Actor
let token: AccessToken
let spent: string

const introspect = async (session: string): Promise<unknown> => {
  const heard = await send(house, '/oauth/introspect', {
    method: 'POST',
    headers: { authorization: `Bearer ${session}` },
    body: new URLSearchParams({ token: token.value }),
  })
  return heard.json.active
}

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  reader = makeSummariser(house)
  await register(house, reader)
  token = await reader.agent.exchange(await openTask(house, reader), house.url)
  spent = await reader.assertion()
  await post(house, '/api/v1/tasks', spent, JSON.stringify(reader.task))
})
afterAll(async () => void (await house.end()))

describe('a clock that is set back', () => {
  it('brings no token, assertion or task back to life that was over by the time of the log', async () => {
    expect(await introspect(house.people.sam.session)).toBe(true)
    await house.stop()
    const clock = createFlooredClock(systemClock, () => systemClock.nowMs() + aheadMs)
    await house.whileStopped(({ log }) => log.record(createFact('later')), clock)
    await house.start()
    expect(await introspect(house.people.sam.session)).toBe(false)
    const read = await send(house, `/api/v1/tasks`, { headers: { authorization: `Bearer ${token.value}` } })
    expect(read.json.code).toMatch(/token_expired|authentication_missing/)
    const again = await post(house, '/api/v1/tasks', spent, JSON.stringify(reader.task))
    expect(again.json.code).toBe('clock_behind')
    const fresh = await post(house, '/api/v1/tasks', await reader.assertion(), JSON.stringify(reader.task))
    expect(fresh.json.code).toBe('clock_behind')
  })
})
