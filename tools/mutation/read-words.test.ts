import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readWords } from './read-words.ts'

const files = ['src/contract/scope.test.ts', 'src/contract/scope.ts', 'src/contract/task.ts', 'src/decide/coverage.ts']
const takes = expect.stringMatching(/^It takes files and folders below src\/contract and src\/decide/)

describe('a mutation run', () => {
  it('works on all of it with as many processes as there are cores, where nothing is said', () => {
    const wishes = readWords([], files)
    expect(wishes).toMatchObject({ workers: availableParallelism(), isAll: true })
    expect(filesOf(wishes)).toEqual(['src/contract/scope.ts', 'src/contract/task.ts', 'src/decide/coverage.ts'])
  })

  it('works on what is named, with as many processes as are said', () => {
    const wishes = readWords(['src/contract/task.ts', '--workers=3', 'src/decide/'], files)
    expect(wishes).toMatchObject({ workers: 3, isAll: false })
    expect(filesOf(wishes)).toEqual(['src/contract/task.ts', 'src/decide/coverage.ts'])
  })

  it.each([
    [['--workers=0'], ['--workers=0 is not understood.', takes]],
    [
      ['--workers', '2'],
      ['--workers is not understood.', takes],
    ],
    [
      ['src/contract', 'src/contract/tsk.ts', 'src/flow'],
      ['There is nothing to change in src/contract/tsk.ts, src/flow.', takes],
    ],
    [['src/contract/scope.test.ts'], ['There is nothing to change in src/contract/scope.test.ts.', takes]],
  ])('that is told %j says what it takes', (words, usage) => {
    expect(readWords(words, files)).toEqual({ usage })
  })

  it.each(['--help', '-h'])('says with %s what it takes, and changes nothing', (word) => {
    const program = join(import.meta.dirname, 'main.ts')
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, word], { encoding: 'utf8' })
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^remit mutation: It takes files and folders/m)
  })
})

const filesOf = (wishes: ReturnType<typeof readWords>): readonly string[] =>
  'suites' in wishes ? wishes.suites.flatMap((suite) => suite.files) : []
