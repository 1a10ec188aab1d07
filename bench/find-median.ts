import type { Loaded } from './load-job.ts'

/** Gives the load in the middle of these, by their rate: of turns that were asked one after the other, some may be disturbed. */
export function findMedian(loads: readonly Loaded[]): Loaded {
  return findMiddle(loads, ({ perSecond }) => perSecond)
}

/** Gives the middle one of these times. */
export function findMedianMs(timesMs: readonly number[]): number {
  return findMiddle(timesMs, (ms) => ms)
}

function findMiddle<T>(all: readonly T[], figureOf: (each: T) => number): T {
  const middle = all.toSorted((x, y) => figureOf(x) - figureOf(y))[Math.floor(all.length / 2)]
  if (middle === undefined) throw new RangeError('There is no median of nothing.')
  return middle
}
