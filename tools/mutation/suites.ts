import { dirname, matchesGlob } from 'node:path'

/** Files that are tried together, and the tests that must notice a change of any of them. */
export interface Suite {
  readonly name: string
  readonly files: readonly string[]
  /** Test files. */
  readonly judges: readonly string[]
  /** How often a law is tried for each change. */
  readonly runs: number
}

interface Tests {
  readonly name: string
  /** Paths and patterns, from the root of the repository. */
  readonly tests: readonly string[]
  readonly runs?: number
}

const runsUsual = 500

/**
 * Folders whose files are tried by the tests of the whole folder. Tests that start a house cost more than they notice
 * here.
 */
const FOLDERS: readonly Tests[] = [
  { name: 'src/contract', tests: ['src/contract/**/*.test.ts', 'src/ground/canonical-json.test.ts'], runs: 100 },
  { name: 'src/decide/laws', tests: ['src/decide/laws/*.test.ts', 'src/decide/behalf/*.test.ts'] },
  { name: 'src/decide/cedar', tests: ['test/cedar/*.test.ts', 'src/decide/policy/*.test.ts'], runs: 100 },
  {
    name: 'src/decide/domain',
    tests: ['src/decide/domain/**/*.test.ts', 'src/decide/*.test.ts', 'test/authzen/interop.test.ts'],
  },
  { name: 'src/decide/facts', tests: ['src/decide/facts/*.test.ts'] },
  { name: 'src/decide/policy', tests: ['src/decide/policy/**/*.test.ts'] },
  { name: 'src/decide/recall', tests: ['src/decide/recall/*.test.ts', 'src/decide/*.test.ts'] },
  { name: 'src/decide/reviewed', tests: ['src/decide/reviewed/*.test.ts', 'src/decide/*.test.ts'] },
  { name: 'src/decide/replay', tests: ['src/decide/replay/*.test.ts'] },
]

/** Folders whose files are parts of one decision, so that what each of them does is seen by the tests of all. */
const DECISION = ['src/decide', 'src/decide/approval', 'src/decide/behalf']

/**
 * Groups the files that were asked for, by name or by folder (all, where nothing was), by the tests that they are tried
 * by: those of their folder, or of the decision, where it stands above, else all of `src/decide`.
 */
export function groupByTests(all: readonly string[], asked: readonly string[]): readonly Suite[] {
  const groups = new Map<string, Suite>()
  for (const file of all.filter((each) => isSource(each) && isAsked(each, asked))) {
    const { name, tests, runs = runsUsual } = findTests(file)
    const slug = name.replaceAll('/', '-')
    const judges = all.filter((each) => tests.some((pattern) => matchesGlob(each, pattern)))
    groups.set(slug, { name: slug, judges, runs, files: [...(groups.get(slug)?.files ?? []), file] })
  }
  return [...groups.values()]
}

function isSource(file: string): boolean {
  return /^src\/(contract|decide)\//.test(file) && !file.endsWith('.test.ts')
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
