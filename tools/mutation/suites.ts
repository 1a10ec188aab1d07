import { dirname } from 'node:path'

/** Files that are tried together, and the tests that must notice a change of any of them. */
export interface Suite {
  readonly name: string
  readonly files: readonly string[]
  /** Paths and patterns, from the root of the repository. */
  readonly tests: readonly string[]
}

/**
 * Folders whose files are tried by the tests of the whole folder. Tests that start a house cost more than they notice
 * here.
 */
const FOLDERS: readonly Omit<Suite, 'files'>[] = [
  { name: 'src/contract', tests: ['src/contract/*.test.ts'] },
  { name: 'src/decide/laws', tests: ['src/decide/laws/*.test.ts'] },
  { name: 'src/decide/cedar', tests: ['test/cedar/*.test.ts', 'src/decide/policy/*.test.ts'] },
]

/** Folders whose files are parts of one decision, so that what each of them does is seen by the tests of all. */
const DECISION = ['src/decide', 'src/decide/approval', 'src/decide/behalf']

/**
 * Groups the files that were asked for, by name or by a folder above (all, where nothing was), by the tests that they
 * are tried by: those of their folder, or of the decision, where it stands above, else the test of their own name, else
 * all of their folder, else all of `src/decide`.
 */
export function groupByTests(all: readonly string[], asked: readonly string[]): readonly Suite[] {
  const groups = new Map<string, Suite>()
  for (const file of all.filter((each) => !each.endsWith('.test.ts') && isAsked(each, asked))) {
    const { name, tests } = findTests(file, all)
    const slug = name.replaceAll('/', '-')
    groups.set(slug, { name: slug, tests, files: [...(groups.get(slug)?.files ?? []), file] })
  }
  return [...groups.values()]
}

function findTests(file: string, all: readonly string[]): Omit<Suite, 'files'> {
  const folder = FOLDERS.find(({ name }) => file.startsWith(`${name}/`))
  if (folder !== undefined) return folder
  if (DECISION.includes(dirname(file)))
    return { name: 'src/decide/decision', tests: DECISION.map((each) => `${each}/*.test.ts`) }
  const own = file.replace(/\.ts$/, '.test.ts')
  if (all.includes(own)) return { name: file.replace(/\.ts$/, ''), tests: [own] }
  const around = `${dirname(file)}/`
  const hasTests = all.some((each) => dirname(each) === dirname(file) && each.endsWith('.test.ts'))
  return hasTests
    ? { name: dirname(file), tests: [`${around}*.test.ts`] }
    : { name: 'src/decide/all', tests: ['src/decide/**/*.test.ts'] }
}

function isAsked(file: string, asked: readonly string[]): boolean {
  return asked.length === 0 || asked.some((each) => file === each || file.startsWith(`${each.replace(/\/$/, '')}/`))
}
