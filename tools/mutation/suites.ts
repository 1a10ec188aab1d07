import { dirname, matchesGlob } from 'node:path'

/** Files that are tried together, and the tests that must notice a change of any of them. */
export interface Suite {
  readonly name: string
  readonly files: readonly string[]
  /** Paths and patterns, from the root of the repository. */
  readonly tests: readonly string[]
  /** All files that those tests are made of: with the tests what lies beside them in `test`. */
  readonly judges: readonly string[]
  /** How often a law is tried for each change. */
  readonly runs: number
}

type Tests = Pick<Suite, 'name' | 'tests'> & { readonly runs?: number }

const runsUsual = 500

/**
 * Folders whose files are tried by the tests of the whole folder. Tests that start a house cost more than they notice
 * here.
 */
const FOLDERS: readonly Tests[] = [
  { name: 'src/contract', tests: ['src/contract/**/*.test.ts'] },
  { name: 'src/decide/laws', tests: ['src/decide/laws/*.test.ts'] },
  { name: 'src/decide/cedar', tests: ['test/cedar/*.test.ts', 'src/decide/policy/*.test.ts'], runs: 100 },
  { name: 'src/decide/domain', tests: ['src/decide/domain/**/*.test.ts', 'test/authzen/interop.test.ts'] },
  { name: 'src/decide/facts', tests: ['src/decide/facts/*.test.ts'] },
  { name: 'src/decide/policy', tests: ['src/decide/policy/**/*.test.ts'] },
  { name: 'src/decide/replay', tests: ['src/decide/replay/*.test.ts'] },
]

/** Folders whose files are parts of one decision, so that what each of them does is seen by the tests of all. */
const DECISION = ['src/decide', 'src/decide/approval', 'src/decide/behalf']

/** A piece is about a quarter of an hour, and what is known of it is kept when it is done. */
const pieceBytesMax = 12_000

/**
 * Groups the files that were asked for, by name or by folder (all, where nothing was), by the tests that they are tried
 * by: those of their folder, or of the decision, where it stands above, else all of `src/decide`.
 */
export function groupByTests(all: readonly string[], asked: readonly string[]): readonly Suite[] {
  const groups = new Map<string, Suite>()
  for (const file of all.filter((each) => isSource(each) && isAsked(each, asked))) {
    const { name, tests, runs = runsUsual } = findTests(file)
    const slug = name.replaceAll('/', '-')
    const judges = groups.get(slug)?.judges ?? all.filter((each) => isJudge(each, tests))
    groups.set(slug, { name: slug, tests, judges, runs, files: [...(groups.get(slug)?.files ?? []), file] })
  }
  return [...groups.values()]
}

/** Cuts files into pieces that are tried one after another. */
export function cutPieces(files: readonly string[], bytesOf: (file: string) => number): readonly (readonly string[])[] {
  const pieces: string[][] = []
  let left = 0
  for (const file of files) {
    const bytes = bytesOf(file)
    if (bytes > left || pieces.length === 0) {
      pieces.push([])
      left = pieceBytesMax
    }
    pieces.at(-1)?.push(file)
    left -= bytes
  }
  return pieces
}

function isSource(file: string): boolean {
  return file.startsWith('src/') && !file.endsWith('.test.ts')
}

function isJudge(file: string, tests: readonly string[]): boolean {
  return tests.some((pattern) => matchesGlob(file, pattern) || isBeside(file, pattern))
}

function isBeside(file: string, pattern: string): boolean {
  return file.startsWith('test/') && dirname(file) === dirname(pattern)
}

function findTests(file: string): Tests {
  const folder = FOLDERS.find(({ name }) => file.startsWith(`${name}/`))
  if (folder !== undefined) return folder
  if (DECISION.includes(dirname(file)))
    return { name: 'src/decide/decision', tests: DECISION.map((each) => `${each}/*.test.ts`) }
  return { name: 'src/decide/all', tests: ['src/decide/**/*.test.ts'] }
}

function isAsked(file: string, asked: readonly string[]): boolean {
  return asked.length === 0 || asked.some((each) => file === each || file.startsWith(`${each.replace(/\/$/, '')}/`))
}
