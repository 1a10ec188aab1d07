import { describe, expect, it } from 'vitest'
import { writeBars } from './bars.ts'
import { findCrowdBars, measureCrowds, writeCrowdReport } from './crowd.ts'

describe('the bench of crowds', () => {
  it('measures a server beside real rows of many identities, and says what came out', {
    timeout: 600_000,
  }, async () => {
    const crowds = [
      { identities: 70, entitlementsEach: 2, tasks: 65 },
      { identities: 150, entitlementsEach: 3, tasks: 70 },
    ]
    const rows = await measureCrowds(crowds, { seconds: 0.2, turns: 2 })
    expect(rows).toMatchObject(crowds)
    for (const row of rows) expect(Math.min(row.perSecond, row.residentMiB)).toBeGreaterThan(0)
  })

  it('says each size beside the smallest', () => {
    const row = { identities: 10, entitlementsEach: 2, tasks: 5, perSecond: 4_000, p99Ms: 3.21, residentMiB: 99.6 }
    expect(writeCrowdReport([row, { ...row, identities: 20, perSecond: 3_000 }])).toEqual([
      '10 identities with 2 entitlements each, 5 open tasks: 4000 evaluations/s at 64 connections (p99 3.2 ms), 1.00 times the smallest crowd, 100 MiB',
      '20 identities with 2 entitlements each, 5 open tasks: 3000 evaluations/s at 64 connections (p99 3.2 ms), 0.75 times the smallest crowd, 100 MiB',
    ])
  })

  it.each([
    [3_600, 1_536, ['held', 'held']],
    [3_599, 1_537, ['not held', 'not held']],
  ])('holds the largest crowd at %i a second and %i MiB against the smallest', (perSecond, residentMiB, found) => {
    const row = { identities: 10, entitlementsEach: 2, tasks: 5, perSecond: 4_000, p99Ms: 3, residentMiB: 99 }
    const lines = writeBars(findCrowdBars([row, { ...row, perSecond, residentMiB }]))
    expect(lines.map((line) => line.split(':')[0])).toEqual(found)
  })
})
