// `npm run mutation [-- FILE_OR_FOLDER…]` changes the laws one expression at a time and runs the tests that stand for
// them: a change that no test notices is a hole in the tests. It takes long, so that it is no part of `npm test`. What
// has been tried is kept piece by piece: it may be stopped at any time, and goes on from there.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Stryker } from '@stryker-mutator/core'
import { listFiles, ROOT } from '../read-tree.ts'
import { digestSuite, forgetMissed, KEPT, keepTried, listKnown, readTried, resultsOf } from './kept.ts'
import { describeSurvivors, describeTable, scoreOf } from './report.ts'
import { cutPieces, groupByTests, type Suite } from './suites.ts'
import { writeTestConfig } from './test-config.ts'

type Options = ConstructorParameters<typeof Stryker>[0]

/** Of a hundred changes of all the laws, the tests must notice so many. */
const scoreMin = 85

const asked = process.argv.slice(2)
mkdirSync(KEPT, { recursive: true })
const suites = groupByTests(listFiles(['src/contract', 'src/decide', 'test'], /\.ts$/), asked)
if (suites.length === 0) throw new Error(`Nothing to mutate in ${asked.join(', ')}.`)
for (const suite of suites) await trySuite(suite)
const tried = suites.flatMap(readTried)
process.stdout.write(`\n${describeSurvivors(tried)}\n${describeTable(tried)}\n`)
if (asked.length === 0 && scoreOf(tried) < scoreMin) {
  process.stdout.write(`Of all changes, the tests must notice ${scoreMin} %.\n`)
  process.exitCode = 1
}

/** Tries a suite in pieces, but for the files that were tried as they are now, by the tests that there are now. */
async function trySuite(suite: Suite): Promise<void> {
  const digests = digestSuite(suite)
  const known = listKnown(suite, digests)
  const left = suite.files.filter((file) => !known.includes(file))
  for (const piece of cutPieces(left, (file) => readFileSync(join(ROOT, file)).length)) {
    process.stdout.write(`${piece.join(', ')}\n  by ${suite.tests.join(', ')}\n`)
    forgetMissed(suite, piece)
    await tryPiece(suite, piece)
    keepTried(suite, piece, digests)
  }
}

async function tryPiece(suite: Suite, piece: readonly string[]): Promise<void> {
  const sandbox = mkdtempSync(join(tmpdir(), 'remit-mutation-'))
  const options: Options = {
    mutate: [...piece],
    testRunner: 'vitest',
    vitest: { configFile: writeTestConfig(suite), related: true },
    plugins: ['@stryker-mutator/vitest-runner'],
    coverageAnalysis: 'perTest',
    concurrency: 1,
    timeoutMS: 120_000, // what is only slow, on a busy machine, must not count as noticed
    dryRunTimeoutMinutes: 30,
    incremental: true,
    incrementalFile: resultsOf(suite),
    tempDirName: sandbox,
    ignorePatterns: ['docs', 'dist', 'console', 'bench', 'deploy'],
    reporters: ['progress-append-only'],
    logLevel: 'warn' as NonNullable<Options['logLevel']>,
    // Nothing here reads the sandbox's tsconfig.json, and its rewriting needs a compiler with an API in JavaScript.
    tsconfigFile: 'none',
  }
  try {
    await new Stryker(options).runMutationTest()
  } finally {
    rmSync(sandbox, { recursive: true, force: true })
  }
}
