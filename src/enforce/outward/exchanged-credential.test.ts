import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { AgentCaller } from '../../authenticate/caller.ts'
import { type Clock, systemClock } from '../../ground/clock.ts'
import { fetchOutside } from '../../ground/outbound.ts'
import { createExchange } from './exchanged-credential.ts'
import type { PermittedBy } from './own-headers.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** Asks an authorization server that answers so for a credential; gives what came of it, and the connection to that server. */
async function ask(
  answer: (response: ServerResponse) => void,
  clock: Clock = systemClock,
): Promise<{ made: Promise<unknown>; socket: Socket }> {
  server = createServer((request, response) => void request.resume().once('end', () => answer(response)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const row = { tokenEndpoint: `${issuer}/token`, issuer, clientId: 'gateway', allowInternal: true }
  const sign = { client: async () => 'who we are', subject: async () => 'for whom we ask' }
  const endsMs = clock.nowMs() + 600_000
  const caller = { credential: { id: 'crd_1', expiresMs: endsMs }, task: { endsMs } } as AgentCaller // no more is looked at
  const connected = once(server, 'connection') as Promise<[Socket]>
  const made = createExchange(row, { sign, ask: fetchOutside, clock }).make({ caller } as PermittedBy)
  made.catch(() => undefined) // who waits for it is told
  return { made, socket: (await connected)[0] }
}

/** However it ends, by a reset too. */
const untilClosed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => (socket.closed ? resolve() : socket.once('error', () => undefined).once('close', resolve)))

describe('an authorization server that gives no credential', () => {
  it.each<[string, (response: ServerResponse) => void]>([
    ['refuses and never ends its answer', (response) => response.writeHead(400).write('{"error":')],
    ['redirects and waits', (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).write('see')],
    ['sends more than a credential can be', (response) => response.writeHead(200).write('x'.repeat(2_000_000))],
  ])('and %s holds no connection of ours', async (_, answer) => {
    const { made, socket } = await ask(answer)
    await expect(made).rejects.toMatchObject({ code: 'upstream_unavailable' })
    await untilClosed(socket)
  })

  it.each<[string, (response: ServerResponse) => void]>([
    ['says nothing', () => undefined],
    ['begins to answer, and goes no further', (response) => response.writeHead(200).write('{"access_token":')],
  ])('and %s is left when its time is over', async (_, answer) => {
    const timers: (() => void)[] = []
    const after: Clock['after'] = (_, run) => {
      timers.push(run)
      return () => undefined
    }
    const { made, socket } = await ask(answer, { ...systemClock, after })
    await new Promise((resolve) => setTimeout(resolve, 100))
    for (const run of timers) run()
    await expect(made).rejects.toMatchObject({ code: 'upstream_unavailable' })
    await untilClosed(socket)
  })
})
