import { readJson } from '../../contract/log/read-json.ts'
import { makeBare } from '../../ground/bare.ts'
import { RemitError } from '../../ground/errors.ts'
import { isDeeperThan } from '../../ground/json-depth.ts'
import { LIMITS } from '../../ground/limits.ts'

/**
 * Parses a JSON body. Errors: `body_malformed`, `body_too_deep` (checked before parsing, so that depth costs nothing), and
 * `request_invalid` for half of a surrogate pair.
 */
export function parseJsonBody(body: string): unknown {
  if (isDeeperThan(body, LIMITS.jsonDepthMax)) throw new RemitError('body_too_deep')
  try {
    return mayHoldMischief(body) ? refuseMischief(readJson(body)) : JSON.parse(body)
  } catch (cause) {
    throw cause instanceof RemitError ? cause : new RemitError('body_malformed', { cause })
  }
}

/** Looking at each member is slow: it is done only where one could be named `__proto__`, plainly or in escapes, or hold an escape. */
function mayHoldMischief(body: string): boolean {
  return body.includes('\\') || body.includes('__proto__')
}

/**
 * A member named `__proto__` has no honest use in a request. Half of a surrogate pair, which JSON can escape, is no character:
 * it would be decided on as one text and written as another.
 */
function refuseMischief(value: unknown): unknown {
  if (typeof value === 'string') refuseHalf(value)
  if (typeof value !== 'object' || value === null) return value
  for (const [name, member] of Object.entries(value)) {
    if (name === '__proto__') throw new SyntaxError('a member is named __proto__')
    refuseHalf(name)
    refuseMischief(member)
  }
  return value
}

function refuseHalf(text: string): void {
  if (!text.isWellFormed()) throw new RemitError('request_invalid', { detail: 'A text is not well-formed Unicode.' })
}

/** Parameters that may come more than once (RFC 8693 section 2.1, RFC 8707 section 2): a token here is for one resource. */
const REPEATABLE: readonly string[] = ['resource', 'audience']

/**
 * Parses a form body (RFC 6749 section 3.2): each parameter at most once, and one without a value counts as left out.
 * Errors: `body_malformed`, and `target_invalid` for a second resource.
 */
export function parseFormBody(body: string): Readonly<Record<string, string>> {
  const form = makeBare<string>()
  for (const [key, value] of new URLSearchParams(body)) {
    if (key in form) throw refuseTwice(key)
    form[key] = value
  }
  for (const [key, value] of Object.entries(form)) if (value === '') delete form[key]
  return form
}

function refuseTwice(key: string): RemitError {
  return REPEATABLE.includes(key)
    ? new RemitError('target_invalid', { detail: 'A token is for one resource; ask for one token each.' })
    : new RemitError('body_malformed', { detail: 'A parameter appears twice.' })
}
