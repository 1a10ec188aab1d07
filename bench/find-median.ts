import type { Loaded } from './load-job.ts'

/** Gives the load in the middle of these, by their rate: of turns that were asked one after the other, some may be disturbed. */
export function findMedian(loads: readonly Loaded[]): Loaded {
  const median = loads.toSorted((x, y) => x.perSecond - y.perSecond)[Math.floor(loads.length / 2)]
  if (median === undefined) throw new RangeError('There is no median of nothing.')
  return median
}
