import { isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import type { AgentCaller } from '../authenticate/caller.ts'
import { gatewayAddress } from '../contract/token/gateway-address.ts'
import { holdToCaller } from '../flow/token/hold-to-caller.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { createMeeting } from '../ground/meeting.ts'
import { admit, recallAgent } from './entrance/admit.ts'
import { answerError, answerSocket } from './entrance/answer-error.ts'
import { allowAhead, openTo, type Welcome, welcomeAt } from './entrance/cross-origin.ts'
import { closeWhenStopping, type Door, HEADERS, type HttpDoorOptions, type McpGateway } from './entrance/door.ts'
import { createProofMemory } from './entrance/proof-memory.ts'
import { createRateLimit, createSharedRateLimit } from './entrance/rate-limit.ts'
import { pathOf, readBase } from './entrance/read-base.ts'
import { endUnread, refusePiled } from './entrance/unread-answers.ts'
import { noteVisit, VISIT, type Visit, visitOf } from './entrance/visit.ts'
import { checkQuery } from './input/queries.ts'
import { readBody, requireUnpacked } from './input/read-body.ts'
import { openApiDocument } from './openapi.ts'
import { type Context, Reply, type Route, route, WHO_KINDS } from './route.ts'
import { ROUTES } from './routes.ts'
import { termsOfTls } from './tls/mtls-listener.ts'

/** Builds the HTTP door: every row of `ROUTES` and the MCP gateway, behind the same limits and the same error table. */
export function createHttpDoor(options: HttpDoorOptions): FastifyInstance {
  const { clock } = options.house
  const now = (): number => clock.monotonicMs()
  const door: Door = {
    ...options,
    memory: createProofMemory(() => clock.nowMs(), options.house.readProofs),
    rate: createRateLimit(options.requestsPerSecond, options.requestsPerSecond * LIMITS.requestBurstSeconds, now),
    failures: createSharedRateLimit(
      createRateLimit(LIMITS.failedAuthPerMinuteMax / 60, LIMITS.failedAuthPerMinuteMax, now),
      createRateLimit(LIMITS.failedAuthOfAllPerMinuteMax / 60, LIMITS.failedAuthOfAllPerMinuteMax, now),
    ),
    rows: openRows(options),
    isStopping: false,
    meet: createMeeting(LIMITS.answersTogetherMax),
  }
  const nextId = (): string => options.house.ids.next('request')
  const app = fastify({
    bodyLimit: LIMITS.bodyBytesMax,
    connectionTimeout: 0,
    trustProxy: options.trustedProxies.length > 0 && [...options.trustedProxies],
    genReqId: nextId,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 2_048 },
    frameworkErrors: (error, request, reply) =>
      void answerError(door, undefined, request, reply.headers(HEADERS), error),
    clientErrorHandler: (error, socket) => answerSocket(error, socket, nextId(), clock),
    ...listenerOf(options),
  })
  endUnread(app.server, options.requestSeconds * 1000)
  app.removeAllContentTypeParsers()
  // what comes most is named, so that it is found at once; the rest is read in the same way
  for (const type of ['application/json', 'application/x-www-form-urlencoded', '*'])
    app.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body, done) => readText(body as Buffer, done))
  app.decorateRequest(VISIT, null)
  app.addHook('onRequest', (request, reply, done) => {
    guard(door, request, reply)
    done()
  })
  app.addHook('preClose', async () => {
    door.isStopping = true
  })
  app.setErrorHandler((error, request, reply) => answerError(door, routeOf(request), request, reply, error))
  app.setNotFoundHandler((request, reply) => answerNowhere(door, request, reply))
  for (const row of door.rows) register(app, door, row)
  return app
}

/** Where client certificates are asked for, nobody signs in and no page is shown: it opens to machines. */
function openRows({ mcp, isMutual }: HttpDoorOptions): readonly Route[] {
  const rows = [...ROUTES, describingRow, ...MCP_METHODS.map((method) => mcpRow(mcp, method))]
  return isMutual ? rows.filter((row) => row.form !== 'page' && (isForMachines(row.who) || isOAuth(row.path))) : rows
}

