import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { KEPT } from './kept.ts'
import type { Suite } from './suites.ts'

/**
 * What costs a test time before it has said anything: a law that is tried many times over, a world to decide in, a thread,
 * a house. Tests without any of it come first, since most changes are noticed there.
 */
const SHORT_FIRST = `import { readFileSync } from 'node:fs'
import { BaseSequencer } from 'vitest/node'

const costs = [/RUNS|fc\\.assert/, /test\\/decide\\//, /createCheckApart|createPolicySets/, /startHouse/]
const costOf = ({ moduleId }) => {
  const text = readFileSync(moduleId, 'utf8')
  return costs.filter((each) => each.test(text)).length
}
class ShortFirst extends BaseSequencer {
  async sort(files) {
    return files.toSorted((a, b) => costOf(a) - costOf(b))
  }
}
`

/**
 * Writes by which tests the files of a suite are tried, and gives the path. Each change has its turn, so that they say
 * nothing, share one process, and try a law less often each time (`RUNS` of test/arbitraries.ts).
 */
export function writeTestConfig({ name, tests, runs }: Suite): string {
  const test = {
    environment: 'node',
    include: tests,
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: [],
    provide: { runs },
  }
  const path = join(KEPT, `${name}.config.mjs`)
  const body = `export default { test: { ...${JSON.stringify(test, null, 2)}, sequence: { sequencer: ShortFirst } } }`
  writeFileSync(path, `${SHORT_FIRST}\n${body}\n`)
  return path
}
