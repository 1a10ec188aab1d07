import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../src/ground/limits.ts'
import { type House, startHouse } from '../house.ts'
import { furnish, makeSummariser, register } from '../scenarios/cast.ts'
import { json, post } from './bad-request.ts'
import { sendRaw } from './raw.ts'

/** Sends more failed proofs at once than one address may, each said to come from the address; gives their statuses. */
async function guessFrom(house: House, addressOf: (at: number) => string): Promise<readonly number[]> {
  const guesses = Array.from({ length: 2 * LIMITS.failedAuthPerMinuteMax }, (_, at) => {
    const headers = { authorization: `Bearer rms_${at}`, 'x-forwarded-for': addressOf(at) }
    return sendRaw(house.url, { path: '/api/v1/me', headers })
  })
  return (await Promise.all(guesses)).map((answer) => answer.status)
}

describe('an address that a proxy names', () => {
  it('counts where the proxy is trusted, so that its clients do not lock each other out', async () => {
    const house = await startHouse({ trustedProxies: ['127.0.0.0/8'] })
    expect(new Set(await guessFrom(house, (at) => `10.0.${at}.1`))).toEqual(new Set([401]))
    expect(await guessFrom(house, () => '10.9.9.9')).toContain(429)
    // by whatever port: else each connection is somebody else
    expect(await guessFrom(house, (at) => `10.9.9.8:${1_024 + at}`)).toContain(429)
    await house.end()
  })

  it('counts for nothing where it is not, so that nobody takes another one with each request', async () => {
    const house = await startHouse()
    expect(await guessFrom(house, (at) => `10.0.${at}.1`)).toContain(429)
    await house.end()
  })
})

describe('what a stranger can make the log take', () => {
  it('is bounded too for a workload whose claims are not the bound ones', async () => {
    const house = await startHouse()
    await furnish(house)
    const actor = makeSummariser(house)
    await register(house, { ...actor, binding: { ...actor.binding, claims: { environment: 'production' } } })
    const before = (await house.people.lin.client.entries.list({ limit: 1 })).size
    const tries = Array.from({ length: 2 * LIMITS.failedAuthPerMinuteMax }, async () => {
      const headers = { ...json, authorization: `Bearer ${await actor.assertion()}` }
      return (await sendRaw(house.url, { ...post('/api/v1/tasks', actor.task), headers })).status
    })
    const statuses = await Promise.all(tries)
    expect(new Set(statuses)).toEqual(new Set([401, 429]))
    const { size } = await house.people.lin.client.entries.list({ limit: 1 })
    expect(size - before).toBe(statuses.filter((status) => status === 401).length)
    const { entry } = await house.people.lin.client.entries.show(before)
    expect(entry).toMatchObject({ kind: 'refusal', data: { code: 'identity_unknown', identityId: expect.any(String) } })
    await house.end()
  })

  it('is no body of more than a link at the address for sign-in', async () => {
    const house = await startHouse()
    const sent = post('/api/v1/sessions', { link: 'x'.repeat(LIMITS.sessionBodyBytesMax) })
    expect(await sendRaw(house.url, sent)).toMatchObject({ status: 413, json: { code: 'body_too_large' } })
    await house.end()
  })
})
