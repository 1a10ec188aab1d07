import { makeBare } from '../../ground/bare.ts'
import { parseClearJson } from '../../ground/clear-json.ts'
import { RemitError } from '../../ground/errors.ts'
import { isDeeperThan } from '../../ground/json-depth.ts'
import { LIMITS } from '../../ground/limits.ts'

/** Parses a JSON body. Errors: `body_too_deep` (checked before parsing, so that depth costs nothing), and as `parseClearJson`. */
export function parseJsonBody(body: string): unknown {
  if (isDeeperThan(body, LIMITS.jsonDepthMax)) throw new RemitError('body_too_deep')
  return parseClearJson(body)
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
