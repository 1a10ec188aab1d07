import { isLoopback } from '../../contract/register/redirect-uri.ts'
import type { RemitError } from '../../ground/errors.ts'
import { Reply } from '../route.ts'
import type { AuthorizationQuery } from './authorization-request.ts'

/** Where an answer goes: the address that was held to the client, what the client asked with, and who answers (RFC 9207). */
export interface AnswerPlace {
  readonly redirectUri: string
  readonly query: AuthorizationQuery
  readonly issuer: string
}

/** Sends the browser back to the client. */
export function answerClient(place: AnswerPlace, answer: Readonly<Record<string, string>>): Reply {
  return leadTo(writeAnswer(place, answer), { 'referrer-policy': 'no-referrer' })
}

/** Sends a browser somewhere else, whatever it had sent. */
export function leadTo(location: string, more: Readonly<Record<string, string>> = {}): Reply {
  return new Reply(303, { location, 'content-type': 'text/html; charset=utf-8', ...more }, '')
}

/** Sends the browser back to the client with an error (RFC 6749 section 4.1.2.1). */
export function answerClientError(place: AnswerPlace, error: RemitError): Reply {
  return answerClient(place, tellError(error))
}

/** Gives the address of an answer, in every case with `state` as it came and with `iss`. */
export function writeAnswer(
  { redirectUri, query, issuer }: AnswerPlace,
  answer: Readonly<Record<string, string>>,
): string {
  const { state } = query
  const parameters = new URLSearchParams({ ...answer, ...(state === undefined ? {} : { state }), iss: issuer })
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${parameters.toString()}`
}

/** Gives an error as the parameters of an answer. */
export function tellError(error: RemitError): Readonly<Record<string, string>> {
  return {
    error: ANSWERABLE.includes(error.oauth) ? error.oauth : 'access_denied',
    error_description: plain(error.detail),
  }
}

/** What RFC 6749 section 4.1.2.1 and what builds on it name for this answer. */
const ANSWERABLE: readonly string[] = [
  'invalid_request',
  'unauthorized_client',
  'access_denied',
  'unsupported_response_type',
  'invalid_scope',
  'invalid_target',
  'invalid_authorization_details',
  'request_not_supported',
  'request_uri_not_supported',
  'registration_not_supported',
]

/** RFC 6749 section 4.1.2.1: printable ASCII without quotes and backslashes. */
const plain = (text: string): string => text.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '').slice(0, 300)

/** Gives the source that a form which ends in a redirect may lead to (CSP `form-action`). */
export function formTargetOf(redirectUri: string): string {
  if (!/^https?:/.test(redirectUri)) return redirectUri.slice(0, redirectUri.indexOf(':') + 1)
  const { origin } = new URL(redirectUri) // an address of this form holds nothing that would end a source
  return isLoopback(redirectUri) && origin.includes('[') ? 'http:' : origin
}
