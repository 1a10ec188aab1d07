import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it arrived at a server behind the gateway. */
export interface Arrived {
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly message: {
    readonly id?: number
    readonly method: string
    readonly params?: Readonly<Record<string, unknown>> & { readonly _meta?: Readonly<Record<string, unknown>> }
  }
}

/** An MCP server over HTTP (2025-11-25) with one tool, which keeps whatever reaches it. */
export interface RecordingServer {
  readonly url: string
  readonly arrived: Arrived[]
  /** Credentials (`Authorization`) that it does not take. */
  readonly refused: Set<string>
  /** The calls among them. */
  calls(): readonly Arrived[]
  stop(): Promise<void>
}

const TOOL = {
  name: 'look',
  description: 'Looks something up',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } } },
}

const ANSWERS: Readonly<Record<string, object>> = {
  initialize: {
    protocolVersion: '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'recording', version: '1' },
  },
  'tools/list': { tools: [TOOL] },
  'tools/call': { content: [{ type: 'text', text: 'seen' }] },
}

/** Starts the server. */
export async function startRecordingServer(): Promise<RecordingServer> {
  const arrived: Arrived[] = []
  const refused = new Set<string>()
  const server = createServer((request, response) => void answer(request, response, { arrived, refused }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    arrived,
    refused,
    calls: () => arrived.filter(({ message }) => message.method === 'tools/call'),
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { arrived, refused }: Pick<RecordingServer, 'arrived' | 'refused'>,
): Promise<void> {
  const text = await readText(request)
  if (refused.has(request.headers.authorization ?? '')) return void response.writeHead(401).end()
  if (request.method !== 'POST') return void response.writeHead(405).end()
  const message = JSON.parse(text) as Arrived['message']
  arrived.push({ headers: request.headers, text, message })
  if (message.id === undefined) return void response.writeHead(202).end()
  const result = ANSWERS[message.method]
  const said = result === undefined ? { error: { code: -32601, message: 'no such method' } } : { result }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...said }))
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
