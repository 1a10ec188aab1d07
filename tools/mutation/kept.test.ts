import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { digestFiles, keyOf, readKept, writeKept } from './kept.ts'
import type { Suite } from './suites.ts'

const folder = mkdtempSync(join(tmpdir(), 'remit-kept-'))
afterAll(() => rmSync(folder, { recursive: true }))

const suite: Suite = {
  name: 'tools-mutation',
  files: ['tools/mutation/report.ts'],
  judges: ['tools/mutation/report.test.ts'],
  runs: 1,
}
const rests = digestFiles(['tools/mutation/report.ts', 'tools/mutation/report.test.ts'])
const found = { 'a change': 'Killed' } as const
const nothing = { rests: {}, found: {} }

describe('what was tried', () => {
  it('is known again while all that its tests loaded stays as it was', () => {
    expect(readKept(suite, join(folder, 'new'))).toEqual(nothing)
    writeKept(suite, { rests, found }, join(folder, 'new', 'below'))
    expect(readKept(suite, join(folder, 'new', 'below'))).toEqual({ rests, found })
  })

  it('is known again where other files of the same folder are asked for', () => {
    writeKept(suite, { rests, found }, folder)
    expect(readKept({ ...suite, files: ['tools/mutation/plan.ts'] }, folder).found).toEqual(found)
  })

  it.each([
    ['a file has another text', { 'tools/mutation/report.ts': 'other' }],
    ['a file is gone', { 'tools/mutation/gone.ts': rests['tools/mutation/report.ts'] ?? '' }],
  ])('is forgotten where %s', (_, other) => {
    writeKept(suite, { rests: { ...rests, ...other }, found }, folder)
    expect(readKept(suite, folder)).toEqual(nothing)
  })

  it.each([
    ['a test came', { judges: [...suite.judges, 'tools/mutation/plan.test.ts'] }],
    ['a test went', { judges: [] }],
    ['a law is tried more often', { runs: 2 }],
  ])('is forgotten where %s', (_, other) => {
    writeKept(suite, { rests, found }, folder)
    expect(readKept({ ...suite, ...other }, folder)).toEqual(nothing)
  })

  it('has a name of its own for each change of each place', () => {
    const place = { start: { line: 1, column: 2 }, end: { line: 1, column: 3 } }
    const change = { file: 'src/contract/cutoff.ts', location: place, mutatorName: 'Example', replacement: '1' }
    const others = [
      { ...change, file: 'src/contract/task.ts' },
      { ...change, mutatorName: 'Other' },
      { ...change, replacement: '2' },
      { ...change, location: { ...place, start: { line: 1, column: 1 } } },
      { ...change, location: { ...place, end: { line: 2, column: 3 } } },
    ]
    expect(new Set([change, ...others].map(keyOf)).size).toBe(6)
    expect(keyOf(change)).toBe('src/contract/cutoff.ts:1:2-1:3 Example 1')
  })
})
