import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findBars, writeBars } from './bars.ts'
import type { Measured, What } from './measures.ts'
import { measureSyncMs } from './sync.ts'

const made = (what: What, connections: number, perSecond: number, p50Ms: number, p99Ms: number): Measured => {
  const rest = { requests: 1, tookSeconds: 1, failures: 0, failure: '', against: null, ratio: null }
  return { what, connections, perSecond, p50Ms, p99Ms, ...rest }
}

const rows = (perSecond: number, p99Ms: number, p50Ms: number): readonly Measured[] => [
  made('JSON echo (fastify)', 64, 10_000, 1, 2),
  made('evaluation', 64, perSecond, 1, p99Ms),
  made('JSON echo (fastify)', 1, 1, 0.1, 1),
  made('evaluation', 1, 1, p50Ms, 1),
]

describe('the bars of a run', () => {
  it('are held just at their bounds', () => {
    expect(findBars({ rows: rows(6_000, 8, 0.7), syncMs: 0.2 }).map(({ holds }) => holds)).toEqual([true, true, true])
  })

  it('are not held just beyond them, and say so with their figures', () => {
    const bars = findBars({ rows: rows(5_999, 8.01, 0.71), syncMs: 0.2 })
    expect(writeBars(bars)).toEqual([
      'not held: evaluations a second of echoes, 64 connections: 0.60, at least 0.6',
      'not held: p99 of an evaluation in p99 of an echo, 64 connections: 4.00, at most 4',
      'not held: p50 of an evaluation in one fdatasync, less an echo, 1 connection: 3.05, at most 3',
    ])
  })

  it('cannot be told where a row is missing', () => {
    expect(() => findBars({ rows: rows(1, 1, 1).slice(1), syncMs: 1 })).toThrow('was not measured at 64 connections')
  })
})

it('a bare sync takes some time, and leaves nothing behind', () => {
  const folder = mkdtempSync(join(tmpdir(), 'remit-sync-'))
  expect(measureSyncMs(folder, 5)).toBeGreaterThan(0)
  expect(readdirSync(folder)).toEqual([])
  rmSync(folder, { recursive: true })
})
