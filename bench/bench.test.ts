import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Bar } from './bars.ts'
import { MEASURES, type Measured } from './measures.ts'
import { type Method, writeReport } from './report.ts'

const PROGRAM = join(import.meta.dirname, 'main.ts')

function runBench(...words: readonly string[]) {
  return spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM, ...words], { encoding: 'utf8' })
}

describe('the bench', () => {
  it('measures every row against real servers and says how', { timeout: 900_000 }, () => {
    const { status, stdout, stderr } = runBench('--json', '--seconds', '0.1')
    expect([status, stderr.split('\n').filter((line) => line.startsWith('remit'))]).toEqual([0, []])
    const { method, rows, bars } = JSON.parse(stdout) as { method: Method; rows: Measured[]; bars: Bar[] }
    expect(bars.map(({ figure }) => figure > 0)).toEqual([true, true, true])
    expect(rows.map(({ what, connections, against }) => ({ what, connections, against }))).toEqual(MEASURES)
    for (const row of rows) {
      expect(row.requests).toBeGreaterThan(0)
      expect(row.p99Ms).toBeGreaterThanOrEqual(row.p50Ms)
      expect(row.failures).toBe(0)
      expect(row.ratio === null).toBe(row.against === null)
    }
    expect(method.node).toBe(process.version)
    expect(Object.values(method).every((text) => text !== '')).toBe(true)
  })

  it.each([
    ['a time of nothing', ['--seconds', '0']],
    ['a time that is no number', ['--seconds', 'long']],
    ['an option that is not there', ['--fast']],
  ])('%s is not understood, and says what is', (_, words) => {
    const { status, stdout, stderr } = runBench(...words)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain('It takes --json and --seconds')
  })
})

describe('the report', () => {
  const row = { requests: 10, tookSeconds: 1, p50Ms: 0.5, p99Ms: 12.25, failures: 0, failure: '' }
  const echo: Measured = {
    ...row,
    what: 'JSON echo (fastify)',
    connections: 1,
    against: null,
    perSecond: 12_345.6,
    ratio: null,
  }
  const evaluation: Measured = {
    ...row,
    what: 'evaluation',
    connections: 64,
    against: 'JSON echo (fastify)',
    perSecond: 987,
    ratio: 0.0799,
  }

  it('is a table whose figures stand below each other', () => {
    expect(writeReport([echo, evaluation])).toEqual([
      'what                 connections  requests/s  p50 ms  p99 ms  ratio  of',
      'JSON echo (fastify)            1      12,346    0.50   12.25',
      'evaluation                    64         987    0.50   12.25  0.080  JSON echo (fastify)',
    ])
  })

  it('compares each row with one that was measured before it at as many connections', () => {
    for (const [at, { connections, against }] of MEASURES.entries()) {
      if (against === null) continue
      expect(MEASURES.slice(0, at)).toContainEqual({ what: against, connections, against: null })
    }
  })
})
