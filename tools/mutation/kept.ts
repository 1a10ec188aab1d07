import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../read-tree.ts'
import type { Mutant } from './instrument.ts'
import type { Tried } from './report.ts'
import type { Suite } from './suites.ts'

/** What was tried, beside what npm installed, and as easily deleted: without it all is tried anew. */
const KEPT = join(ROOT, 'node_modules', '.cache', 'mutation')

/** What is known of the changes of a suite. */
export interface Kept {
  /** What it rests on: the digest of each file that its tests loaded, by its path. */
  rests: Readonly<Record<string, string>>
  /** What became of each change, by `keyOf`. */
  readonly found: Record<string, Tried['status']>
}

interface Written extends Kept {
  readonly judges: readonly string[]
  readonly runs: number
}

/** Gives the digest of each file; of one that is not there, none. */
export function digestFiles(paths: readonly string[], root = ROOT): Readonly<Record<string, string>> {
  const there = paths.filter((path) => existsSync(join(root, path)))
  return Object.fromEntries(
    there.map((path) => [
      path,
      createHash('sha256')
        .update(readFileSync(join(root, path)))
        .digest('hex'),
    ]),
  )
}

/** Names a change among those of a suite, as long as its file stays as it is. */
export function keyOf({ file, location: { start, end }, mutatorName, replacement }: Omit<Mutant, 'id'>): string {
  return `${file}:${start.line}:${start.column}-${end.line}:${end.column} ${mutatorName} ${replacement}`
}

/** Reads what is known of a suite: nothing where any file that its tests loaded, or the list of its tests, has changed. */
export function readKept({ name, judges, runs }: Suite, folder = KEPT): Kept {
  const path = join(folder, `${name}.json`)
  const nothing = { rests: {}, found: {} }
  if (!existsSync(path)) return nothing
  const written = JSON.parse(readFileSync(path, 'utf8')) as Written // as it was written by an earlier run
  const now = { judges, runs, rests: digestFiles(Object.keys(written.rests)) }
  const then = { judges: written.judges, runs: written.runs, rests: written.rests }
  return JSON.stringify(now) === JSON.stringify(then) ? { rests: written.rests, found: written.found } : nothing
}

/** Keeps what is known of a suite. */
export function writeKept({ name, judges, runs }: Suite, { rests, found }: Kept, folder = KEPT): void {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.json`)
  writeFileSync(`${path}.draft`, JSON.stringify({ judges, runs, rests, found } satisfies Written))
  renameSync(`${path}.draft`, path)
}
