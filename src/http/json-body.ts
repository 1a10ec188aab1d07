import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'

/** Parses a JSON body. Errors: `body_malformed`, `body_too_deep` (checked before parsing, so that depth costs nothing). */
export function parseJsonBody(body: string): unknown {
  refuseDepth(body)
  try {
    return JSON.parse(body, refusePrototype)
  } catch (cause) {
    throw new RemitError('body_malformed', { cause })
  }
}

/** A member named `__proto__` has no honest use in a request. */
function refusePrototype(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('a member is named __proto__')
  return value
}

function refuseDepth(body: string): void {
  let depth = 0
  let inText = false
  for (let at = 0; at < body.length; at++) {
    const char = body[at]
    if (inText) {
      if (char === '\\') at++
      else if (char === '"') inText = false
    } else if (char === '"') inText = true
    else if (char === '{' || char === '[') {
      if (++depth > LIMITS.jsonDepthMax) throw new RemitError('body_too_deep')
    } else if (char === '}' || char === ']') depth--
  }
}

/** Parses a form body (RFC 6749 section 3.2): each parameter at most once. Errors: `body_malformed`. */
export function parseFormBody(body: string): Readonly<Record<string, string>> {
  const form = new Map<string, string>()
  for (const [key, value] of new URLSearchParams(body)) {
    if (form.has(key)) throw new RemitError('body_malformed', { detail: 'A parameter appears twice.' })
    form.set(key, value)
  }
  return Object.fromEntries(form)
}
