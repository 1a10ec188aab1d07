import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/ground/clock.ts'
import { makeDevTls } from '../../src/http/tls/dev-tls.ts'

/** What a path answers; a body that is no text is written as JSON. */
export interface DocumentAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A web server over TLS on this machine that serves what clients say of themselves. */
export interface DocumentServer {
  readonly origin: string
  /** The authority that its certificate is of. */
  readonly caFile: string
  /** How often each path was asked for. */
  readonly asked: ReadonlyMap<string, number>
  serve(path: string, answer: DocumentAnswer): void
  stop(): Promise<void>
}

/** Starts a server of documents. */
export async function startDocumentServer(): Promise<DocumentServer> {
  const folder = mkdtempSync(join(tmpdir(), 'remit-documents-'))
  const { cert, key, caFile } = await makeDevTls(folder, '127.0.0.1', systemClock.nowMs())
  const [answers, asked] = [new Map<string, DocumentAnswer>(), new Map<string, number>()]
  const server = createServer({ cert, key }, (request, response) => {
    const path = request.url ?? '/'
    asked.set(path, (asked.get(path) ?? 0) + 1)
    const { status = 200, headers = {}, body = '' } = answers.get(path) ?? { status: 404 }
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caFile,
    asked,
    serve: (path, answer) => void answers.set(path, answer),
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
