import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterEach, expect, it, vi } from 'vitest'
import { makeSelfSigned } from '../../../test/issuer/certificates.ts'
import { systemClock } from '../../ground/clock.ts'
import { LIMITS } from '../../ground/limits.ts'
import { boundConnections, findConnectionsMax, readOpenFilesMax } from './bound-connections.ts'

const undos: (() => void)[] = []
afterEach(() => {
  for (const undo of undos.splice(0)) undo()
})

/** As a server of HTTP, it says nothing to a connection at the moment when it takes it. */
function greet(socket: Socket): void {
  socket.on('error', () => {})
  setImmediate(() => socket.writable && socket.write('taken'))
}

async function open(server: Server = createServer(greet)): Promise<Server> {
  await once(server.listen(0, '0.0.0.0'), 'listening')
  undos.push(() => server.close())
  return server
}

/** Connects from an address of this machine, and gives whether the server takes it. */
async function join(
  server: Server,
  from = '127.0.0.1',
): Promise<{ readonly socket: Socket; readonly isTaken: boolean }> {
  const { port } = server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', localAddress: from }).on('error', () => {})
  undos.push(() => socket.destroy())
  const isTaken = await new Promise<boolean>((resolve) => {
    socket.once('data', () => resolve(true)).once('close', () => resolve(false))
  })
  return { socket, isTaken }
}

const isTaken = async (server: Server, from?: string): Promise<boolean> => (await join(server, from)).isTaken
const bounds = { clock: systemClock, isProxy: () => true, count: () => {}, tell: () => {} }

it('no more are open at all servers together; who is refused is counted, and told of once a minute', async () => {
  const servers = [await open(), await open()] as const
  let nowMs = 0
  const [count, tell] = [vi.fn(), vi.fn()]
  const clock = { ...systemClock, monotonicMs: () => nowMs }
  boundConnections(servers, { ...bounds, connectionsMax: 2, clock, count, tell })
  const first = await join(servers[0])
  expect([first.isTaken, await isTaken(servers[1])]).toEqual([true, true])
  expect([await isTaken(servers[0]), await isTaken(servers[1])]).toEqual([false, false])
  nowMs = LIMITS.connectionsToldMs - 1
  expect(await isTaken(servers[0])).toBe(false)
  expect(tell.mock.calls).toEqual([['2 connections are open, and no more are taken.']])
  nowMs += 1
  expect(await isTaken(servers[0])).toBe(false)
  expect(tell).toHaveBeenCalledTimes(2)
  expect(count).toHaveBeenCalledTimes(4)
  first.socket.destroy()
  await vi.waitFor(async () => expect(await isTaken(servers[0])).toBe(true), { timeout: 30_000 })
})

it('one address may have half of them, at all servers together, and another one the rest', async () => {
  const servers = [await open(), await open()] as const
  const tell = vi.fn()
  boundConnections(servers, { ...bounds, connectionsMax: 8, isProxy: (address) => address === '127.0.0.9', tell })
  const first = await join(servers[0])
  for (const server of [servers[0], servers[1], servers[1]]) expect(await isTaken(server)).toBe(true)
  expect(await isTaken(servers[0])).toBe(false)
  expect(tell.mock.calls).toEqual([['4 connections of 127.0.0.1 are open, and no more are taken.']])
  expect([await isTaken(servers[0], '127.0.0.2'), await isTaken(servers[0], '127.0.0.9')]).toEqual([true, true])
  first.socket.destroy()
  await vi.waitFor(async () => expect(await isTaken(servers[1])).toBe(true), { timeout: 30_000 })
})

it('what another server hands on counts, and is refused, once', async () => {
  const inner = createServer(greet)
  const outer = await open(createServer((socket) => inner.emit('connection', socket)))
  const count = vi.fn()
  boundConnections([inner], { ...bounds, connectionsMax: 4, isProxy: () => false, count })
  expect([await isTaken(outer), await isTaken(outer), await isTaken(outer)]).toEqual([true, true, false])
  expect(count).toHaveBeenCalledTimes(1)
})

it('over TLS the one that is too many ends alone', async () => {
  const { key, pem: cert } = makeSelfSigned()
  const server = createHttpsServer({ key, cert }, (_request, response) => void response.end('here'))
  await open(server)
  boundConnections([server], { ...bounds, connectionsMax: 2, isProxy: () => false })
  const { port } = server.address() as AddressInfo
  const shake = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => resolve(true))
      socket.on('error', () => resolve(false)).on('close', () => resolve(false))
      undos.push(() => socket.destroy())
    })
  expect([await shake(), await shake()]).toEqual([true, false])
})

it.each([
  [100, null, 100],
  [100, 1_000, 100],
  [100, 150, 75],
  [100, 1, 1],
])('of %i that are configured and %j files that may be open come %i connections', (configured, filesMax, found) => {
  expect(findConnectionsMax(configured, filesMax)).toBe(found)
})

it('how many files may be open is what the system says', () => {
  const { stdout } = spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' })
  const said = readOpenFilesMax()
  if (stdout.trim() === 'unlimited') expect(said).toBeNull()
  else expect(said).toBeGreaterThanOrEqual(Number(stdout)) // this process may have raised it
})
