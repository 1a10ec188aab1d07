import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The authorization server of a server behind the gateway: it gives a token for whatever it is shown, and keeps that. */
export interface TokenServer {
  readonly url: string
  readonly asked: { readonly headers: string; readonly form: URLSearchParams }[]
  /** What it answers in place of a token; null for a token. */
  answer: { readonly status: number; readonly text: string } | null
  stop(): Promise<void>
}

/** Starts it. Its tokens are `given-1`, `given-2`, … */
export async function startTokenServer(): Promise<TokenServer> {
  const server = createServer((request, response) => void give(request, response, started))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const started: TokenServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    answer: null,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return started
}

async function give(request: IncomingMessage, response: ServerResponse, { asked, answer }: TokenServer): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  asked.push({
    headers: JSON.stringify(request.headers),
    form: new URLSearchParams(Buffer.concat(chunks).toString('utf8')),
  })
  const token = { access_token: `given-${asked.length}`, token_type: 'Bearer', expires_in: 300 }
  const { status, text } = answer ?? { status: 200, text: JSON.stringify(token) }
  response.writeHead(status, { 'content-type': 'application/json' }).end(text)
}