const isOAuth = (path: string): boolean => /^\/(oauth|\.well-known|healthz)\b/.test(path)
const isForMachines = (who: Route['who']): boolean => WHO_KINDS[who].some((kind) => kind !== 'person')

type Listener = ({ readonly http: object } | { readonly https: object }) & { readonly requestTimeout: number }

/** Plain HTTP or TLS, with the same bounds on headers and time. Node sees to the times only as often as it is told to. */
function listenerOf({ tls, requestSeconds, isMutual }: HttpDoorOptions): Listener {
  const requestTimeout = requestSeconds * 1000
  const bounds = {
    maxHeaderSize: LIMITS.headerBytesMax,
    headersTimeout: requestTimeout,
    connectionsCheckingInterval: LIMITS.requestCheckEveryMs,
  }
  if (tls === undefined) return { requestTimeout, http: bounds }
  const handshakeTimeout = requestTimeout // until it has ended, Node counts none of the others
  return { requestTimeout, https: { ...tls, ...termsOfTls(isMutual), ...bounds, handshakeTimeout } }
}

/** Bytes that are not UTF-8 would come out as other text than was sent; a byte order mark is none of JSON's (RFC 8259), and stays. */
function readText(body: Buffer, done: (error: Error | null, text?: string) => void): void {
  if (isUtf8(body)) done(null, body.toString('utf8'))
  else done(new RemitError('body_malformed', { detail: 'The body is not UTF-8.' }))
}

async function answerNowhere(door: Door, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const methods = methodsAt(door, request.url)
  if (methods.length === 0) return answerError(door, undefined, request, reply, new RemitError('route_unknown'))
  const ahead = welcomeAhead(door, request)
  if (ahead !== null) return closeWhenStopping(door, reply).status(204).headers(allowAhead(ahead, methods)).send()
  reply.header('allow', methods.join(', '))
  return answerError(door, undefined, request, reply, new RemitError('method_not_allowed'))
}

/** An id of the caller's own comes back as it was, where it is plain text of a bounded length. */
const REQUEST_ID = new RegExp(`^[\\x20-\\x7e]{1,${LIMITS.requestIdCharsMax}}$`)

/** What every request passes first: rate, origin, and the headers that every answer carries. What it throws is answered. */
function guard(door: Door, request: FastifyRequest, reply: FastifyReply): void {
  const wanted = request.headers['x-request-id']
  const id = typeof wanted === 'string' && REQUEST_ID.test(wanted) ? wanted : request.id
  reply.headers(HEADERS).header('x-request-id', id)
  if (door.isStopping) throw new RemitError('stopping')
  refusePiled(request.raw, reply.raw)
  if (!door.rate.take(request.ip)) throw new RemitError('rate_limited')
  const { origin } = request.headers
  if (origin === undefined || origin === new URL(door.house.publicUrl).origin) return
  const welcome = welcomeFrom(door, request)
  if (welcome === null) throw new RemitError('origin_refused')
  reply.headers(openTo(welcome))
}

/** A certificate travels by itself, as a cookie does: where clients show one, no page of others may come. */
function welcomeFrom(door: Door, request: FastifyRequest): Welcome | null {
  const row = routeOf(request)
  if (row === undefined) return welcomeAhead(door, request)
  return door.isMutual ? null : welcomeAt(row, request.headers.origin, door.browserOrigins)
}

/** Who may come, for what browsers ask before a request of a page of another origin; null where it is no such question. */
function welcomeAhead(door: Door, { method, url, headers }: FastifyRequest): Welcome | null {
  const isAsked = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
  if (!isAsked || door.isMutual) return null
  const found = rowsAt(door, url).map((row) => welcomeAt(row, headers.origin, door.browserOrigins))
  return found.find((welcome) => welcome !== null) ?? null
}

