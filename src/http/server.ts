import { Readable } from 'node:stream'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import type { AgentCaller, Caller } from '../authenticate/caller.ts'
import { actorOf } from '../flow/actor.ts'
import type { House } from '../flow/house.ts'
import { recordRefusal } from '../flow/refuse.ts'
import { type ErrorCode, RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { admit, createProofMemory, type ProofMemory } from './admit.ts'
import { openApiDocument } from './openapi.ts'
import { toRemitError, writeError } from './problem.ts'
import { createRateLimit, type RateLimit } from './rate-limit.ts'
import { readBody } from './read-body.ts'
import { type Context, Reply, type Route, route } from './route.ts'
import { ROUTES } from './routes.ts'

/** The MCP gateway, as this door hands requests to it. */
export type McpGateway = (request: {
  readonly server: string
  readonly method: string
  readonly headers: Context['headers']
  readonly body: string
  readonly caller: AgentCaller
  readonly signal: AbortSignal
}) => Promise<{
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | AsyncIterable<string>
}>

/** What the door is built of. */
export interface HttpDoorOptions {
  readonly house: House
  readonly mcp: McpGateway
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  /** Lets anyone read /log; else a session is needed. */
  readonly publicLog: boolean
  /** How many requests a second one address may make. */
  readonly requestsPerSecond: number
  /** Gets what went wrong inside; never shown outside. */
  readonly report: (requestId: string, error: RemitError) => void
}

interface Door extends HttpDoorOptions {
  readonly memory: ProofMemory
  readonly rate: RateLimit
  readonly failures: RateLimit
  readonly admitted: WeakMap<FastifyRequest, Caller>
}

/** Builds the HTTP door: every row of `ROUTES` and the MCP gateway, behind the same limits and the same error table. */
export function createHttpDoor(options: HttpDoorOptions): FastifyInstance {
  const { clock } = options.house
  const now = (): number => clock.monotonicMs()
  const door: Door = {
    ...options,
    memory: createProofMemory(() => clock.nowMs()),
    rate: createRateLimit(options.requestsPerSecond, options.requestsPerSecond * LIMITS.requestBurstSeconds, now),
    failures: createRateLimit(LIMITS.failedAuthPerMinuteMax / 60, LIMITS.failedAuthPerMinuteMax, now),
    admitted: new WeakMap(),
  }
  const app = fastify({
    bodyLimit: LIMITS.bodyBytesMax,
    requestTimeout: LIMITS.requestTimeoutMs,
    connectionTimeout: 0,
    genReqId: () => options.house.ids.next('request'),
    routerOptions: { maxParamLength: 2_048 },
    ...(options.tls === undefined ? {} : { https: { ...options.tls, minVersion: 'TLSv1.2' as const } }),
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.addHook('onRequest', async (request, reply) => guard(door, request, reply))
  app.setErrorHandler((error, request, reply) =>
    answerError(door, routeOf(request), request, reply, fromFastify(error)),
  )
  app.setNotFoundHandler((request, reply) =>
    answerError(
      door,
      undefined,
      request,
      reply,
      new RemitError(methodsAt(request.url).length > 0 ? 'method_not_allowed' : 'route_unknown'),
    ),
  )
  for (const row of [...ROUTES, describingRow, ...MCP_METHODS.map((method) => mcpRow(door, method))])
    register(app, door, row)
  return app
}

const HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy':
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
  'cache-control': 'no-store',
}

/** What every request passes first: rate, origin, and the headers that every answer carries. */
async function guard(door: Door, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const wanted = request.headers['x-request-id']
  reply.headers({
    ...HEADERS,
    'x-request-id': typeof wanted === 'string' && /^[\x21-\x7e]{1,128}$/.test(wanted) ? wanted : request.id,
  })
  if (!door.rate.take(request.ip)) throw new RemitError('rate_limited')
  const { origin } = request.headers
  if (origin !== undefined && origin !== new URL(door.house.publicUrl).origin) throw new RemitError('origin_refused')
}

const BODY_LIMITS: Readonly<Partial<Record<Route['body'], number>>> = {
  form: LIMITS.tokenBodyBytesMax,
  raw: LIMITS.mcpBodyBytesMax,
}

interface RowConfig {
  readonly row: Route
}

function register(app: FastifyInstance, door: Door, row: Route): void {
  app.route({
    method: row.method,
    url: row.path,
    bodyLimit: BODY_LIMITS[row.body] ?? LIMITS.bodyBytesMax,
    exposeHeadRoute: false,
    config: { row } satisfies RowConfig,
    handler: async (request, reply) => {
      const context = await enter(door, row, request, reply)
      const answer = await row.run(context)
      door.house.metrics.count('remit_requests_total', { route: row.name, outcome: 'answered' })
      return send(reply, row.status, answer)
    },
  })
}

const routeOf = (request: FastifyRequest): Route | undefined => (request.routeOptions.config as Partial<RowConfig>).row

async function enter(door: Door, row: Route, request: FastifyRequest, reply: FastifyReply): Promise<Context> {
  const left = new AbortController()
  reply.raw.once('close', () => left.abort())
  const headers = singleHeaders(request)
  const path = request.url.split('?', 1)[0] ?? ''
  const base = { house: door.house, headers, method: request.method, path }
  const who = row.path.startsWith('/log/') && door.publicLog ? 'anyone' : row.who
  const caller = await admit(base, who, door.memory, audienceOf(door, row, request))
  if (caller !== null) door.admitted.set(request, caller)
  const body = readBody(row.body, headers['content-type'], typeof request.body === 'string' ? request.body : '')
  return {
    ...base,
    caller,
    body,
    params: request.params as Record<string, string>,
    query: flatQuery(request.query as Record<string, unknown>),
    signal: left.signal,
    admitted: (found) => void door.admitted.set(request, found),
  }
}

/** A token for one server opens that server only; at the doors of the house itself any token of ours speaks for its own task. */
function audienceOf(door: Door, row: Route, request: FastifyRequest): string | null {
  if (row.name !== 'callServer') return null
  return `${door.house.publicUrl}/mcp/${(request.params as Record<string, string>)['server'] ?? ''}`
}

/** A header that is sent twice means two things to two readers: it is refused where it decides who is calling. */
function singleHeaders(request: FastifyRequest): Context['headers'] {
  for (const name of ['authorization', 'dpop']) {
    if (request.raw.rawHeaders.filter((header, at) => at % 2 === 0 && header.toLowerCase() === name).length > 1)
      throw new RemitError('request_invalid', { detail: `The header ${name} is sent twice.` })
  }
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}

function flatQuery(query: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  )
}

function send(reply: FastifyReply, status: number, answer: object | Reply): FastifyReply {
  if (!(answer instanceof Reply)) return reply.status(status).type('application/json').send(JSON.stringify(answer))
  const { body } = answer
  reply.status(answer.status).headers(answer.headers)
  if (typeof body === 'string') return reply.send(body)
  return reply.send(body instanceof Uint8Array ? Buffer.from(body) : Readable.from(body))
}

async function answerError(
  door: Door,
  row: Route | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
  error: RemitError,
): Promise<FastifyReply> {
  const told = await noteRefusal(door, row, request, error)
  door.house.metrics.count('remit_requests_total', { route: row?.name ?? 'none', outcome: told.code })
  if (told.status >= 500) door.report(request.id, told)
  const server = row?.name === 'callServer' ? `/mcp/${(request.params as Record<string, string>)['server'] ?? ''}` : ''
  const answer = writeError(
    told,
    row?.form ?? 'problem',
    request.id,
    `${door.house.publicUrl}/.well-known/oauth-protected-resource${server}`,
  )
  if (told.code === 'method_not_allowed') reply.header('allow', methodsAt(request.url).join(', '))
  return reply.status(answer.status).headers(answer.headers).type(answer.contentType).send(answer.body)
}

/** Refusals that nobody can be named for are counted, not recorded: they would let anyone fill the log. */
const UNRECORDED: readonly ErrorCode[] = [
  'authentication_missing',
  'rate_limited',
  'route_unknown',
  'method_not_allowed',
  'log_broken',
  'log_unavailable',
  'store_failed',
  'stopping',
  'internal',
]

async function noteRefusal(
  door: Door,
  row: Route | undefined,
  request: FastifyRequest,
  error: RemitError,
): Promise<RemitError> {
  const caller = door.admitted.get(request)
  if (UNRECORDED.includes(error.code) || (caller === undefined && error.status !== 401)) return error
  if (caller === undefined && !door.failures.take(request.ip)) return new RemitError('rate_limited', { cause: error })
  const actor = caller === undefined ? { kind: 'stranger' as const, id: 'unproven' } : actorOf(caller)
  try {
    return await recordRefusal(door.house, error, actor, row?.name ?? request.method)
  } catch (cause) {
    return toRemitError(cause)
  }
}

const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body_malformed',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'content_type_unsupported',
  FST_ERR_BAD_URL: 'route_unknown',
  FST_ERR_ASYNC_CONSTRAINT: 'route_unknown',
}

