// `npm run mutation [-- FILE_OR_FOLDER…]` changes the laws one expression at a time and runs the tests that stand for
// them: a change that no test notices is a hole in the tests. It takes long, so that it is no part of `npm test`. What
// has been tried is kept: it may be stopped at any time, and goes on from there.
import { listFiles } from '../read-tree.ts'
import { readWords } from './read-words.ts'
import { describeSurvivors, describeTable, scoreOf, type Tried } from './report.ts'
import { trySuite } from './try-suite.ts'

/** Of a hundred changes of all the laws, the tests must notice so many. */
const scoreMin = 85

const wishes = readWords(process.argv.slice(2), listFiles(['src', 'test'], /\.ts$/))
if ('usage' in wishes) {
  process.stderr.write(`remit mutation: ${wishes.usage.join(`\n${' '.repeat('remit mutation: '.length)}`)}\n`)
  process.exit(2)
}
const { workers, isAll, suites } = wishes
const tried: Tried[] = []
for (const suite of suites) {
  const startMs = Date.now()
  process.stdout.write(`${suite.name}: ${suite.files.length} files by ${suite.judges.length} files of tests\n`)
  const found = await trySuite(suite, workers, (done, all) => process.stdout.write(`  ${done} of ${all}\n`))
  process.stdout.write(`  ${scoreOf(found).toFixed(1)} % (${Math.round((Date.now() - startMs) / 1000)} s)\n`)
  tried.push(...found)
}
process.stdout.write(`\n${describeSurvivors(tried)}\n${describeTable(tried)}\n`)
if (isAll && scoreOf(tried) < scoreMin) {
  process.stdout.write(`Of all changes, the tests must notice ${scoreMin} %.\n`)
  process.exitCode = 1
}
