// `npm run mutation [-- FILE_OR_FOLDER…]` changes the laws one expression at a time and runs the tests that stand for
// them: a change that no test notices is a hole in the tests. It takes long, so that it is no part of `npm test`.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { Stryker } from '@stryker-mutator/core'
import { listFiles, ROOT } from '../read-tree.ts'
import { describeSurvivors, describeTable, type Tried } from './report.ts'
import { groupByTests, type Suite } from './suites.ts'

type Options = ConstructorParameters<typeof Stryker>[0]

/** Results by file and text, so that only what changed is tried again; beside what npm installed, and as easily deleted. */
const KEPT = join(ROOT, 'node_modules', '.cache', 'mutation')

const asked = process.argv.slice(2)
mkdirSync(KEPT, { recursive: true })
const files = listFiles(['src/contract', 'src/decide'], /\.ts$/)
const tried: Tried[] = []
for (const suite of groupByTests(files, asked)) tried.push(...(await trySuite(suite)))
if (tried.length === 0) throw new Error(`Nothing to mutate in ${asked.join(', ')}.`)
process.stdout.write(`\n${describeSurvivors(tried)}\n${describeTable(tried)}\n`)

async function trySuite({ name, files, tests }: Suite): Promise<readonly Tried[]> {
  process.stdout.write(`${name}: ${files.length} files by ${tests.join(', ')}\n`)
  const incrementalFile = join(KEPT, `${name}.json`)
  forgetMissed(incrementalFile)
  const sandbox = mkdtempSync(join(tmpdir(), 'remit-mutation-'))
  const options: Options = {
    mutate: [...files],
    testRunner: 'vitest',
    vitest: { configFile: writeTestConfig(name, tests), related: true },
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

/**
 * Writes by which tests the files are tried. Each change has its turn, so that they say nothing, share one process, and
 * try a law less often each time (`RUNS` of test/arbitraries.ts).
 */
function writeTestConfig(name: string, include: readonly string[]): string {
  const test = {
    environment: 'node',
    include,
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: [],
    provide: { runs: 500 },
  }
  const path = join(KEPT, `${name}.config.mjs`)
  writeFileSync(path, `export default ${JSON.stringify({ test }, null, 2)}\n`)
  return path
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
