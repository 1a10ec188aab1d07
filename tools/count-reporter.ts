import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** Ends a test run with one plain line, `N passed, N failed`, that a person, a log search and CI all read the same way. */
export const countReporter: Reporter = {
  onTestRunEnd(modules, unhandledErrors) {
    const { passed, failed } = countResults(modules, unhandledErrors.length)
    if (modules.length === 0)
      process.stdout.write(
        '\nNo test file was found: what is named is a part of its path, such as src/contract/scope.test.ts.\n',
      )
    process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
  },
}

/** Counts tests by outcome; a file that could not load, a suite whose hook threw and a stray error each fail once. */
export function countResults(modules: readonly TestModule[], strayErrors: number): { passed: number; failed: number } {
  const tests = modules.flatMap((module) => [...module.children.allTests()])
  const suites = modules.flatMap((module) => [...module.children.allSuites()])
  const broken = [...modules, ...suites].filter((each) => each.errors().length > 0).length
  const countState = (state: ReturnType<TestCase['result']>['state']) =>
    tests.filter((test) => test.result().state === state).length
  return { passed: countState('passed'), failed: countState('failed') + broken + strayErrors }
}
