// `npm run mutation [-- FILE_OR_FOLDER…]` changes the laws one expression at a time and runs the tests that cover each
// change: a change that no test notices is a hole in the tests. It takes long, so that it is no part of `npm test`.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { Stryker } from '@stryker-mutator/core'
import { listFiles, ROOT } from '../read-tree.ts'
import { describeSurvivors, describeTable, type Tried } from './report.ts'

/**
 * What is mutated, and by which configuration of the tests; a file belongs to the first folder that it lies in. Tests
 * that start a house or a process, or compare engines by the hundred thousand, cost more than they notice here.
 */
const SUITES = [
  { folder: 'src/contract', configFile: 'tools/mutation/contract.config.ts' },
  { folder: 'src/decide/laws', configFile: 'tools/mutation/laws.config.ts' },
  { folder: 'src/decide/cedar', configFile: 'tools/mutation/cedar.config.ts' },
  { folder: 'src/decide', configFile: 'tools/mutation/decide.config.ts' },
] as const

/** Results by file and text, so that only what changed is tried again; beside what npm installed, and as easily deleted. */
const KEPT = join(ROOT, 'node_modules', '.cache', 'mutation')

type Options = ConstructorParameters<typeof Stryker>[0]

const asked = process.argv.slice(2)
mkdirSync(KEPT, { recursive: true })
const tried: Tried[] = []
for (const suite of SUITES) tried.push(...(await tryFolder(suite)))
if (tried.length === 0) throw new Error(`Nothing to mutate in ${asked.join(', ')}.`)
process.stdout.write(`\n${describeSurvivors(tried)}\n${describeTable(tried)}\n`)

async function tryFolder({ folder, configFile }: (typeof SUITES)[number]): Promise<readonly Tried[]> {
  const files = listFiles([folder], /(?<!\.test)\.ts$/).filter((file) => suiteOf(file) === folder && isAsked(file))
  if (files.length === 0) return []
  const incrementalFile = join(KEPT, `${folder.replaceAll('/', '-')}.json`)
  forgetMissed(incrementalFile)
  const sandbox = mkdtempSync(join(tmpdir(), 'remit-mutation-'))
  const options: Options = {
    mutate: files,
    testRunner: 'vitest',
    vitest: { configFile, related: true },
    plugins: ['@stryker-mutator/vitest-runner'],
    coverageAnalysis: 'perTest',
    concurrency: 1,
    timeoutMS: 30_000,
    dryRunTimeoutMinutes: 30,
    incremental: true,
    incrementalFile,
    tempDirName: sandbox,
    ignorePatterns: ['docs', 'dist', 'console', 'bench', 'deploy'],
    reporters: ['progress-append-only'],
    logLevel: 'warn' as NonNullable<Options['logLevel']>,
    // Nothing here reads the sandbox's tsconfig.json, and its rewriting needs a compiler with an API in JavaScript.
    tsconfigFile: 'none',
  }
  try {
    const all = await new Stryker(options).runMutationTest()
    return all.filter(({ fileName }) => files.includes(relative(ROOT, fileName))) // it tells what it knew of others too
  } finally {
    rmSync(sandbox, { recursive: true, force: true })
  }
}

interface KeptResults {
  readonly files: Readonly<Record<string, { mutants: { readonly status: string }[] }>>
}

/** What was missed is tried again: of a change that counts as the code is loaded nobody knows which new tests could notice it. */
function forgetMissed(path: string): void {
  if (!existsSync(path)) return
  const results = JSON.parse(readFileSync(path, 'utf8')) as KeptResults // as it was written by the last run
  for (const file of Object.values(results.files))
    file.mutants = file.mutants.filter(({ status }) => status === 'Killed')
  writeFileSync(path, JSON.stringify(results))
}

function suiteOf(file: string): string | undefined {
  return SUITES.find(({ folder }) => file.startsWith(`${folder}/`))?.folder
}

/** True for files that were named, or lie in a folder that was; without any, for all. */
function isAsked(file: string): boolean {
  return asked.length === 0 || asked.some((each) => file === each || file.startsWith(`${each.replace(/\/$/, '')}/`))
}
