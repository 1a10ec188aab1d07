import type { DetailedError } from '@cedar-policy/cedar-wasm/nodejs'
import type { PolicyNote } from '../../../contract/policy.ts'

/** A place in a file, from 1; columns count UTF-16 units, as editors do. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Orders what stands in one file. */
export function byPlace(a: Pick<Place, 'line' | 'column'>, b: Pick<Place, 'line' | 'column'>): number {
  return a.line - b.line || a.column - b.column
}

/** Gives the place of a byte of a text that itself begins at `start`. Cedar counts in bytes of UTF-8. */
export function locateByte(start: Place, text: string, byte: number): Place {
  const before = Buffer.from(text).subarray(0, byte).toString('utf8')
  const lines = before.split('\n')
  const last = lines.at(-1) ?? ''
  const isFirst = lines.length === 1
  return {
    file: start.file,
    line: start.line + lines.length - 1,
    column: (isFirst ? start.column : 1) + last.length,
  }
}

/** What kind of oddity Cedar's validator warns of: a policy that never matches, or another. */
export function kindOfWarning({ message }: DetailedError): 'never-matches' | 'odd' {
  return /impossible|applicable action/.test(message) ? 'never-matches' : 'odd'
}

/** The note names the policy itself. */
function withoutId(text: string): string {
  return text.replace(/^for policy `[^`]*`, /, '')
}

/** Turns an error of Cedar's about a text that begins at `start` into a note at its place in the file. */
export function noteOf(error: DetailedError, kind: string, start: Place, text: string, id: string | null): PolicyNote {
  const [where] = error.sourceLocations ?? []
  const place = where === undefined ? start : locateByte(start, text, where.start)
  const hint = error.help ?? where?.label ?? null
  return { ...place, id, kind, sentence: withoutId(error.message), hint: hint === null ? null : withoutId(hint) }
}
