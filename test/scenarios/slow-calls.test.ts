import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTokenFetch } from '../../sdk/token-fetch.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { type House, startHouse } from '../house.ts'
import { furnish, makeReleaser, openTask, register, reviewLongTool } from './cast.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  await reviewLongTool(house)
})
afterAll(async () => {
  await house.end(20)
})

describe('a call that takes long and tells of no progress', () => {
  it('is told to be a stream after ten seconds, and is no fault of the server where its client leaves', async () => {
    const actor = await makeReleaser(house)
    await register(house, actor)
    const token = await actor.agent.exchange(await openTask(house, actor), actor.agent.gatewayUrl('everything'))
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
    const params = { name: 'trigger-long-running-operation', arguments: { duration: 50, steps: 1 } }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
    const leave = new AbortController()
    const patience = AbortSignal.any([leave.signal, AbortSignal.timeout(LIMITS.streamAfterMs + 30_000)])
    const send = createTokenFetch({ token: async () => token, ...(actor.key === undefined ? {} : { key: actor.key }) })
    const answer = await send(token.resource, { method: 'POST', headers, body, signal: patience })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    const reading = answer.text()
    leave.abort()
    await expect(reading).rejects.toThrow('aborted')
    const read = async (): Promise<string> => (await house.fetch(`${house.url}/metrics`)).text()
    await expect.poll(read).toContain('remit_open_streams 0')
    expect(await read()).not.toContain('outcome="internal"')
  })
})
