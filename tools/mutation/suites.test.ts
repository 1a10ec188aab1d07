import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { describe, expect, it } from 'vitest'
import { listFiles } from '../read-tree.ts'
import { groupByTests } from './suites.ts'

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
        judges: ['src/contract/scope.test.ts'],
        runs: 100,
      },
      {
        name: 'src-decide-decision',
        files: ['src/decide/approval/hold-call.ts', 'src/decide/coverage.ts', 'src/decide/lineage.ts'],
        judges: ['src/decide/coverage.test.ts'],
        runs: 500,
      },
      {
        name: 'src-decide-cedar',
        files: ['src/decide/cedar/values/long.ts'],
        judges: ['test/cedar/corners.test.ts'],
        runs: 100,
      },
      {
        name: 'src-decide-all',
        files: ['src/decide/shapes/shapes.ts'],
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

  it('has tests that Node reads by itself, as the run does, and not only vitest', () => {
    const judges = groupByTests(listFiles(['src', 'test'], /\.ts$/), []).flatMap((suite) => suite.judges)
    expect(judges.length).toBeGreaterThan(100)
    const isRead = (path: string): boolean => {
      try {
        return stripTypeScriptTypes(readFileSync(path, 'utf8')).length > 0
      } catch {
        return false
      }
    }
    expect(judges.filter((path) => !isRead(path))).toEqual([])
  })
})
