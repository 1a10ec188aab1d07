/** What a JSON text is made of, but for white space: strings, marks, and all other values. A string before a colon is a name. */
export const JSON_TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|[^\s"{}[\]:,]+/gs

/**
 * Parses JSON as `JSON.parse` does (RFC 8259); throws `SyntaxError` as that does. Where a name is written with an escape it is read
 * again by ourselves: V8 takes such a name for another one with a backslash that it has read at the same place of a like object
 * before (nodejs/node#63785). The text nests no deeper than its reader allows.
 */
export function readJson(text: string): unknown {
  const value: unknown = JSON.parse(text) // says what is no JSON
  return text.includes('\\') && hasEscapedName(text) ? readTokens(text) : value
}

/** True where a string with an escape stands before a colon. */
function hasEscapedName(text: string): boolean {
  let last = ''
  for (const [token] of text.matchAll(JSON_TOKENS)) {
    if (token === ':' && last.includes('\\')) return true
    last = token
  }
  return false
}

/** Reads a text that is known to be JSON. */
function readTokens(text: string): unknown {
  const tokens = text.matchAll(JSON_TOKENS)
  const next = (): string => tokens.next().value?.[0] ?? ''
  return readValue(next(), next)
}

function readValue(token: string, next: () => string): unknown {
  if (token === '{') return readObject(next)
  return token === '[' ? readList(next) : JSON.parse(token)
}

function readObject(next: () => string): object {
  const members: [string, unknown][] = []
  for (let token = next(); token !== '}'; token = next()) {
    if (token === ',') continue
    next() // the colon
    members.push([String(JSON.parse(token)), readValue(next(), next)])
  }
  return Object.fromEntries(members) // own members, `__proto__` too, and of two the last counts
}

function readList(next: () => string): unknown[] {
  const items: unknown[] = []
  for (let token = next(); token !== ']'; token = next()) if (token !== ',') items.push(readValue(token, next))
  return items
}
