import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { actorOf } from '../../authenticate/actor.ts'
import { metadataAddress } from '../../contract/token/gateway-address.ts'
import { recordRefusal } from '../../flow/refuse.ts'
import { shareAssertion } from '../../flow/token/share-assertion.ts'
import type { Clock } from '../../ground/clock.ts'
import { type ErrorCode, isError, RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Route } from '../route.ts'
import { closeWhenStopping, type Door, HEADERS } from './door.ts'
import { asksForPage, type ErrorForm, toRemitError, writeError } from './problem.ts'
import { visitOf } from './visit.ts'

/** Answers an error in the form of its door, after the refusal is on record where somebody can be named for it. */
export async function answerError(
  door: Door,
  row: Route | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
  thrown: unknown,
): Promise<FastifyReply> {
  const told = await noteRefusal(door, row, request, toDoorError(thrown))
  door.house.metrics.count('remit_requests_total', { route: row?.name ?? 'none', outcome: told.code })
  if (told.status >= 500 && !['stopping', 'history_unsupported'].includes(told.code)) door.report(request.id, told)
  const server =
    row?.name === 'callServer' ? encodeURIComponent((request.params as Record<string, string>)['server'] ?? '') : null
  const caller = visitOf(request)?.caller
  const answer = writeError(told, row?.form ?? formNowhere(door, request), request.id, {
    resourceMetadata: metadataAddress(door.house.publicUrl, server),
    isByHeader: request.headers.authorization !== undefined,
    isByToken: /^(?:bearer|dpop) /i.test(request.headers.authorization ?? ''),
    signedIn: caller?.kind === 'person' ? caller.person.name : null,
  })
  return closeWhenStopping(door, reply)
    .status(answer.status)
    .headers(answer.headers)
    .type(answer.contentType)
    .send(answer.body)
}

/** Where no row says in which form, a browser gets a page, where pages are shown, and everybody else what the API answers. */
const formNowhere = ({ isMutual }: Door, { headers }: FastifyRequest): ErrorForm =>
  !isMutual && asksForPage(headers.accept) ? 'page' : 'problem'

/** Refusals that nobody can be named for are counted, not recorded: they would let anyone fill the log. */
const UNRECORDED: readonly ErrorCode[] = [
  'authentication_missing',
  'use_dpop_nonce',
  'use_attestation_challenge',
  'slow_down',
  'rate_limited',
  'route_unknown',
  'method_not_allowed',
  'log_broken',
  'log_unavailable',
  'store_failed',
  'store_damaged',
  'stopping',
  'call_cancelled',
  'internal',
]

/** What somebody without standing hears: the record of who came back after a cutoff, or with a secret of before, would else be empty. */
const FALLEN: readonly ErrorCode[] = ['cut_off', 'task_not_active', 'identity_inactive', 'secret_not_allowed']
const isOfCaller = (error: RemitError): boolean => error.status === 401 || FALLEN.includes(error.code)

async function noteRefusal(
  door: Door,
  row: Route | undefined,
  request: FastifyRequest,
  error: RemitError,
): Promise<RemitError> {
  const caller = visitOf(request)?.caller ?? undefined
  if (UNRECORDED.includes(error.code) || (caller === undefined && !isOfCaller(error))) return error
  if (caller === undefined && !door.failures.take(request.ip)) return new RemitError('rate_limited', { cause: error })
  const actor = caller === undefined ? { kind: 'stranger' as const, id: 'unproven' } : actorOf(caller)
  const place = row?.name ?? request.method
  try {
    if (caller?.kind !== 'workload') return await recordRefusal(door.house, error, actor, place, caller?.changes)
    return await shareAssertion(door.house, caller, ({ changes }) =>
      recordRefusal(door.house, error, actor, place, changes),
    )
  } catch (cause) {
    return isError(cause, 'conflict')
      ? recordRefusal(door.house, seenBefore(error, cause), actor, place)
      : toRemitError(cause)
  }
}

/** A proof that was refused for what it asked counts as shown all the same; somebody else was faster with this one. */
function seenBefore(error: RemitError, cause: RemitError): RemitError {
  return isError(error, 'assertion_replayed') ? error : new RemitError('assertion_replayed', { cause })
}

const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body_malformed',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'content_type_unsupported',
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: 'content_type_unsupported',
  FST_ERR_BAD_URL: 'route_unknown',
  FST_ERR_MAX_PARAM_LENGTH: 'route_unknown',
  FST_ERR_ASYNC_CONSTRAINT: 'route_unknown',
  ECONNRESET: 'body_malformed',
  ERR_STREAM_PREMATURE_CLOSE: 'call_cancelled', // whoever asked has hung up before the first byte of what is written as it goes
}

function toDoorError(thrown: unknown): RemitError {
  const code = FASTIFY_CODES[codeOf(thrown)]
  return code === undefined ? toRemitError(thrown) : new RemitError(code, { cause: thrown })
}

const codeOf = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : ''

const SOCKET_CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/**
 * Answers what is not HTTP at all, or only half of a request: there is nothing yet to answer through. The connection ends soon
 * after, whether its client ends it or not: one that never does would hold a descriptor for ever.
 */
export function answerSocket(thrown: Error, socket: Socket, requestId: string, { after }: Pick<Clock, 'after'>): void {
  const isUnread = socket.writableLength > 0 // who takes nothing of an answer would not take this one
  if (isUnread || socket.destroyed || !socket.writable || codeOf(thrown) === 'ECONNRESET') return void socket.destroy()
  const error = new RemitError(SOCKET_CODES[codeOf(thrown)] ?? 'request_malformed')
  const answer = writeError(error, 'problem', requestId, null)
  const headers = {
    ...HEADERS,
    'content-type': answer.contentType,
    'content-length': String(Buffer.byteLength(answer.body)),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.once(
    'close',
    after(LIMITS.lastAnswerMs, () => void socket.destroy()),
  )
  socket.end([`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}`, ...lines, '', answer.body].join('\r\n'))
}
