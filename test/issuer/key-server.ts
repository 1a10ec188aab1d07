import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An answer that is sent as it is, in place of the proper one. */
export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** A small HTTP server for published keys. It can be slowed, stopped, started again and made to lie. */
export interface KeyServer {
  readonly origin: string
  /** How often each path was asked for. */
  readonly asked: ReadonlyMap<string, number>
  /** Lets every answer wait. */
  slow(delayMs: number): void
  /** Answers a path with this from now on; undefined goes back to the proper answer. */
  lie(path: string, answer: Answer | undefined): void
  stop(): Promise<void>
  /** Listens again, on the same port. */
  start(): Promise<void>
}

/** Starts a server on loopback that answers each path with what its row gives, as JSON. */
export async function startKeyServer(rows: Readonly<Record<string, () => unknown>>, port = 0): Promise<KeyServer> {
  const asked = new Map<string, number>()
  const lies = new Map<string, Answer>()
  let delayMs = 0
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    asked.set(path, (asked.get(path) ?? 0) + 1)
    const row = rows[path]
    const proper = (): Answer => (row === undefined ? { status: 404 } : { body: JSON.stringify(row()) })
    setTimeout(() => send(response, lies.get(path) ?? proper()), delayMs).unref()
  })
  await listen(server, port)
  const boundPort = (server.address() as AddressInfo).port
  return {
    origin: `http://127.0.0.1:${boundPort}`,
    asked,
    slow: (ms) => {
      delayMs = ms
    },
    lie: (path, answer) => {
      if (answer === undefined) lies.delete(path)
      else lies.set(path, answer)
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
    start: () => listen(server, boundPort),
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function send(response: ServerResponse, { status = 200, headers, body = '' }: Answer): void {
  response.sendDate = false // tests move their clocks; one that is about it says a date
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close', ...headers }).end(body)
}
