import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

// An MCP server that costs next to nothing: streamable HTTP of 2026-07-28, no sessions, one tool, JSON answers.

const VERSION = '2026-07-28'
const NOTE = { content: [{ type: 'text', text: 'Work starts at ten and ends when the day is done.' }] }
const TOOL = {
  name: 'read_note',
  description: 'Reads a note.',
  inputSchema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
}
const ANSWERS: Readonly<Record<string, object>> = {
  'server/discover': {
    supportedVersions: [VERSION],
    capabilities: { tools: {} },
    serverInfo: { name: 'bench', version: '1' },
  },
  'tools/list': { tools: [TOOL], ttlMs: 60_000 },
  'tools/call': NOTE,
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  if (request.method !== 'POST') return void response.writeHead(405).end()
  const { id, method } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { id?: unknown; method: string }
  if (id === undefined) return void response.writeHead(202).end()
  const result = ANSWERS[method]
  const outcome =
    result === undefined
      ? { error: { code: -32601, message: 'There is no such method.' } }
      : { result: { resultType: 'complete', ...result } }
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ jsonrpc: '2.0', id, ...outcome }))
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => response.destroy(error as Error))
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`${JSON.stringify({ event: 'listening', url: `http://127.0.0.1:${port}/mcp` })}\n`)
})
