import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from '../read-tree.ts'
import type { Mutant } from './instrument.ts'

/** A change, and what became of it. */
export interface Tried extends Omit<Mutant, 'id'> {
  readonly status: 'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | 'RuntimeError'
}

const NOTICED = ['Killed', 'Timeout']
const MISSED = ['Survived', 'NoCoverage']

/** True where a test failed, or never came to an end. */
export function isNoticed({ status }: Pick<Tried, 'status'>): boolean {
  return NOTICED.includes(status)
}

/** Gives how many of a hundred changes were noticed, of those that could be tried; of none 0. */
export function scoreOf(tried: readonly Tried[]): number {
  const noticed = tried.filter(isNoticed).length
  const missed = tried.filter(({ status }) => MISSED.includes(status)).length
  return noticed === 0 ? 0 : (noticed / (noticed + missed)) * 100
}

/** Lists what no test noticed, each with its place, as `file:line:column what becomes what`. */
export function describeSurvivors(tried: readonly Tried[]): string {
  const missed = tried.filter(({ status }) => MISSED.includes(status))
  return missed.map((each) => `${placeOf(each)}\n`).join('')
}

function placeOf({ file, location: { start, end }, mutatorName, replacement, status }: Tried): string {
  const lines = readFileSync(join(ROOT, file), 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line)
  const whole = lines.map((line, at) =>
    line.slice(at === 0 ? start.column - 1 : 0, at === lines.length - 1 ? end.column - 1 : undefined).trim(),
  )
  const where = `${file}:${start.line}:${start.column} ${mutatorName}`
  const how = status === 'NoCoverage' ? ' (no test comes here)' : ''
  return `${where}${how}\n    - ${shorten(whole.join(' '))}\n    + ${shorten(replacement)}`
}

function shorten(text: string): string {
  return text.length > 140 ? `${text.slice(0, 140)}…` : text
}

/** Counts by file and by folder, as a table in Markdown. */
export function describeTable(tried: readonly Tried[]): string {
  const files = [...new Set(tried.map(({ file }) => file))].sort()
  const folders = [...new Set(files.map((file) => dirname(file)))].sort()
  const rows = folders.flatMap((folder) => [
    ...files.filter((file) => dirname(file) === folder).map((file) => rowOf(file, tried, (each) => each === file)),
    rowOf(`**${folder}**`, tried, (each) => dirname(each) === folder),
  ])
  const head =
    '| file | mutants | killed | timed out | survived | not covered | broken | score |\n|---|---|---|---|---|---|---|---|'
  return [head, ...rows, rowOf('**all**', tried, () => true)].join('\n')
}

function rowOf(name: string, tried: readonly Tried[], isIn: (file: string) => boolean): string {
  const own = tried.filter(({ file }) => isIn(file))
  const count = (...statuses: readonly string[]): number => own.filter(({ status }) => statuses.includes(status)).length
  const all = count(...NOTICED, ...MISSED)
  const score = all === 0 ? '–' : `${scoreOf(own).toFixed(1)} %`
  return `| ${name} | ${all} | ${count('Killed')} | ${count('Timeout')} | ${count('Survived')} | ${count('NoCoverage')} | ${count('RuntimeError')} | ${score} |`
}
