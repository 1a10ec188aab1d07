import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { AgentCaller } from '../../src/authenticate/caller.ts'
import { createOpenStreams, type OpenStreams } from '../../src/enforce/open-streams.ts'
import { createUpstreams, type Upstreams } from '../../src/enforce/upstream.ts'
import type { UpstreamRow } from '../../src/enforce/upstream-transport.ts'
import { type Clock, systemClock } from '../../src/ground/clock.ts'
import { createMcpDoor, type McpDoor } from '../../src/mcp/gateway.ts'
import { makeCaller, type TestHouse } from './cast.ts'

const require = createRequire(import.meta.url)

/** A row that runs a published server, or one of the faulty ones of this folder, over stdio. */
export function stdioRow(name: string, script: string, args: readonly string[] = []): UpstreamRow {
  return { name, transport: { kind: 'stdio', command: process.execPath, args: [script, ...args] } }
}

export const filesystemServer = require.resolve('@modelcontextprotocol/server-filesystem/dist/index.js')
export const everythingServer = require.resolve('@modelcontextprotocol/server-everything/dist/index.js')
export const faultyServer = new URL('./faulty-server.mjs', import.meta.url).pathname

/** A gateway that listens, in front of real servers. */
export interface Stage {
  readonly url: (server: string) => URL
  readonly door: McpDoor
  readonly streams: OpenStreams
  readonly upstreams: Upstreams
  readonly reported: unknown[]
  readonly close: () => Promise<void>
}

/** Sets the stage. The clock is that of the gateway; the servers behind it live in the time of the machine. */
export async function setStage(
  rows: readonly UpstreamRow[],
  house: TestHouse,
  caller = makeCaller(),
  clock: Clock = systemClock,
): Promise<Stage> {
  const streams = createOpenStreams(clock)
  const upstreams = createUpstreams(rows, systemClock)
  const reported: unknown[] = []
  const report = (error: unknown): void => void reported.push(error)
  const door = createMcpDoor({ house, upstreams, streams, clock, version: '0.1.0', report })
  const server = createServer((request, response) => void serve(door, caller, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: (name) => new URL(`http://127.0.0.1:${port}/mcp/${name}`),
    door,
    streams,
    upstreams,
    reported,
    close: async () => {
      await door.close()
      await upstreams.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function serve(
  door: McpDoor,
  caller: AgentCaller,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const gone = new AbortController()
  response.on('close', () => response.writableFinished || gone.abort())
  const answer = await door.handle({
    server: (request.url ?? '').replace('/mcp/', ''),
    method: request.method ?? '',
    headers: request.headers as Record<string, string>,
    body: Buffer.concat(chunks).toString('utf8'),
    caller,
    signal: gone.signal,
  })
  response.writeHead(answer.status, answer.headers)
  if (typeof answer.body === 'string') return void response.end(answer.body)
  response.flushHeaders()
  for await (const frame of answer.body) response.write(frame)
  response.end()
}
