import { subscribe } from 'node:diagnostics_channel'
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
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

/** Resolves when the server has heard that whoever asked for an evidence pack has hung up. */
const hungUp = new Promise<void>((resolve) => {
  subscribe('http.server.request.start', (message) => {
    const { request: asked, response } = message as { request: IncomingMessage; response: ServerResponse }
    if (asked.url === '/api/v1/evidence') response.once('close', resolve)
  })
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
  asked.destroy()
  await hungUp
  goOn()
  await vi.waitFor(async () => {
    const counted = await (await fetch(`${house.url}/metrics`)).text()
    expect(counted).toContain('remit_requests_total{route="packEvidence",outcome="call_cancelled"} 1')
    expect(counted).not.toContain('outcome="internal"')
  }, 60_000)
  const { entries } = await house.people.lin.client.entries.list({})
  expect(entries.map(({ entry }) => entry.kind)).not.toContain('refusal')
})
