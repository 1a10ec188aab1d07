import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { askInTurn } from './ask-in-turn.ts'
import type { WriteRequests } from './write-requests.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A server that answers after a while that turns may differ in; each turn is told with its name. */
async function startSlow(turns: string[], name: string, waitMs: (turn: number) => number): Promise<WriteRequests> {
  let turn = -1
  const server = createServer((_request, response) => setTimeout(() => response.end('a token'), waitMs(turn)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  const { port } = server.address() as AddressInfo
  return async (count) => {
    turn += 1
    turns.push(name)
    const bodies = Array.from({ length: count }, () => '{}')
    return { url: `http://127.0.0.1:${port}/`, headers: {}, bodies, expects: 'a token' }
  }
}

it('asks servers in turn, and gives the median load of those turns that count', async () => {
  const turns: string[] = []
  const steady = await startSlow(turns, 'steady', () => 20)
  // slow while it warms up, and disturbed once
  const disturbed = await startSlow(turns, 'disturbed', (turn) => (turn === 0 || turn === 2 ? 400 : 20))
  const pace = { seconds: 0.05, warmingTurns: 1, measuredTurns: 3 }
  const found = await askInTurn({ steady, disturbed }, pace)
  expect(turns).toEqual(Array.from({ length: 4 }, () => ['steady', 'disturbed']).flat())
  expect(found.steady).toMatchObject({ failures: 0 })
  expect(found.disturbed.p50Ms).toBeLessThan(400)
})

it('asks with more where the requests end before the time, and measures nothing shorter', async () => {
  const turns: string[] = []
  const quick = await startSlow(turns, 'quick', () => 0)
  const found = await askInTurn({ quick }, { seconds: 1, warmingTurns: 0, measuredTurns: 1 })
  expect(turns.length).toBeGreaterThan(1)
  expect(found.quick.tookSeconds).toBeGreaterThanOrEqual(0.5)
})

it('throws rather than measure nothing', async () => {
  const quick = await startSlow([], 'quick', () => 0)
  const pace = { seconds: 0.05, warmingTurns: 0, measuredTurns: 0 }
  await expect(askInTurn({ quick }, pace)).rejects.toThrow('There is no median of nothing.')
})
