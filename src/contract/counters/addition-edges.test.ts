import { describe, expect, it } from 'vitest'
import { insert, type Kept, meter, update } from '../change.ts'
import { weighAddition } from './addition.ts'
import type { Tally } from './tally.ts'

const kept = (marks: Tally['marks'], total: number): Kept<Tally> => ({ id: 'x', total, marks, version: 3, entry: 1 })
const minute = { id: 'x', amount: 2, atMost: 5, windowSeconds: 60, atMs: 100_500 }
const ever = { ...minute, windowSeconds: null }

describe('what an addition changes', () => {
  it('is a new tally, whose first slice began with nothing', () => {
    expect(weighAddition(undefined, minute)).toEqual({
      fits: true,
      used: 0,
      change: insert('tallies', { id: 'x', total: 2, marks: [{ slice: 100, before: 0 }] }),
    })
    expect(weighAddition(undefined, ever)).toEqual({
      fits: true,
      used: 0,
      change: insert('tallies', { id: 'x', total: 2, marks: [] }),
    })
  })

  it('is a sum that is metered, in a slice that is open or without any', () => {
    const bound = (total: number) => ({ add: { total: 2 }, raise: {}, atMost: { total } })
    expect(weighAddition(kept([{ slice: 100, before: 7 }], 9), minute)).toEqual({
      fits: true,
      used: 2,
      change: meter('tallies', 'x', bound(12)),
    })
    expect(weighAddition(kept([], 3), ever)).toEqual({ fits: true, used: 3, change: meter('tallies', 'x', bound(5)) })
  })

  it('is one slice more, without those that no window reaches', () => {
    const before = kept(
      [
        { slice: 39, before: 0 },
        { slice: 40, before: 4 },
        { slice: 99, before: 6 },
      ],
      7,
    )
    expect(weighAddition(before, minute)).toEqual({
      fits: true,
      used: 3,
      change: update('tallies', before, {
        ...before,
        total: 9,
        marks: [
          { slice: 40, before: 4 },
          { slice: 99, before: 6 },
          { slice: 100, before: 7 },
        ],
      }),
    })
  })

  it('is nothing where it does not fit, now or ever', () => {
    const full = kept([{ slice: 100, before: 0 }], 5)
    expect(weighAddition(full, minute)).toEqual({ fits: false, used: 5, fitsMs: 161_000 })
    expect(weighAddition(full, { ...minute, amount: 5 })).toEqual({ fits: false, used: 5, fitsMs: 161_000 })
    expect(weighAddition(full, { ...minute, amount: 6 })).toEqual({ fits: false, used: 5, fitsMs: null })
    expect(weighAddition(kept([], 5), ever)).toEqual({ fits: false, used: 5, fitsMs: null })
  })
})