function fromFastify(error: unknown): RemitError {
  const code =
    typeof error === 'object' && error !== null && 'code' in error ? FASTIFY_CODES[String(error.code)] : undefined
  return code === undefined ? toRemitError(error) : new RemitError(code, { cause: error })
}

/** Gives the methods that this address takes. */
function methodsAt(url: string): readonly string[] {
  const path = url.split('?', 1)[0] ?? ''
  return ROUTES.filter((row) =>
    new RegExp(`^${row.path.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/]+').replace(/\*$/, '.+')}$`).test(path),
  ).map((row) => row.method)
}

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

async function readOpenApi({ house }: Context<null, null>): Promise<object> {
  return openApiDocument(house.publicUrl)
}

const MCP_METHODS = ['POST', 'GET', 'DELETE'] as const

/** The row of the gateway. The answer may be a stream, and ends when the client goes away. */
function mcpRow(door: Door, method: 'POST' | 'GET' | 'DELETE'): Route {
  async function callServer({
    params,
    headers,
    body,
    caller,
    signal,
  }: Context<string | null, AgentCaller>): Promise<Reply> {
    const answer = await door.mcp({ server: params['server'] ?? '', method, headers, body: body ?? '', caller, signal })
    return new Reply(answer.status, answer.headers, answer.body)
  }

  return method === 'POST'
    ? route(method, '/mcp/:server', 'agent', 'raw', 200, 'anything', callServer, 'The MCP gateway.')
    : route(method, '/mcp/:server', 'agent', 'none', 200, 'anything', callServer, 'The MCP gateway.')
}
