import { readJson } from '../contract/log/read-json.ts'
import { isMembers } from '../contract/read-entry.ts'
import { RemitError } from './errors.ts'
import { findNameTwice } from './json-names.ts'
import { findUnclearNumber } from './json-numbers.ts'

const quote = 0x22

/**
 * Parses a JSON text from outside that means one thing to whoever reads it; it nests no deeper than its reader allows. Errors:
 * `body_malformed` for what is no JSON, a member named `__proto__`, which has no honest use in a request, and a name that stands
 * twice in one object, of which another reader may take the first (RFC 8259 section 4); `request_invalid` for half of a surrogate
 * pair, which JSON can escape and which is no character: it would be decided on as one text and written as another; and for a large
 * number that is another one here than for a reader who keeps all its digits.
 */
export function parseClearJson(text: string): unknown {
  const value = parse(text)
  // the look at each text is slow: it is done only where one of these could stand, plainly or in escapes
  const check = text.includes('\\') || text.includes('__proto__') ? refuseMischief : null
  if (countNames(text) > countMembers(value, check) && findNameTwice(text) !== null)
    throw new RemitError('body_malformed', { detail: 'A name stands twice in one object.' })
  const unclear = findUnclearNumber(text)
  if (unclear !== null)
    throw new RemitError('request_invalid', {
      detail: `A number is too large to be read as one and the same by everybody (RFC 7493): ${sayNumber(unclear)}. Write it as a text.`,
    })
  return value
}

function parse(text: string): unknown {
  try {
    return readJson(text)
  } catch (cause) {
    throw new RemitError('body_malformed', { detail: 'This is not JSON.', cause })
  }
}

/** As many characters of a number as whoever wrote it needs to find it. */
const numberCharsMax = 40

function sayNumber(written: string): string {
  return written.length > numberCharsMax ? `${written.slice(0, numberCharsMax)}…` : written
}

/** Gives how many names a text may hold: as many as there are colons behind a quote, of which some may stand inside a text. */
function countNames(text: string): number {
  let count = 0
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) {
    let before = at - 1
    while (isSpace(text.charCodeAt(before))) before -= 1
    if (text.charCodeAt(before) === quote) count += 1
  }
  return count
}

/** The white space of JSON, and what else nobody writes. */
function isSpace(code: number): boolean {
  return code <= 0x20
}

function countMembers(value: unknown, check: ((text: string, isName: boolean) => void) | null): number {
  if (typeof value === 'string') check?.(value, false)
  if (Array.isArray(value)) return value.reduce<number>((count, item) => count + countMembers(item, check), 0)
  if (!isMembers(value)) return 0
  const names = Object.keys(value)
  let count = names.length
  for (const name of names) {
    check?.(name, true)
    count += countMembers(value[name], check)
  }
  return count
}

function refuseMischief(text: string, isName: boolean): void {
  if (isName && text === '__proto__') throw new RemitError('body_malformed', { detail: 'A member is named __proto__.' })
  if (!text.isWellFormed()) throw new RemitError('request_invalid', { detail: 'A text is not well-formed Unicode.' })
}
