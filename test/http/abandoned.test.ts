import { request } from 'node:http'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type House, startHouse } from '../house.ts'

const packing = vi.hoisted(() => ({ begun: () => {}, goesOn: Promise.resolve() }))

vi.mock(import('../../src/prove/pack.ts'), async (original) => {
  const { writePack } = await original()
  return {
    async *writePack(...asked: Parameters<typeof writePack>) {
      packing.begun()
      await packing.goesOn // a log that is long takes its time before the first line
      yield* writePack(...asked)
    },
  }
})

let house: House
beforeAll(async () => {
  house = await startHouse()
})
afterAll(async () => void (await house.end(1)))

it('an evidence pack that its asker gives up before its first byte is no fault of the server', async () => {
  const { promise: goesOn, resolve: goOn } = Promise.withResolvers<void>()
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  Object.assign(packing, { goesOn, begun: begin })
  const headers = { authorization: `Bearer ${house.people.lin.session}`, 'content-type': 'application/json' }
  const asked = request(`${house.url}/api/v1/evidence`, { method: 'POST', headers })
  asked.on('error', () => {}) // it is the one that hangs up
  asked.end('{}')
  await begun
  const closed = new Promise((resolve) => asked.once('close', resolve))
  asked.destroy()
  await closed
  await new Promise((resolve) => setTimeout(resolve, 50)) // until the server has heard of it
  goOn()
  await vi.waitFor(async () => {
    const counted = await (await fetch(`${house.url}/metrics`)).text()
    expect(counted).toContain('remit_requests_total{route="packEvidence",outcome="call_cancelled"} 1')
    expect(counted).not.toContain('outcome="internal"')
  }, 60_000)
  const { entries } = await house.people.lin.client.entries.list({})
  expect(entries.map(({ entry }) => entry.kind)).not.toContain('refusal')
})
