import { type Change, insert, type Kept, meter, update } from '../change.ts'
import type { Tally } from './tally.ts'

/** What somebody wants to add, and how much may be added at most: in any window of that length, or ever where it is null. */
export interface Addition {
  readonly id: string
  readonly amount: number
  readonly atMost: number
  readonly windowSeconds: number | null
  readonly atMs: number
}

/** Whether it fits. `change` adds it, and is a conflict where by then it fits no more. */
export type Weighed =
  | { readonly fits: true; readonly used: number; readonly change: Change }
  | {
      readonly fits: false
      readonly used: number
      /** From when on it fits if nothing else is added; null for never. */
      readonly fitsMs: number | null
    }

/** A window is cut into so many slices: what was added up to a slice more than a window ago may still count. */
const slicesPerWindow = 60

/**
 * Says whether something fits into a tally. Whatever comes at the same moment, no more than `atMost` is ever added in
 * any window: who adds meters the sum against what it was before the window, and who opens a slice notes the sum in the
 * same step; an addition that is late by then counts in the newer slice, against the older and stricter bound.
 */
export function weighAddition(kept: Kept<Tally> | undefined, addition: Addition): Weighed {
  const { id, amount, atMost, windowSeconds, atMs } = addition
  const sliceMs = windowSeconds === null ? null : (windowSeconds * 1000) / slicesPerWindow
  const marks = kept?.marks ?? []
  const total = kept?.total ?? 0
  // a clock that was set back opens no slice before the newest one
  const slice = sliceMs === null ? 0 : Math.max(Math.floor(atMs / sliceMs), marks.at(-1)?.slice ?? 0)
  const reached = sliceMs === null ? [] : marks.filter((mark) => mark.slice >= slice - slicesPerWindow)
  const before = sliceMs === null ? 0 : (reached[0]?.before ?? total)
  const used = total - before
  if (!(used + amount <= atMost)) {
    const fitsMs = sliceMs === null ? null : findFittingMs({ marks, total, sliceMs }, atMost - amount)
    return { fits: false, used, fitsMs }
  }
  if (kept === undefined) {
    const first = sliceMs === null ? [] : [{ slice, before: 0 }]
    return { fits: true, used, change: insert('tallies', { id, total: amount, marks: first }) }
  }
  if (sliceMs === null || marks.at(-1)?.slice === slice) {
    const bound = { add: { total: amount }, raise: {}, atMost: { total: before + atMost } }
    return { fits: true, used, change: meter('tallies', id, bound) }
  }
  const next = { ...kept, total: total + amount, marks: [...reached, { slice, before: total }] }
  return { fits: true, used, change: update('tallies', kept, next) }
}

/** Gives when so much of the sum has left the window that no more than `most` is left in it. */
function findFittingMs(
  { marks, total, sliceMs }: { marks: Tally['marks']; total: number; sliceMs: number },
  most: number,
): number | null {
  if (most < 0) return null
  const leaving = marks.findLast((mark) => total - mark.before > most)
  return leaving === undefined ? null : Math.ceil((leaving.slice + slicesPerWindow + 1) * sliceMs)
}
