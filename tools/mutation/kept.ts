import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../read-tree.ts'
import type { Mutant } from './instrument.ts'
import { isNoticed, type Tried } from './report.ts'
import type { Suite } from './suites.ts'

/** What was tried, beside what npm installed, and as easily deleted: without it all is tried anew. */
const KEPT = join(ROOT, 'node_modules', '.cache', 'mutation')

/** What became of a change, and the test file that noticed it, where that is known. */
export interface Found {
  readonly status: Tried['status']
  readonly by?: string
}

/** What is known of the changes of a suite, by `keyOf`. */
export interface Kept {
  /** What it rests on: the digest of each file that its tests loaded, by its path. */
  rests: Readonly<Record<string, string>>
  /** What became of each change. */
  readonly found: Record<string, Found>
}

/** What of that still holds. */
export interface Known extends Kept {
  /** Changes that no test noticed so far: only the `fresh` ones might. */
  readonly missed: Readonly<Record<string, Found>>
  /** Test files that are new or have changed since. */
  readonly fresh: readonly string[]
}

interface Written extends Kept {
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

/**
 * Reads what is known of a suite: nothing where any file that its tests loaded has changed, other than the tests. Where
 * tests have changed, or came, or went, what a test noticed in a file that stands as it did is still noticed, and what
 * none noticed is still unnoticed by those that stand as they did; nothing else is known.
 */
export function readKept({ name, judges, runs }: Suite, folder = KEPT): Known {
  const path = join(folder, `${name}.json`)
  const nothing = { rests: {}, found: {}, missed: {}, fresh: judges }
  if (!existsSync(path)) return nothing
  const { rests, found, runs: then } = JSON.parse(readFileSync(path, 'utf8')) as Written // as an earlier run wrote it
  const now = digestFiles([...Object.keys(rests), ...judges])
  const changed = Object.keys(rests).filter(
    (each) => now[each] !== rests[each] || (isTest(each) && !judges.includes(each)),
  )
  if (runs !== then || changed.some((each) => !isTest(each))) return nothing
  const fresh = judges.filter((each) => now[each] !== rests[each])
  const stands = ({ by }: Found): boolean => (by === undefined ? changed.length === 0 : !changed.includes(by))
  const known = Object.entries(found)
  const noticed = known.filter(([, each]) => isNoticed(each) && stands(each))
  const missed = known.filter(([, each]) => !isNoticed(each))
  return {
    rests,
    found: Object.fromEntries(fresh.length === 0 ? [...noticed, ...missed] : noticed),
    missed: Object.fromEntries(fresh.length === 0 ? [] : missed),
    fresh,
  }
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts')
}

/** Keeps what is known of a suite. */
export function writeKept({ name, runs }: Suite, { rests, found }: Kept, folder = KEPT): void {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.json`)
  writeFileSync(`${path}.draft`, JSON.stringify({ runs, rests, found } satisfies Written))
  renameSync(`${path}.draft`, path)
}
