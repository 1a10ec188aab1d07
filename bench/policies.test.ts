import { describe, expect, it } from 'vitest'
import { measurePolicies, writePolicyReport } from './policies.ts'

describe('the bench of policies', () => {
  it('measures two engines that answer alike, and says what came out', () => {
    const rows = measurePolicies(1, [10, 20])
    expect(rows.map((row) => row.policies)).toEqual([10, 20])
    for (const row of rows) expect(row.ratio).toBeCloseTo(row.cedarMicroseconds / row.compiledMicroseconds)
    expect(writePolicyReport(rows)).toHaveLength(2)
  })

  it('says each size beside the smallest', () => {
    const row = { policies: 100, cedarMicroseconds: 600, compiledMicroseconds: 4, ratio: 150 }
    expect(writePolicyReport([row, { ...row, policies: 1_000, compiledMicroseconds: 5, ratio: 120 }])).toEqual([
      '100 policies: Cedar 600 µs, compiled 4.0 µs, 150 times faster, 1.00 times the smallest set',
      '1000 policies: Cedar 600 µs, compiled 5.0 µs, 120 times faster, 1.25 times the smallest set',
    ])
  })
})
