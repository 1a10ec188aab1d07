import { randomUUID } from 'node:crypto'
import { stripVTControlCharacters, styleText } from 'node:util'
import { quote } from '../sdk/quote.ts'
import type { Environment } from './environment.ts'

/** The styles that the command line uses; plain text must say the same without them. */
export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan'

/** Where output goes and how it may look. Whatever a line holds, it is shown as one line and repaints nothing. */
export interface Terminal {
  /** Writes a line for people, or one of the document for machines. */
  readonly print: (text: string) => void
  /** Writes a line that is not part of the answer. */
  readonly warn: (text: string) => void
  /** Marks a text for a colour; `print` lays it on. */
  readonly paint: (style: Style, text: string) => string
  /** Width in columns; 100 where there is no terminal, or one that does not know. */
  readonly columns: number
  /** The same of a terminal that is there; whoever searches output that goes elsewhere finds each row on one line. */
  readonly screen?: number | undefined
}

const COLUMNS = 100

/** Marks colours. Nobody else knows it, so that no text from elsewhere can paint. */
const brush = randomUUID()
const PAINTED = new RegExp(`<${brush}:(\\w+)>(.*?)</${brush}>`, 'g')

/** The two streams that a terminal writes to. */
type Streams = Pick<NodeJS.Process, 'stdout' | 'stderr'>

/** Gives the terminal of this process. Colours only on a TTY, and not with `NO_COLOR`. `end` is what ends us where nobody reads on. */
export function openTerminal(
  environment: Environment,
  { stdout, stderr }: Streams = process,
  end: () => void = () => process.exit(),
): Terminal {
  const isColoured = stdout.isTTY === true && !environment.isPlain
  endWithReader(stdout, end)
  const write = writeTogether(stdout)
  const columns = stdout.columns || COLUMNS // a terminal that was given no size says 0
  return {
    print: (text) => write(`${layColours(showSafely(text))}\n`),
    warn: (text) => void stderr.write(`${layColours(showSafely(text))}\n`),
    paint: (style, text) => (isColoured ? `<${brush}:${style}>${text}</${brush}>` : text),
    columns,
    screen: stdout.isTTY === true ? columns : undefined,
  }
}

/** Whoever reads the output may have enough of it, as `head` does: then there is nothing left to say. */
function endWithReader(stdout: NodeJS.WriteStream, end: () => void): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    end()
  })
}

/** What a reader is slow to take is written together once they go on: a pipe takes no millions of lines that wait one by one. */
function writeTogether(stdout: NodeJS.WriteStream): (line: string) => void {
  let waiting: string[] = []
  stdout.on('drain', () => {
    const lines = waiting.join('')
    waiting = []
    if (lines !== '') stdout.write(lines)
  })
  return (line) => void (stdout.writableNeedDrain ? waiting.push(line) : stdout.write(line))
}

function layColours(text: string): string {
  return text.replaceAll(PAINTED, (_, style: Style, painted: string) =>
    styleText(style, painted, { validateStream: false }),
  )
}

/** Writes the document for machines in lines, each in visible characters only. */
export function writeDocument(data: unknown): string[] {
  return JSON.stringify(data, null, 2).split('\n').map(quote.json)
}

/** What becomes lines once it is known how wide the screen is; without a screen it is as wide as it likes. */
export type Layout = (screen?: number) => readonly string[]

/** One line of an answer, or what becomes some. */
export type Line = string | Layout

/** Lays out all of an answer for the screen that it is shown on: no command has to ask how wide that is. */
export function layOut(lines: readonly Line[], screen?: number): readonly string[] {
  return lines.flatMap((line) => (typeof line === 'string' ? line : line(screen)))
}

/** The narrowest column that a text is broken to. */
const LEAST_COLUMNS = 30

/**
 * Lays rows out in aligned columns, two spaces between them; colours do not count as width. Each cell stays in its place. What is
 * last in a row is broken to so many columns as the screen has, where a column of some width is left for it.
 */
export function alignRows(cells: readonly (readonly string[])[]): Layout {
  return (screen) => align(cells, screen)
}

function align(cells: readonly (readonly string[])[], screen = Number.POSITIVE_INFINITY): string[] {
  const rows = cells.map((row) => row.map(showSafely))
  const widths = rows.reduce<number[]>((most, row) => {
    row.forEach((cell, at) => {
      most[at] = Math.max(most[at] ?? 0, widthOf(cell))
    })
    return most
  }, [])
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0)
  const left = Math.max(LEAST_COLUMNS, screen - before)
  return rows.flatMap((row) =>
    breakLast(row, widths.length, left).map((line) =>
      line
        .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell)))
        .join('  ')
        .trimEnd(),
    ),
  )
}

/** Gives the lines of a row of so many cells, of which what is last goes on below itself. */
function breakLast(row: readonly string[], cells: number, width: number): readonly (readonly string[])[] {
  const [last = '', ...before] = row.toReversed()
  if (row.length < cells || widthOf(last) <= width) return [row]
  const [first = '', ...more] = wrapText(last, width)
  return [[...before.toReversed(), first], ...more.map((line) => [...before.map(() => ''), line])]
}

/**
 * Lays out a table with a head; says `none` where there are no rows. Where it is wider than the screen each row is laid out in
 * lines of its own.
 */
export function writeTable(head: readonly string[], rows: readonly (readonly string[])[], none: string): Layout {
  const names = head.map((cell) => cell.toUpperCase())
  return (screen = Number.POSITIVE_INFINITY) => {
    if (rows.length === 0) return [none]
    const lines = align([names, ...rows])
    if (lines.every((line) => widthOf(line) <= screen)) return lines
    return rows.flatMap((row, at) => {
      const facts = names.map((name, column) => [name, row[column] ?? ''] as const)
      return [...(at === 0 ? [] : ['']), ...writeFacts(facts)(screen)]
    })
  }
}

/** Lays out named facts below each other, leaving out the empty ones. */
export function writeFacts(facts: readonly (readonly [string, string])[]): Layout {
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

/** Makes text from elsewhere safe to show: on one line, without controls and changes of direction, which could repaint the terminal. */
function showSafely(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
}

function widthOf(text: string): number {
  return text.replaceAll(PAINTED, '$2').length
}

/** Writes a number with what it counts: `1 fault`, `2 faults`; `many` where that is not one letter more. */
export function writeCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
