import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change, Kept } from '../change.ts'
import { type Addition, weighAddition } from './addition.ts'
import type { Tally } from './tally.ts'

/** One tally, as the store keeps it: gives false for a change that no longer fits. */
class Book {
  kept: Kept<Tally> | undefined

  commit(change: Change): boolean {
    const { kept } = this
    if (change.op === 'insert') {
      if (kept !== undefined) return false
      this.kept = { ...(change.row as Tally), version: 1, entry: 0 }
    } else if (kept === undefined) return false
    else if (change.op === 'update') {
      if (change.ifVersion !== kept.version) return false
      this.kept = { ...(change.row as Tally), version: kept.version + 1, entry: 0 }
    } else if (change.op === 'meter') {
      const [total, most] = [kept.total + Number(Object.values(change.add)[0]), Number(Object.values(change.atMost)[0])]
      if (!(total <= most)) return false
      this.kept = { ...kept, total, version: kept.version + 1 }
    }
    return true
  }

  add(addition: Addition): boolean {
    const weighed = weighAddition(this.kept, addition)
    return weighed.fits && this.commit(weighed.change)
  }
}

const minute: Addition = { id: 'x', amount: 1, atMost: 3, windowSeconds: 60, atMs: 0 }
const startMs = 1_772_323_200_000

describe('a tally of a window', () => {
  it('takes as much as fits, says when more does, and then it does', () => {
    const book = new Book()
    const at = (afterMs: number): Addition => ({ ...minute, atMs: startMs + afterMs })
    expect([0, 500, 10_000].map((afterMs) => book.add(at(afterMs)))).toEqual([true, true, true])
    const no = weighAddition(book.kept, at(20_000))
    expect(no).toEqual({ fits: false, used: 3, fitsMs: startMs + 61_000 })
    expect([60_999, 61_000, 61_001, 61_002].map((afterMs) => book.add(at(afterMs)))).toEqual([false, true, true, false])
    expect(weighAddition(book.kept, at(62_000))).toMatchObject({ fits: false, fitsMs: startMs + 71_000 })
  })

  it('never takes more than that within any window, whoever comes late, and whatever clocks do', () => {
    const step = fc.record({
      waitMs: fc.oneof(fc.nat(3_000), fc.nat(90_000), fc.constant(0)),
      amount: fc.nat(3),
      lateBy: fc.nat(3),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (steps, atMost) => {
        const book = new Book()
        const open: { change: Change; atMs: number; amount: number; due: number }[] = []
        const taken: { atMs: number; amount: number }[] = []
        let nowMs = startMs
        for (const [at, { waitMs, amount, lateBy }] of [...steps, ...steps.slice(0, 4)].entries()) {
          nowMs += waitMs
          const weighed = weighAddition(book.kept, { ...minute, amount, atMost, atMs: nowMs })
          if (weighed.fits) open.push({ change: weighed.change, atMs: nowMs, amount, due: at + lateBy })
          for (const each of open.filter(({ due }) => due === at)) if (book.commit(each.change)) taken.push(each)
        }
        for (const { atMs } of taken) {
          const inWindow = taken.filter((each) => each.atMs > atMs - 60_000 && each.atMs <= atMs)
          expect(inWindow.reduce((sum, each) => sum + each.amount, 0)).toBeLessThanOrEqual(atMost)
        }
      }),
      { seed: 7, numRuns: 500 },
    )
  })

  it('forgets the slices that no window reaches', () => {
    const book = new Book()
    for (let at = 0; at < 1_000; at += 1) book.add({ ...minute, atMost: 1_000, atMs: startMs + at * 1_000 })
    expect(book.kept?.total).toBe(1_000)
    expect(book.kept?.marks.length).toBeLessThanOrEqual(62)
  })

  it('opens no older slice where the clock is set back, and takes no more for it', () => {
    const book = new Book()
    const at = (afterMs: number): Addition => ({ ...minute, atMs: startMs + afterMs })
    expect([0, -30_000, -600_000, -1].map((afterMs) => book.add(at(afterMs)))).toEqual([true, true, true, false])
    expect(book.kept?.marks).toHaveLength(1)
  })

  it('of no more than nothing never takes anything', () => {
    expect(weighAddition(undefined, { ...minute, atMost: 0, atMs: startMs })).toEqual({
      fits: false,
      used: 0,
      fitsMs: null,
    })
  })
})

describe('a tally without a window', () => {
  const purse: Addition = { id: 'x', amount: 40, atMost: 100, windowSeconds: null, atMs: startMs }

  it('adds up for ever', () => {
    const book = new Book()
    expect([book.add(purse), book.add(purse), book.add(purse)]).toEqual([true, true, false])
    expect(book.add({ ...purse, amount: 20 })).toBe(true)
    expect(weighAddition(book.kept, { ...purse, atMs: startMs * 2 })).toEqual({ fits: false, used: 100, fitsMs: null })
    expect(book.kept).toMatchObject({ total: 100, marks: [] })
  })

  it('decides on what it was read as, and the store on what it is', () => {
    const book = new Book()
    book.add({ ...purse, amount: 60 })
    const [one, other] = [weighAddition(book.kept, purse), weighAddition(book.kept, purse)]
    expect([one, other].map((weighed) => weighed.fits && book.commit(weighed.change))).toEqual([true, false])
  })
})

describe('an addition that is no number', () => {
  it.each([
    ['amount', { amount: Number.NaN }],
    ['amount', { amount: Number.POSITIVE_INFINITY }],
    ['bound', { atMost: Number.NaN }],
  ])('never fits: the %s', (_, wrong) => {
    expect(weighAddition(undefined, { ...minute, atMs: startMs, ...wrong })).toMatchObject({ fits: false })
  })
})