const BODY_LIMITS: Readonly<Partial<Record<Route['body'], number>>> = {
  form: LIMITS.tokenBodyBytesMax,
  raw: LIMITS.mcpBodyBytesMax,
  session: LIMITS.sessionBodyBytesMax,
  policyFiles: LIMITS.policyBodyBytesMax,
  policyDiff: LIMITS.policyBodyBytesMax,
  policyReplay: LIMITS.policyBodyBytesMax,
  publication: LIMITS.policyBodyBytesMax,
  domainPublication: LIMITS.domainBodyBytesMax,
  domainFiles: LIMITS.domainBodyBytesMax,
  domainDiff: LIMITS.domainBodyBytesMax,
  domainReplay: LIMITS.domainBodyBytesMax,
}

interface RowConfig {
  readonly row: Route
}

function register(app: FastifyInstance, door: Door, row: Route): void {
  const countAnswer = door.house.metrics.counter('remit_requests_total', { route: row.name, outcome: 'answered' })
  app.route({
    method: row.method,
    url: row.path,
    bodyLimit: BODY_LIMITS[row.body] ?? LIMITS.bodyBytesMax,
    exposeHeadRoute: hasHead(row),
    config: { row } satisfies RowConfig,
    // before the body is read: a stranger's megabytes are never held, and a bad body has somebody's name on record
    onRequest: (request, _reply, done) => {
      const admitted = admitTo(door, row, request)
      if (admitted instanceof Promise) admitted.then(() => done(), done)
      else done()
    },
    // gives fastify no promise to wait for, as it answers all that it is told by itself
    handler: (request, reply) => void serve(door, row, request, reply, countAnswer),
  })
}

/** What is done in the same turn is sent together: see `createMeeting`. */
async function serve(
  door: Door,
  row: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  countAnswer: () => void,
): Promise<void> {
  try {
    const answer = await runKept(door, row, request, reply)
    countAnswer()
    await door.meet()
    send(door, reply, row.status, answer)
  } catch (error) {
    reply.send(error instanceof Error ? error : new RemitError('internal', { cause: error }))
  }
}

