import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../read-tree.ts'
import { describeSurvivors, describeTable, scoreOf, type Tried } from './report.ts'

const tried = (status: Tried['status'], file = 'src/contract/cutoff.ts'): Tried => ({
  file,
  location: { start: { line: 1, column: 1 }, end: { line: 1, column: 7 } },
  mutatorName: 'Example',
  replacement: 'nothing',
  status,
})

describe('the report of a mutation test', () => {
  it('counts by file and by folder, and leaves out of the score what could not be tried', () => {
    const all = [
      ...(['Killed', 'Killed', 'Timeout', 'Survived', 'RuntimeError'] as const).map((status) => tried(status)),
      tried('NoCoverage', 'src/decide/laws/law.ts'),
    ]
    expect(describeTable(all).split('\n').slice(2)).toEqual([
      '| src/contract/cutoff.ts | 4 | 2 | 1 | 1 | 0 | 1 | 75.0 % |',
      '| **src/contract** | 4 | 2 | 1 | 1 | 0 | 1 | 75.0 % |',
      '| src/decide/laws/law.ts | 1 | 0 | 0 | 0 | 1 | 0 | 0.0 % |',
      '| **src/decide/laws** | 1 | 0 | 0 | 0 | 1 | 0 | 0.0 % |',
      '| **all** | 5 | 2 | 1 | 1 | 1 | 1 | 60.0 % |',
    ])
  })

  it('says of nothing tried no score, which is not enough', () => {
    expect(describeTable([])).toContain('| **all** | 0 | 0 | 0 | 0 | 0 | 0 | – |')
    expect(scoreOf([])).toBe(0)
  })

  it('lists what no test noticed with its place and its text, and nothing else', () => {
    const begins = readFileSync(join(ROOT, 'src/contract/cutoff.ts'), 'utf8').slice(0, 6)
    const text = describeSurvivors([tried('Killed'), tried('Survived'), tried('NoCoverage'), tried('Timeout')])
    expect(text.split('\n')).toEqual([
      'src/contract/cutoff.ts:1:1 Example',
      `    - ${begins}`,
      '    + nothing',
      'src/contract/cutoff.ts:1:1 Example (no test comes here)',
      `    - ${begins}`,
      '    + nothing',
      '',
    ])
  })
})
