import { describe, expect, it } from 'vitest'
import { groupByTests } from './suites.ts'

const files = [
  'src/contract/scope.test.ts',
  'src/contract/scope.ts',
  'src/contract/task.ts',
  'src/decide/cedar/values/long.ts',
  'src/decide/coverage.test.ts',
  'src/decide/coverage.ts',
  'src/decide/domain/shapes.ts',
  'src/decide/facts/tolls.test.ts',
  'src/decide/facts/tolls.ts',
  'src/decide/facts/inputs.ts',
  'src/decide/lineage.ts',
]

describe('what is mutated', () => {
  it('is tried by the tests of its folder, by its own, by those around it, or by all', () => {
    expect(groupByTests(files, [])).toEqual([
      {
        name: 'src-contract',
        files: ['src/contract/scope.ts', 'src/contract/task.ts'],
        tests: ['src/contract/*.test.ts'],
      },
      {
        name: 'src-decide-cedar',
        files: ['src/decide/cedar/values/long.ts'],
        tests: ['test/cedar/*.test.ts', 'src/decide/policy/*.test.ts'],
      },
      {
        name: 'src-decide-decision',
        files: ['src/decide/coverage.ts', 'src/decide/lineage.ts'],
        tests: ['src/decide/*.test.ts', 'src/decide/approval/*.test.ts', 'src/decide/behalf/*.test.ts'],
      },
      { name: 'src-decide-all', files: ['src/decide/domain/shapes.ts'], tests: ['src/decide/**/*.test.ts'] },
      {
        name: 'src-decide-facts-tolls',
        files: ['src/decide/facts/tolls.ts'],
        tests: ['src/decide/facts/tolls.test.ts'],
      },
      { name: 'src-decide-facts', files: ['src/decide/facts/inputs.ts'], tests: ['src/decide/facts/*.test.ts'] },
    ])
  })

  it('is what was asked for, file or folder, and never a test', () => {
    const asked = (...names: string[]) => groupByTests(files, names).flatMap((suite) => suite.files)
    expect(asked('src/contract/task.ts')).toEqual(['src/contract/task.ts'])
    expect(asked('src/contract/')).toEqual(['src/contract/scope.ts', 'src/contract/task.ts'])
    expect(asked('src/contract/scope.test.ts', 'src/con', 'src/flow')).toEqual([])
  })
})
