import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { labels, RUNS, sensitivities } from '../../test/arbitraries.ts'
import { ACTION_CLASSES, UNKNOWN_CLASS } from './action-class.ts'
import { CLEAN_LABELS, hasGrown, joinLabels, ranksOf } from './label.ts'
import {
  isWithinCeiling,
  maxSensitivity,
  minSensitivity,
  rankSensitivity,
  SENSITIVITIES,
  type Sensitivity,
  UNKNOWN_SENSITIVITY,
} from './sensitivity.ts'

describe('labels', () => {
  it('of a task that has read nothing are the mildest there are', () => {
    expect(CLEAN_LABELS).toEqual({ confidentiality: 'public', integrity: 'trusted' })
    fc.assert(
      fc.property(labels, (each) => hasGrown(CLEAN_LABELS, each)),
      RUNS,
    )
  })

  it('are counted so that more is worse', () => {
    expect(ranksOf(CLEAN_LABELS)).toEqual({ confidentiality: 0, integrity: 0 })
    expect(ranksOf({ confidentiality: 'restricted', integrity: 'untrusted' })).toEqual({
      confidentiality: 3,
      integrity: 1,
    })
    fc.assert(
      fc.property(labels, labels, (a, b) => {
        const [x, y] = [ranksOf(a), ranksOf(b)]
        expect(hasGrown(a, b)).toBe(x.confidentiality <= y.confidentiality && x.integrity <= y.integrity)
      }),
      RUNS,
    )
  })

  it('never shrink by joining', () => {
    fc.assert(
      fc.property(labels, labels, (a, b) => {
        const both = joinLabels(a, b)
        return hasGrown(a, both) && hasGrown(b, both)
      }),
      RUNS,
    )
  })

  it('join to the least that has grown from both', () => {
    const holds = fc.property(labels, labels, labels, (a, b, c) => {
      return !(hasGrown(a, c) && hasGrown(b, c)) || hasGrown(joinLabels(a, b), c)
    })
    fc.assert(holds, RUNS)
  })

  it('join alike in any order, grouping and number of times', () => {
    fc.assert(
      fc.property(labels, labels, labels, (a, b, c) => {
        expect(joinLabels(a, b)).toEqual(joinLabels(b, a))
        expect(joinLabels(joinLabels(a, b), c)).toEqual(joinLabels(a, joinLabels(b, c)))
        expect(joinLabels(a, a)).toEqual(a)
        expect(joinLabels(a, CLEAN_LABELS)).toEqual(a)
      }),
      RUNS,
    )
  })

  it('have grown from where they grew from before, and from each other only where they are the same', () => {
    fc.assert(
      fc.property(labels, labels, labels, (a, b, c) => {
        expect(hasGrown(a, a)).toBe(true)
        if (hasGrown(a, b) && hasGrown(b, c)) expect(hasGrown(a, c)).toBe(true)
        if (hasGrown(a, b) && hasGrown(b, a)) expect(a).toEqual(b)
      }),
      RUNS,
    )
  })
})

describe('what nobody has classified', () => {
  it('is as sensitive and as grave as can be', () => {
    expect(UNKNOWN_SENSITIVITY).toBe(SENSITIVITIES.at(-1))
    expect(UNKNOWN_CLASS).toBe(ACTION_CLASSES.at(-1))
  })
})

describe('sensitivity', () => {
  it('has a strictest and a mildest of every two', () => {
    fc.assert(
      fc.property(sensitivities, sensitivities, (a, b) => {
        expect([a, b]).toContain(maxSensitivity(a, b))
        expect(isWithinCeiling(a, maxSensitivity(a, b)) && isWithinCeiling(minSensitivity(a, b), a)).toBe(true)
        expect(isWithinCeiling(a, b)).toBe(rankSensitivity(a) <= rankSensitivity(b))
      }),
      RUNS,
    )
  })

  it('that is no sensitivity lies under no ceiling, and is no ceiling', () => {
    const unknown = 'harmless' as Sensitivity
    expect(isWithinCeiling(unknown, 'restricted')).toBe(false)
    expect(isWithinCeiling('public', unknown)).toBe(false)
    expect(isWithinCeiling(unknown, unknown)).toBe(false)
  })
})
