import { describe, expect, it } from 'vitest'
import { cutPieces, groupByTests } from './suites.ts'

const files = [
  'src/contract/scope.test.ts',
  'src/contract/scope.ts',
  'src/contract/task.ts',
  'src/decide/approval/hold-call.ts',
  'src/decide/cedar/values/long.ts',
  'src/decide/coverage.test.ts',
  'src/decide/coverage.ts',
  'src/decide/lineage.ts',
  'src/decide/shapes/shapes.ts',
  'test/cedar/corners.test.ts',
  'test/cedar/engines.ts',
  'test/house.ts',
]

describe('what is mutated', () => {
  it('is tried by the tests of its folder, by those of the decision that it is a part of, or by all', () => {
    expect(groupByTests(files, [])).toEqual([
      {
        name: 'src-contract',
        files: ['src/contract/scope.ts', 'src/contract/task.ts'],
        tests: ['src/contract/**/*.test.ts'],
        judges: ['src/contract/scope.test.ts'],
        runs: 500,
      },
      {
        name: 'src-decide-decision',
        files: ['src/decide/approval/hold-call.ts', 'src/decide/coverage.ts', 'src/decide/lineage.ts'],
        tests: ['src/decide/*.test.ts', 'src/decide/approval/*.test.ts', 'src/decide/behalf/*.test.ts'],
        judges: ['src/decide/coverage.test.ts'],
        runs: 500,
      },
      {
        name: 'src-decide-cedar',
        files: ['src/decide/cedar/values/long.ts'],
        tests: ['test/cedar/*.test.ts', 'src/decide/policy/*.test.ts'],
        judges: ['test/cedar/corners.test.ts', 'test/cedar/engines.ts'],
        runs: 100,
      },
      {
        name: 'src-decide-all',
        files: ['src/decide/shapes/shapes.ts'],
        tests: ['src/decide/**/*.test.ts'],
        judges: ['src/decide/coverage.test.ts'],
        runs: 500,
      },
    ])
  })

  it('is what was asked for, file or folder, and never a test', () => {
    const asked = (...names: string[]) => groupByTests(files, names).flatMap((suite) => suite.files)
    expect(asked('src/contract/task.ts')).toEqual(['src/contract/task.ts'])
    expect(asked('src/contract/')).toEqual(['src/contract/scope.ts', 'src/contract/task.ts'])
    expect(asked('src/contract/scope.test.ts', 'src/con', 'src/flow')).toEqual([])
  })

  it('is cut into pieces, each tried to its end before the next one: none empty, none too large but for a large file', () => {
    const sizes: Readonly<Record<string, number>> = { a: 5_000, b: 7_000, c: 1, d: 30_000, e: 11_999, f: 1 }
    expect(cutPieces(Object.keys(sizes), (file) => sizes[file] ?? 0)).toEqual([['a', 'b'], ['c'], ['d'], ['e', 'f']])
    expect(cutPieces([], () => 1)).toEqual([])
  })
})
