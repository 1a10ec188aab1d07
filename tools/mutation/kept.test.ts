import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { digestFiles, keyOf, readKept, writeKept } from './kept.ts'
import type { Suite } from './suites.ts'

const folder = mkdtempSync(join(tmpdir(), 'remit-kept-'))
afterAll(() => rmSync(folder, { recursive: true }))

const [reporting, planning] = ['tools/mutation/report.test.ts', 'tools/mutation/plan.test.ts']
const suite: Suite = {
  name: 'tools-mutation',
  files: ['tools/mutation/report.ts'],
  judges: [reporting, planning],
  runs: 1,
}
const rests = digestFiles(['tools/mutation/report.ts', ...suite.judges])
const noticed = {
  'what a report noticed': { status: 'Killed', by: reporting },
  'what a plan noticed': { status: 'Timeout', by: planning },
} as const
const hung = { 'what hung': { status: 'Timeout' } } as const
const missed = {
  'what nobody noticed': { status: 'Survived' },
  'where nobody comes': { status: 'NoCoverage' },
  'what nobody can load': { status: 'RuntimeError' },
} as const
const found = { ...noticed, ...hung, ...missed }
const nothing = { rests: {}, found: {}, missed: {}, fresh: suite.judges }

function readAfter(other: Readonly<Record<string, string>>, more: Partial<Suite> = {}) {
  writeKept(suite, { rests: { ...rests, ...other }, found }, folder)
  return readKept({ ...suite, ...more }, folder)
}

describe('what was tried', () => {
  it('is known again while all that its tests loaded stays as it was', () => {
    expect(readKept(suite, join(folder, 'new'))).toEqual(nothing)
    writeKept(suite, { rests, found }, join(folder, 'new', 'below'))
    expect(readKept(suite, join(folder, 'new', 'below'))).toEqual({ rests, found, missed: {}, fresh: [] })
  })

  it('is known again where other files of the same folder are asked for', () => {
    expect(readAfter({}, { files: ['tools/mutation/plan.ts'] }).found).toEqual(found)
  })

  it.each([
    ['a file has another text', { 'tools/mutation/report.ts': 'other' }, {}],
    ['a file is gone', { 'tools/mutation/gone.ts': 'any' }, {}],
    ['a law is tried more often', {}, { runs: 2 }],
  ])('is forgotten where %s', (_, other, more) => {
    expect(readAfter(other, more)).toEqual(nothing)
  })

  it('is tried again by a test that came, as far as nobody noticed it', () => {
    const came = 'tools/mutation/suites.test.ts'
    const known = readAfter({}, { judges: [...suite.judges, came] })
    expect(known).toEqual({ rests, found: { ...noticed, ...hung }, missed, fresh: [came] })
  })

  it('is forgotten where the test that noticed it, or may have, is another now', () => {
    const { 'what a report noticed': stands } = noticed
    const known = readAfter({ [planning]: 'other' })
    expect(known.found).toEqual({ 'what a report noticed': stands })
    expect([known.missed, known.fresh]).toEqual([missed, [planning]])
  })

  it('is forgotten where the test that noticed it, or may have, is gone', () => {
    const { 'what a report noticed': stands } = noticed
    const known = readAfter({}, { judges: [reporting] })
    expect(known).toEqual({ rests, found: { 'what a report noticed': stands, ...missed }, missed: {}, fresh: [] })
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
