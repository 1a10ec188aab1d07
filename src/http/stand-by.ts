import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { RemitError } from '../ground/errors.ts'
import type { Ids } from '../ground/ids.ts'
import { LIMITS } from '../ground/limits.ts'
import { HEADERS } from './entrance/door.ts'
import { holdConnections } from './entrance/hold-connections.ts'
import { asksForPage, type ErrorForm, writeError } from './entrance/problem.ts'
import type { TlsFiles } from './tls/read-tls.ts'

/** Where a server listens that stands by, and for how long it waits for a request. */
export interface StandByOptions {
  readonly host: string
  readonly port: number
  readonly tls: TlsFiles | undefined
  readonly requestSeconds: number
  readonly ids: Ids
}

/** A door that permits nothing. */
export interface StandByDoor {
  /** What takes connections. */
  readonly server: Server
  /** Resolves when the port is free. */
  close(): Promise<void>
}

/** Errors have the form of the doors that are not open yet. */
const FORMS: readonly (readonly [start: string, form: ErrorForm])[] = [
  ['/oauth/', 'oauth'],
  ['/access/', 'plain'],
]

/**
 * Opens the door of a server that stands by: it lives (`/healthz`), and every other request is answered by 503 and the
 * code `standing_by`, before its body is read. Rejects with what the platform says of the port.
 */
export async function openStandByDoor(options: StandByOptions): Promise<StandByDoor> {
  const server = createListener(options, (request, response) => answer(request, response, options.ids))
  const closeOnAll = holdConnections(server)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, LIMITS.connectionsWaitingMax, () => resolve())
  })
  return {
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        closeOnAll()
      }),
  }
}

function createListener({ tls, requestSeconds }: StandByOptions, listener: RequestListener): Server {
  const bounds = {
    maxHeaderSize: LIMITS.headerBytesMax,
    headersTimeout: requestSeconds * 1000,
    requestTimeout: requestSeconds * 1000,
    connectionsCheckingInterval: LIMITS.requestCheckEveryMs,
  }
  return tls === undefined
    ? createServer(bounds, listener)
    : createTlsServer({ ...tls, minVersion: 'TLSv1.2', ...bounds, handshakeTimeout: bounds.requestTimeout }, listener)
}

function answer({ url = '', method, headers: { accept } }: IncomingMessage, response: ServerResponse, ids: Ids): void {
  const requestId = ids.next('request')
  const path = url.split('?', 1)[0] ?? ''
  const known = FORMS.find(([start]) => path.startsWith(start))?.[1] ?? 'problem'
  const form = asksForPage(accept) ? 'page' : known
  const said =
    path === '/healthz'
      ? { status: 200, contentType: 'application/json', headers: {}, body: '{"ok":true}' }
      : writeError(new RemitError('standing_by'), form, requestId, null)
  const headers = {
    ...HEADERS,
    ...said.headers,
    'x-request-id': requestId,
    'content-type': said.contentType,
    'content-length': String(Buffer.byteLength(said.body)),
    connection: 'close', // whoever keeps it would hold up the take-over
  }
  response.writeHead(said.status, headers).end(method === 'HEAD' ? undefined : said.body)
}
