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
  for (const token of tokensOf(text)) {
    if (token === ':' && last.includes('\\')) return true
    last = token
  }
  return false
}

/** Reads a text that is known to be JSON. */
function readTokens(text: string): unknown {
  const tokens = tokensOf(text)
  const next = (): string => tokens.next().value ?? ''
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

/**
 * Gives what a text that is known to be JSON is made of, but for white space: strings, marks, and all other values. A string before
 * a colon is a name. Strings are looked through for their end, since a pattern for a whole one fails over millions of escapes.
 */
export function* tokensOf(text: string): Generator<string, undefined, undefined> {
  const starts = /"|[{}[\]:,]|[^\s"{}[\]:,]+/g
  for (let found = starts.exec(text); found !== null; found = starts.exec(text)) {
    if (found[0] === '"') starts.lastIndex = findStringEnd(text, found.index)
    yield text.slice(found.index, starts.lastIndex)
  }
}

/** Gives where a string ends that begins at `from`. */
function findStringEnd(text: string, from: number): number {
  let quote = text.indexOf('"', from + 1)
  while (isEscaped(text, quote)) quote = text.indexOf('"', quote + 1)
  return quote === -1 ? text.length : quote + 1
}

/** True where an odd number of backslashes stands before. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1
  while (text[before] === '\\') before -= 1
  return (at - before) % 2 === 0
}
