import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { systemClock } from '../../ground/clock.ts'
import { LIMITS } from '../../ground/limits.ts'
import { boundConnections, readOpenFilesMax } from './bound-connections.ts'

const undos: (() => void)[] = []
afterEach(() => {
  for (const undo of undos.splice(0)) undo()
})

async function open(): Promise<Server> {
  const server = createServer((socket) => void socket.on('error', () => {}).write('taken'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  undos.push(() => server.close())
  return server
}

/** Connects, and gives whether the server takes it. */
async function join(server: Server): Promise<{ readonly socket: Socket; readonly isTaken: boolean }> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
  undos.push(() => socket.destroy())
  const isTaken = await new Promise<boolean>((resolve) => {
    socket.once('data', () => resolve(true)).once('close', () => resolve(false))
  })
  return { socket, isTaken }
}

it('half of the files are for who connects, shared by the servers; who is refused is counted, and told of once a minute', async () => {
  const servers = [await open(), await open()] as const
  let nowMs = 0
  const [count, tell] = [vi.fn(), vi.fn()]
  boundConnections(servers, 8, { clock: { ...systemClock, monotonicMs: () => nowMs }, count, tell })
  const [first] = [await join(servers[0]), await join(servers[0])]
  expect((await join(servers[0])).isTaken).toBe(false)
  expect((await join(servers[1])).isTaken).toBe(true)
  nowMs = LIMITS.connectionsToldMs - 1
  expect((await join(servers[0])).isTaken).toBe(false)
  expect(tell.mock.calls).toEqual([[2]])
  nowMs += 1
  expect((await join(servers[0])).isTaken).toBe(false)
  expect(tell).toHaveBeenCalledTimes(2)
  expect(count).toHaveBeenCalledTimes(3)
  first.socket.destroy()
  await vi.waitFor(async () => expect((await join(servers[0])).isTaken).toBe(true), { timeout: 30_000 })
})

it.each([1, 2, 3])(
  'where %i files may be open one may connect, and where there is no end all may',
  async (filesMax) => {
    const [few, all] = [await open(), await open()]
    const refused = { clock: systemClock, count: () => {}, tell: () => {} }
    boundConnections([few], filesMax, refused)
    boundConnections([all], null, refused)
    expect(few.maxConnections).toBe(1)
    expect(all.maxConnections).toBeUndefined()
  },
)

it('how many files may be open is what the system says', () => {
  const { stdout } = spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' })
  const said = readOpenFilesMax()
  if (stdout.trim() === 'unlimited') expect(said).toBeNull()
  else expect(said).toBeGreaterThanOrEqual(Number(stdout)) // this process may have raised it
})
