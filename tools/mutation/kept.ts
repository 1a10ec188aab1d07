import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../read-tree.ts'
import type { Tried } from './report.ts'
import type { Suite } from './suites.ts'

/** What was tried, beside what npm installed, and as easily deleted: without it all is tried anew. */
export const KEPT = join(ROOT, 'node_modules', '.cache', 'mutation')

type Mutant = Omit<Tried, 'fileName'>

/** The file that Stryker reads and writes. */
interface Results {
  readonly files: Readonly<Record<string, { mutants: readonly Mutant[] }>>
}

/** Where the results of a suite are kept. */
export function resultsOf({ name }: Suite): string {
  return join(KEPT, `${name}.json`)
}

/** Which files were tried to the end, each with the digest of what it was then. */
function triedOf({ name }: Suite): string {
  return join(KEPT, `${name}.tried.json`)
}

/** Gives, of each file of a suite, a digest of its text, and of the tests by which it is tried and how often they try a law. */
export function digestSuite(suite: Suite): ReadonlyMap<string, string> {
  const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
  const tests = suite.judges.map((path) => `${path}\n${read(path)}`).join('\n')
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
  return new Map(suite.files.map((file) => [file, digest(`${read(file)}\n${suite.runs}\n${tests}`)]))
}

/** Lists the files of a suite that neither have changed since they were tried nor have tests that did. */
export function listKnown(suite: Suite, digests: ReadonlyMap<string, string>): readonly string[] {
  const tried = readJson<Readonly<Record<string, string>>>(triedOf(suite)) ?? {}
  return suite.files.filter((file) => tried[file] === digests.get(file))
}

/** Notes that files were tried to the end. */
export function keepTried(suite: Suite, files: readonly string[], digests: ReadonlyMap<string, string>): void {
  const before = readJson<Readonly<Record<string, string>>>(triedOf(suite)) ?? {}
  const now = Object.fromEntries(files.map((file) => [file, digests.get(file)]))
  writeFileSync(triedOf(suite), `${JSON.stringify({ ...before, ...now }, null, 2)}\n`)
}

/** Reads what became of every change of the files of a suite. */
export function readTried(suite: Suite): readonly Tried[] {
  const kept = Object.entries(readJson<Results>(resultsOf(suite))?.files ?? {})
  return kept
    .filter(([file]) => suite.files.includes(file))
    .flatMap(([file, { mutants }]) => mutants.map((mutant) => ({ ...mutant, fileName: join(ROOT, file) })))
}

/**
 * What was missed is tried again: of a change that counts as the code is loaded nobody knows which new tests could notice
 * it. So is what never came to an end: on a busy machine it may only have been slow.
 */
export function forgetMissed(suite: Suite, files: readonly string[]): void {
  const results = readJson<Results>(resultsOf(suite))
  if (results === undefined) return
  for (const [file, kept] of Object.entries(results.files))
    if (files.includes(file)) kept.mutants = kept.mutants.filter(({ status }) => status === 'Killed')
  writeFileSync(resultsOf(suite), JSON.stringify(results))
}

/** Reads one of the files above, as it was written by an earlier run. */
function readJson<T>(path: string): T | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : undefined
}