/** Before anything is answered, good or bad, a proof that came with it is on disk: it counts once, over a restart too. */
async function runKept(
  door: Door,
  row: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Awaited<ReturnType<Route['run']>>> {
  const visit = visitOf(request) ?? (await admitTo(door, row, request))
  try {
    return await row.run(enter(door, row, visit, request, reply))
  } finally {
    const { caller, base } = visit
    if (base.proven.nextNonce !== null) reply.header('dpop-nonce', base.proven.nextNonce)
    if (caller !== null && caller.kind !== 'person' && caller.changes.length > 0) await door.memory.keep(caller.changes)
  }
}

const routeOf = (request: FastifyRequest): Route | undefined => (request.routeOptions.config as Partial<RowConfig>).row

function enter(door: Door, row: Route, visit: Visit, request: FastifyRequest, reply: FastifyReply): Context {
  const { base, caller } = visit
  const { headers } = base
  if (row.body !== 'none') requireUnpacked(headers['content-encoding'])
  const body = readBody(row.body, headers['content-type'], typeof request.body === 'string' ? request.body : '')
  return {
    ...base,
    house: holdToCaller(door.house, caller),
    caller,
    body,
    params: request.params as Record<string, string>,
    query: checkQuery(row.name, request.query as Record<string, unknown>),
    watchClient: () => watchClient(reply),
    admitted: (found) => {
      visit.caller = found
    },
  }
}

/** Most handlers never look whether the client is still there. */
function watchClient(reply: FastifyReply): AbortSignal {
  const left = new AbortController()
  reply.raw.once('close', () => left.abort())
  return left.signal
}

/** Waits for nothing where everything is known: most requests come from agents whose tokens were seen, or from anyone. */
function admitTo(door: Door, row: Route, request: FastifyRequest): Visit | Promise<Visit> {
  const who = row.path.startsWith('/log/') && door.publicLog ? 'anyone' : row.who
  const base = readBase(door, row, request)
  if (isCostly(row, base) && !door.failures.has(base.source)) throw new RemitError('rate_limited')
  if (who === 'anyone') return noteVisit(request, { base, caller: null })
  const audience = audienceOf(door, row, request)
  const agent = recallAgent(base, who, audience)
  if (agent !== null) return noteVisit(request, { base, caller: agent })
  return admit(base, who, door.memory, audience).then((caller) => noteVisit(request, { base, caller }))
}

/** Where signatures of strangers are verified: an address that has failed too often waits before that, and not after. */
const isCostly = ({ form, who }: Route, { headers }: Visit['base']): boolean =>
  form === 'oauth' || who === 'workload' || headers['dpop'] !== undefined

/**
 * The audience of a token decides its doors: that of the house opens the API, that of one server only that server. Where a
 * token may speak about itself any one of ours is taken, and what else it may learn there is for the door to say.
 */
const AUDIENCES: Readonly<Record<string, (publicUrl: string, params: Context['params']) => string | null>> = {
  callServer: (publicUrl, params) => gatewayAddress(publicUrl, params['server'] ?? ''),
  introspect: () => null,
  revokeToken: () => null,
}

function audienceOf({ house: { publicUrl } }: Door, row: Route, request: FastifyRequest): string | null {
  const audience = AUDIENCES[row.name]
  return audience === undefined ? publicUrl : audience(publicUrl, request.params as Context['params'])
}

/** With the charset that would be put behind it else, each time. */
const JSON_TYPE = 'application/json; charset=utf-8'

function send(door: Door, reply: FastifyReply, status: number, answer: object | Reply): FastifyReply {
  closeWhenStopping(door, reply)
  if (!(answer instanceof Reply)) return reply.status(status).type(JSON_TYPE).send(JSON.stringify(answer))
  const { body } = answer
  reply.status(answer.status).headers(answer.headers)
  if (typeof body === 'string') return reply.send(body)
  if (body instanceof Uint8Array) return reply.send(Buffer.from(body))
  return reply.send(Readable.from(body))
}

function rowsAt(door: Door, url: string): readonly Route[] {
  const path = pathOf(url)
  return door.rows.filter((row) =>
    new RegExp(`^${row.path.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/]+').replace(/\*$/, '.+')}$`).test(path),
  )
}

/** Gives the methods that this address takes. */
function methodsAt(door: Door, url: string): readonly string[] {
  return rowsAt(door, url).flatMap((row) => (hasHead(row) ? [row.method, 'HEAD'] : [row.method]))
}

/** RFC 9110 section 9.1: whoever takes GET takes HEAD. The gateway's GET opens a stream, and has none. */
const hasHead = (row: Route): boolean => row.method === 'GET' && row.name !== 'callServer'

/** The row that describes all rows: it stands here, since a table cannot name what is written from it. */
const describingRow = route(
  'GET',
  '/api/openapi.json',
  'anyone',
  'none',
  200,
  'anything',
  readOpenApi,
  'The description of these doors.',
)

const WRITTEN = new Map<string, string>()

/** It is the same for everybody, and long: written once for each address that it describes. */
async function readOpenApi({ house: { publicUrl } }: Context<null, null>): Promise<Reply> {
  const body = WRITTEN.get(publicUrl) ?? JSON.stringify(openApiDocument(publicUrl))
  WRITTEN.set(publicUrl, body)
  return new Reply(200, { 'content-type': 'application/json' }, body)
}

const MCP_METHODS = ['POST', 'GET', 'DELETE'] as const

/** The row of the gateway. The answer may be a stream, and ends when the client goes away. */
function mcpRow(mcp: McpGateway, method: 'POST' | 'GET' | 'DELETE'): Route {
  async function callServer({
    params,
    headers,
    body,
    caller,
    watchClient,
  }: Context<string | null, AgentCaller>): Promise<Reply> {
    const signal = watchClient()
    const answer = await mcp({ server: params['server'] ?? '', method, headers, body: body ?? '', caller, signal })
    return new Reply(answer.status, answer.headers, answer.body)
  }

  return method === 'POST'
    ? route(method, '/mcp/:server', 'agent', 'raw', 200, 'anything', callServer, 'The MCP gateway.')
    : route(method, '/mcp/:server', 'agent', 'none', 200, 'anything', callServer, 'The MCP gateway.')
}
