import type { House } from '../house.ts'
import type { RawRequest } from './raw.ts'

/** One bad request, and what it gets. */
export interface BadRequest extends RawRequest {
  readonly name: string
  /** Whose session is shown. */
  readonly as?: keyof House['people']
  readonly status: number
  readonly code: string
  /** True where somebody can be named for it, so that it stands in the log. */
  readonly recorded?: boolean
}

/** Bad requests of one sort, which the name says. */
export type BadRequests = readonly [string, readonly BadRequest[]]

export const json = { 'content-type': 'application/json' }
export const form = { 'content-type': 'application/x-www-form-urlencoded' }
export const purpose = { code: 'tidy', title: 'Tidy up', classes: ['read'], ceiling: 'internal' }

/** A request with a JSON body; a text or bytes go out as they are. */
export const post = (path: string, body: unknown): RawRequest => ({
  method: 'POST',
  path,
  headers: json,
  body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
})

/** Defines a purpose: a body in which one thing is wrong. */
export const define = (more: object): RawRequest => post('/api/v1/purposes', { ...purpose, ...more })

export const invalid = { as: 'ada', status: 400, code: 'request_invalid', recorded: true } as const
export const absent = { as: 'ada', status: 404, code: 'not_found', recorded: true } as const
export const malformed = { as: 'ada', status: 400, code: 'body_malformed', recorded: true } as const
export const nowhere = { status: 404, code: 'route_unknown' } as const
export const notAllowed = { status: 405, code: 'method_not_allowed' } as const
export const garbled = { status: 400, code: 'request_malformed' } as const
