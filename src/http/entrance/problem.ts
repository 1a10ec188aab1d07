import { DPOP_ALGORITHMS } from '../../authenticate/dpop/proof.ts'
import { ERRORS } from '../../ground/error-table.ts'
import { type ErrorCode, RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { pageHeaders, writePage } from '../pages/html.ts'
import { errorPage } from '../pages/notice-page.ts'

/** How a door writes its errors. */
export type ErrorForm = 'problem' | 'oauth' | 'plain' | 'page'

/** Whether somebody is to read the answer: a browser that goes somewhere names HTML, and no JSON; clients do otherwise. */
export const asksForPage = (accept: string | undefined): boolean =>
  accept !== undefined && /\btext\/html\b/i.test(accept) && !/\bjson\b/i.test(accept)

/** An error as it is answered. */
export interface ErrorAnswer {
  readonly status: number
  readonly contentType: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Errors that the AuthZEN access-request profile names. */
const ACCESS_ERRORS: readonly ErrorCode[] = [
  'not_requestable',
  'expired_denial',
  'invalid_denial_binding',
  'duplicate_request',
  'unknown_task',
  'task_expired',
  'invalid_task_state',
]

/** What the scheme DPoP is challenged for (RFC 9449 sections 7.1 and 9). */
const DPOP_ERRORS: readonly ErrorCode[] = ['proof_missing', 'proof_invalid', 'use_dpop_nonce']

const WRITERS: Readonly<
  Record<
    ErrorForm,
    (
      error: RemitError,
      requestId: string,
      asked: Asked | null,
    ) => { readonly contentType: string; readonly body: string; readonly status: number }
  >
> = {
  problem: (error, requestId) => {
    const { entry, ...facts } = error.facts
    const body = {
      type: ACCESS_ERRORS.includes(error.code)
        ? `urn:openid:authzen:access-request:error:${error.code}`
        : `urn:remit:error:${error.code}`,
      title: ERRORS[error.code].sentence,
      status: error.status,
      code: error.code,
      detail: error.detail,
      instance: requestId,
      ...(Object.keys(facts).length === 0 ? {} : { facts }),
      ...(entry === undefined ? {} : { entry }),
    }
    return { status: error.status, contentType: 'application/problem+json', body: JSON.stringify(body) }
  },
  oauth: (error, _, asked) => {
    const body = {
      error: error.oauth,
      error_description: error.detail,
      code: error.code,
      ...(error.facts['entry'] === undefined ? {} : { entry: error.facts['entry'] }),
      ...(error.facts['ask'] === undefined ? {} : { ask: error.facts['ask'] }),
      ...(error.facts['taskId'] === undefined ? {} : { task_id: error.facts['taskId'] }),
    }
    return { status: oauthStatus(error, asked), contentType: 'application/json', body: JSON.stringify(body) }
  },
  page: (error, requestId, asked) => ({
    status: error.status,
    contentType: 'text/html; charset=utf-8',
    body: writePage(errorPage(error, requestId, asked?.signedIn ?? null)),
  }),
  plain: (error) => ({
    status: error.status === 415 ? 400 : error.status,
    contentType: 'application/json',
    body: JSON.stringify(error.detail),
  }),
}

const UNKNOWN_CLIENT = ['invalid_client', 'invalid_client_attestation']

/**
 * RFC 6749 section 5.2: errors of the token endpoint are 400, and 401 only where the client itself is not known. Who asks by a
 * token, as at introspection, and whose token does not count is told by 401 too (RFC 7662 section 2.3).
 */
function oauthStatus(error: RemitError, asked: Asked | null): number {
  if (error.status >= 500 || error.status === 429) return error.status
  if (asked?.isByToken === true && (error.oauth === 'invalid_token' || DPOP_ERRORS.includes(error.code))) return 401
  return UNKNOWN_CLIENT.includes(error.oauth) ? 401 : 400
}

/** Gives whatever was thrown as an error of the table. The cause of an unknown one stays inside. */
export function toRemitError(thrown: unknown): RemitError {
  return thrown instanceof RemitError ? thrown : new RemitError('internal', { cause: thrown })
}

/** What a challenge goes by. */
export interface Asked {
  /** The address that a 401 names (RFC 9728 section 5.1). */
  readonly resourceMetadata: string
  /** False where no header `Authorization` came. */
  readonly isByHeader: boolean
  /** True where that header shows a token (RFC 6750 section 2.1, RFC 9449 section 7.1). */
  readonly isByToken: boolean
  /** What the person is called who is signed in; null where nobody is. */
  readonly signedIn: string | null
}

/**
 * Writes an error in the form of its door. A client that proves itself in the form hears no challenge at the endpoints of OAuth
 * (RFC 6749 section 5.2): its library would read that in place of the error, and show nothing of what is wrong.
 */
export function writeError(error: RemitError, form: ErrorForm, requestId: string, asked: Asked | null): ErrorAnswer {
  const written = WRITERS[form](error, requestId, asked)
  const headers: Record<string, string> = {}
  if (form === 'page') Object.assign(headers, pageHeaders({}))
  if (form === 'plain') headers['remit-error'] = error.code // an AuthZEN error is a sentence alone, with no place for a code
  if (written.status === 401 && (form === 'oauth' ? asked?.isByHeader === true : form !== 'page'))
    headers['www-authenticate'] = challenge(error, asked?.resourceMetadata ?? null)
  const { nonce, challenge: next } = error.facts
  if (error.code === 'use_attestation_challenge' && typeof next === 'string')
    headers['oauth-client-attestation-challenge'] = next
  if (error.code === 'use_dpop_nonce' && typeof nonce === 'string') headers['dpop-nonce'] = nonce
  if (error.code === 'slow_down') headers['retry-after'] = String(LIMITS.pollSeconds)
  if (error.code === 'rate_limited' || error.status === 503) headers['retry-after'] = sayRetryAfter(error)
  return { ...written, headers }
}

/** In seconds (RFC 9110 section 10.2.3): in a moment, or as `facts.retryAfterSeconds` says where people have to answer first. */
function sayRetryAfter({ facts: { retryAfterSeconds } }: RemitError): string {
  return typeof retryAfterSeconds === 'number' ? String(retryAfterSeconds) : '1'
}

function challenge(error: RemitError, resourceMetadata: string | null): string {
  if (error.code === 'secret_refused') return 'Basic realm="remit", charset="UTF-8"' // RFC 6749 section 5.2
  const scheme = DPOP_ERRORS.includes(error.code) ? 'DPoP' : 'Bearer'
  // RFC 6750 section 3.1: whatever is wrong with a credential, the challenge calls it so
  const told = scheme === 'DPoP' ? error.oauth : 'invalid_token'
  const parts = [
    error.code === 'authentication_missing' ? null : `error="${told}"`,
    scheme === 'DPoP' ? `algs="${DPOP_ALGORITHMS.join(' ')}"` : null,
    resourceMetadata === null ? null : `resource_metadata="${resourceMetadata}"`,
  ]
  return [scheme, parts.filter((part) => part !== null).join(', ')].join(' ').trim()
}
