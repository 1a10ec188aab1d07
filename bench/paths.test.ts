import { describe, expect, it } from 'vitest'
import { measurePaths, writePathReport } from './paths.ts'

describe('the bench of paths', () => {
  it('asks in a store of its own, where each answer is known, and says what came out', async () => {
    const row = await measurePaths(20, 5)
    expect(row).toMatchObject({ identities: 20, edges: 200, hubPaths: 100 })
    expect(row.p99Ms).toBeGreaterThanOrEqual(row.medianMs)
    expect(writePathReport([{ ...row, medianMs: 1, p99Ms: 2, hubMs: 30 }])).toEqual([
      '20 identities, 200 edges: median 1.0 ms, p99 2.0 ms; 100 ways of one identity 30.0 ms',
    ])
  })
})
