// `npm run mutation [-- FILE_OR_FOLDER…]` changes the laws one expression at a time and runs the tests that stand for
// them: a change that no test notices is a hole in the tests. It takes long, so that it is no part of `npm test`. What
// has been tried is kept: it may be stopped at any time, and goes on from there.
import { availableParallelism } from 'node:os'
import { listFiles } from '../read-tree.ts'
import { describeSurvivors, describeTable, scoreOf, type Tried } from './report.ts'
import { groupByTests } from './suites.ts'
import { trySuite } from './try-suite.ts'

/** Of a hundred changes of all the laws, the tests must notice so many. */
const scoreMin = 85

const [workers, asked] = readArguments(process.argv.slice(2))
const suites = groupByTests(listFiles(['src', 'test'], /\.ts$/), asked)
if (suites.length === 0) throw new Error(`Nothing to mutate in ${asked.join(', ')}.`)
const tried: Tried[] = []
for (const suite of suites) {
  const startMs = Date.now()
  process.stdout.write(`${suite.name}: ${suite.files.length} files by ${suite.judges.length} files of tests\n`)
  const found = await trySuite(suite, workers, (done, all) => process.stdout.write(`  ${done} of ${all}\n`))
  process.stdout.write(`  ${scoreOf(found).toFixed(1)} % (${Math.round((Date.now() - startMs) / 1000)} s)\n`)
  tried.push(...found)
}
process.stdout.write(`\n${describeSurvivors(tried)}\n${describeTable(tried)}\n`)
if (asked.length === 0 && scoreOf(tried) < scoreMin) {
  process.stdout.write(`Of all changes, the tests must notice ${scoreMin} %.\n`)
  process.exitCode = 1
}

/** `--workers=N` says how many processes work at once: as many as there are cores, where it is not said. */
function readArguments(given: readonly string[]): readonly [workers: number, asked: readonly string[]] {
  const flag = /^--workers=([1-9]\d?)$/
  const said = given.map((each) => flag.exec(each)?.[1]).find((each) => each !== undefined)
  return [Number(said ?? availableParallelism()), given.filter((each) => !flag.test(each))]
}
