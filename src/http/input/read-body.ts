import type { z } from 'zod'
import { RemitError } from '../../ground/errors.ts'
import { sayFormFault } from '../../ground/say-form-fault.ts'
import type { BodyName } from '../route.ts'
import { BODIES } from './bodies.ts'
import { parseFormBody, parseJsonBody } from './json-body.ts'

const JSON_TYPE = /^application\/json\s*(;|$)/i
const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(;|$)/i
/** Whoever stands in front may read by it, and so read something else than we do. */
const OTHER_CHARSET = /;\s*charset\s*=(?!\s*"?(?:utf-?8|us-ascii)"?\s*(?:;|$))/i

/**
 * Reads a body as its row says. Errors: `content_type_unsupported`, `body_malformed`, `body_too_deep`,
 * `request_invalid` naming each member that is wrong.
 */
export function readBody(name: BodyName, contentType: string | undefined, raw: string): unknown {
  if (name === 'none') return null
  if (name === 'form') return requireType(FORM_TYPE, contentType) ?? parseFormBody(raw)
  if (name === 'raw') return requireType(JSON_TYPE, contentType) ?? raw
  if (raw === '' && BODIES[name].safeParse({}).success) return {}
  requireType(JSON_TYPE, contentType)
  const checked = BODIES[name].safeParse(parseJsonBody(raw), { error: sayFormFault })
  if (checked.success) return checked.data
  throw new RemitError('request_invalid', {
    detail: describeIssues(checked.error, 'the body'),
    facts: { issues: listIssues(checked.error) },
  })
}

const issuesMax = 10
/** So many of them in a sentence. */
const saidMax = 3

function requireType(expected: RegExp, contentType: string | undefined): undefined {
  if (contentType === undefined || !expected.test(contentType)) throw new RemitError('content_type_unsupported')
  if (OTHER_CHARSET.test(contentType))
    throw new RemitError('content_type_unsupported', { detail: 'A body is UTF-8, and says no other charset.' })
}

/** Refuses a body that says it is packed: none is unpacked here, and somebody in front may (RFC 9110 section 8.4). */
export function requireUnpacked(contentEncoding: string | undefined): void {
  if (contentEncoding !== undefined && !/^identity$/i.test(contentEncoding))
    throw new RemitError('content_type_unsupported', { detail: 'A body is sent as it is, without a Content-Encoding.' })
}

/** Gives each fault with the path of its member, for machines. */
export function listIssues(error: z.ZodError): readonly { readonly path: string; readonly message: string }[] {
  return error.issues
    .slice(0, issuesMax)
    .map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }))
}

/** Gives the first faults in a sentence, and how many there are besides; `whole` is what has no path. */
export function describeIssues(error: z.ZodError, whole: string): string {
  const told = error.issues
    .slice(0, saidMax)
    .map((issue) => `${issue.path.map(String).join('.') || whole}: ${issue.message}`)
  const besides = error.issues.length - told.length
  const more = besides === 0 ? '' : ` And ${besides} more.`
  return `The request does not have the form that this address asks for: ${told.join('; ')}.${more}`
}
