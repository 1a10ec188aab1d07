import { lookup } from 'node:dns'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { LIMITS } from '../ground/limits.ts'

/**
 * Listens at an address of this machine, or at each that `localhost` has. What comes to another than the first is handed to the
 * same server as what comes to that, so that its bounds, errors and certificate are the same; an address that is not there, or is
 * taken, is left out. Errors: those of Node where it cannot listen at the first.
 */
export async function listen(
  app: FastifyInstance,
  host: string,
  port: number,
  lookUp: typeof addressesOf = addressesOf,
): Promise<void> {
  const [first = host, ...others] = host === 'localhost' ? await lookUp(host) : [host]
  const beside = others.map((address) => ({ address, server: handOn(app) }))
  app.addHook('preClose', async () => {
    for (const { server } of beside) server.close()
  })
  await app.listen({ host: first, port, backlog: LIMITS.connectionsWaitingMax })
  const at = (app.server.address() as AddressInfo).port // it listens at a port
  for (const { address, server } of beside) await listenIfFree(server, address, at)
}

function addressesOf(name: string): Promise<readonly string[]> {
  return new Promise((resolve) => {
    lookup(name, { all: true }, (fault, found) =>
      resolve(fault === null ? [...new Set(found.map(({ address }) => address))] : [name]),
    )
  })
}

/** As servers of HTTP take connections themselves; these may be handed to them (Node, event `connection`). */
function handOn({ server }: FastifyInstance): Server {
  return createServer({ allowHalfOpen: true, noDelay: true }, (socket) => server.emit('connection', socket))
}

async function listenIfFree(server: Server, host: string, port: number): Promise<void> {
  try {
    await once(server.listen(port, host, LIMITS.connectionsWaitingMax), 'listening')
  } catch {
    server.close()
  }
}
