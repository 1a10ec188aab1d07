import { stripVTControlCharacters, styleText } from 'node:util'
import type { Environment } from './environment.ts'

/** The styles that the command line uses; plain text must say the same without them. */
export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan'

/** Where output goes and how it may look. */
export interface Terminal {
  /** Writes a line for people, or the one document for machines. */
  readonly print: (text: string) => void
  /** Writes a line that is not part of the answer. */
  readonly warn: (text: string) => void
  readonly paint: (style: Style, text: string) => string
  /** Width in columns; 100 where there is no terminal. */
  readonly columns: number
}

const COLUMNS = 100

/** Gives the terminal of this process. Colours only on a TTY, and not with `NO_COLOR`. */
export function openTerminal(environment: Environment): Terminal {
  const isColoured = process.stdout.isTTY === true && !environment.isPlain
  return {
    print: (text) => void process.stdout.write(`${text}\n`),
    warn: (text) => void process.stderr.write(`${text}\n`),
    paint: (style, text) => (isColoured ? styleText(style, text, { validateStream: false }) : text),
    columns: process.stdout.columns ?? COLUMNS,
  }
}

/** Lays rows out in aligned columns, two spaces between them; colours do not count as width. */
export function alignRows(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((most, row) => {
    row.forEach((cell, at) => {
      most[at] = Math.max(most[at] ?? 0, widthOf(cell))
    })
    return most
  }, [])
  return rows.map((row) =>
    row
      .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  )
}

/** Lays out a table with a head; says `none` where there are no rows. */
export function writeTable(head: readonly string[], rows: readonly (readonly string[])[], none: string): string[] {
  return rows.length === 0 ? [none] : alignRows([head.map((cell) => cell.toUpperCase()), ...rows])
}

/** Lays out named facts below each other, leaving out the empty ones. */
export function writeFacts(facts: readonly (readonly [string, string])[]): string[] {
  return alignRows(facts.filter(([, value]) => value !== ''))
}

/** Breaks a text at spaces into lines of at most `width`; a longer word stays whole. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Writes a moment as people read it, in UTC to the second; empty for none. */
export function writeTime(atMs: number | null): string {
  return atMs === null ? '' : `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')}Z`
}

/** Makes text from elsewhere safe to show: without control characters, which could repaint the terminal. */
export function showSafely(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Cf}]/gu, ' ')
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length
}
