import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, it } from 'vitest'
import { endUnread } from './unread-answers.ts'

it('a connection on which nothing more is asked ends also where it is kept for as long as an answer may lie', async () => {
  const server = createServer((_request, response) => response.end('ok'))
  server.keepAliveTimeout = 1_000
  endUnread(server, server.keepAliveTimeout + server.keepAliveTimeoutBuffer)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  socket.resume()
  const ended = await Promise.race([
    once(socket, 'close').then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 20_000).unref()),
  ])
  socket.destroy()
  server.close()
  expect(ended).toBe(true)
})
