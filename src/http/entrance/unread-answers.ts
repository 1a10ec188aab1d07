import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'

/** Ends a connection whose client has taken nothing of what waits for it for so long: until then it lies in memory. */
export function endUnread(server: Pick<Server, 'setTimeout'>, afterMs: number): void {
  const busyMs = afterMs + 1 // one that is kept for a next request has whole seconds: by that they are told apart
  server.setTimeout(busyMs, (socket: Socket) => {
    if (socket.timeout === busyMs && socket.writableLength === 0) socket.setTimeout(busyMs)
    else socket.destroy()
  })
}

const waiting = new WeakMap<Socket, number>()

/**
 * Ends a connection by which more requests have come than wait behind another one, as each takes room until those before
 * it are read. Error: `rate_limited`, which nobody hears.
 */
export function refusePiled({ socket }: IncomingMessage, response: ServerResponse): void {
  if (response.socket !== null) return
  const count = (waiting.get(socket) ?? 0) + 1
  waiting.set(socket, count)
  response.once('close', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1))
  if (count <= LIMITS.requestsWaitingMax) return
  socket.destroy()
  throw new RemitError('rate_limited')
}
