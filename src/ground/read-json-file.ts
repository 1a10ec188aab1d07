import { readFileSync } from 'node:fs'
import { readJson } from '../contract/log/read-json.ts'
import { RemitError } from './errors.ts'
import { findNameTwice } from './json-names.ts'

/** What is wrong with a file that cannot be read, by the code of the platform. */
const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  ENOTDIR: 'is not there: it lies below something that is no folder',
  EISDIR: 'is a folder',
  EACCES: 'may not be read by this user',
}

/**
 * Reads a file of JSON in which no object names a member twice: of two values one would count, and nobody said which.
 * Errors: `config_invalid`, where `what` names the file, with what is wrong and where.
 */
export function readJsonFile(file: string, what: string): unknown {
  const text = readText(file, what)
  const value = parse(text, what)
  const twice = findNameTwice(text)
  if (twice === null) return value
  throw new RemitError('config_invalid', { detail: `${what} names ${JSON.stringify(twice)} twice in one object.` })
}

function parse(text: string, what: string): unknown {
  try {
    return readJson(text)
  } catch (cause) {
    const place = findJsonFault(text)
    const where = place === null ? 'it ends too early' : `see line ${place.line}, column ${place.column}`
    throw new RemitError('config_invalid', { detail: `${what} is not JSON: ${where}.`, cause })
  }
}

function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    throw new RemitError('config_invalid', { detail: `${what} ${UNREADABLE[code] ?? 'cannot be read'}.`, cause })
  }
}

/** Where a text is wrong, by line and column from 1. */
interface Place {
  readonly line: number
  readonly column: number
}

/** Finds where a text that is not JSON stops being any; null where it only ends too early, or is JSON. */
export function findJsonFault(text: string): Place | null {
  if (!isLost(text)) return null
  let [whole, lost] = [0, text.length] // what is lost stays lost, however it goes on
  while (lost - whole > 1) {
    const middle = (whole + lost) >> 1
    if (isLost(text.slice(0, middle))) lost = middle
    else whole = middle
  }
  const lines = text.slice(0, whole).split('\n')
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
}

/** True where no continuation makes a text JSON. The platform says so, or complains of its end alone. */
function isLost(text: string): boolean {
  try {
    JSON.parse(text)
    return false
  } catch (error) {
    const said = error instanceof Error ? error.message : ''
    const position = /at position (\d+)/.exec(said)?.[1]
    return position === undefined ? !said.startsWith('Unexpected end') : Number(position) < text.length
  }
}
