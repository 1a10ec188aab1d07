import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { fastify } from 'fastify'
import { expect, it, vi } from 'vitest'
import { endUnread } from './entrance/unread-answers.ts'
import { listen } from './listen.ts'

const addresses = ['127.0.0.1', '127.0.0.2']

/** A server at a name of this machine that has two addresses, which tells when a connection of its own ends. */
async function openServer() {
  const app = fastify({
    connectionTimeout: 0,
    clientErrorHandler: (_error, socket) => void socket.end('HTTP/1.1 400 Ours\r\n\r\n'),
  })
  endUnread(app.server, 500)
  const ended: string[] = []
  app.get('/', async ({ raw: { socket } }) => {
    socket.once('close', () => ended.push(socket.localAddress ?? ''))
    return Buffer.alloc(50_000_000)
  })
  await listen(app, 'localhost', 0, async () => addresses)
  const { port } = app.server.address() as AddressInfo
  const send = async (host: string, text: string) => {
    const socket = connect(port, host).on('error', () => {})
    await once(socket, 'connect')
    socket.write(text)
    return socket
  }
  return { app, send, ended }
}

it('who takes nothing of an answer is let go of at each address of a name', async () => {
  const { app, send, ended } = await openServer()
  const clients = await Promise.all(addresses.map((host) => send(host, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n')))
  await vi.waitFor(() => expect(ended).toHaveLength(2), { timeout: 60_000 })
  for (const client of clients) client.destroy()
  await app.close()
})

it('what is no request is answered alike at each address of a name, and none is open once it is closed', async () => {
  const { app, send } = await openServer()
  for (const host of addresses) {
    const socket = await send(host, 'nonsense\r\n\r\n')
    expect(String((await once(socket, 'data'))[0])).toContain('400 Ours')
  }
  const { port } = app.server.address() as AddressInfo
  await app.close()
  for (const host of addresses) await expect(once(connect(port, host), 'connect')).rejects.toThrow('ECONNREFUSED')
})

/** Takes a port of the second address alone: one that somebody else has at the first is given back, and another one is tried. */
async function takeSecond(tries = 20) {
  const taken = fastify()
  await listen(taken, addresses[1] ?? '', 0)
  const { port } = taken.server.address() as AddressInfo
  const app = fastify()
  try {
    await listen(app, 'localhost', port, async () => addresses)
    return { taken, app, port }
  } catch (error) {
    await Promise.all([app, taken].map((each) => each.close()))
    if (tries === 0) throw error
    return await takeSecond(tries - 1)
  }
}

it('a name of which one address is taken is listened at by the other, and not where the first is', async () => {
  const { taken, app, port } = await takeSecond()
  expect(app.addresses()).toMatchObject([{ address: addresses[0] }])
  const other = fastify()
  await expect(listen(other, 'localhost', port, async () => addresses)).rejects.toThrow('EADDRINUSE')
  await Promise.all([app, taken].map((each) => each.close()))
})

/** A thousand, or as many as this system lets wait. */
const crowd = Math.min(1_000, Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8')))

/** Ends once it is connected as often. */
const CONNECT = `
let left = ${crowd}
for (let at = 0; at < ${crowd}; at++)
  require('node:net').connect(Number(process.argv[2]), process.argv[1], () => --left === 0 && process.exit())
`

it.each(addresses)('a thousand connect at once to %s while the server is busy with something else', async (host) => {
  const { app } = await openServer()
  const { port } = app.server.address() as AddressInfo
  const { status } = spawnSync(process.execPath, ['-e', CONNECT, host, String(port)], { timeout: 30_000 })
  expect(status).toBe(0) // all of them, though this process took none meanwhile
  await app.close()
})
