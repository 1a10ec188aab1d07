import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../test/arbitraries.ts'
import { type Cutoff, cutoffId, isCutOff } from './cutoff.ts'

const cut = (atMs: number): Cutoff => {
  return { id: 'task:tsk_1', target: 'task', targetId: 'tsk_1', atMs, because: 'because', by: 'psn_1' }
}
const cutoffs = fc.array(fc.nat(50).map(cut), { maxLength: 4 })

describe('a cutoff', () => {
  it('of something ends all that is older', () => {
    fc.assert(
      fc.property(cutoffs, fc.nat(60), fc.nat(60), (all, madeMs, earlierBy) => {
        return !isCutOff(all, madeMs) || isCutOff(all, madeMs - earlierBy)
      }),
      RUNS,
    )
  })

  it('is never undone by another one, or by the same one later', () => {
    fc.assert(
      fc.property(cutoffs, cutoffs, fc.nat(60), fc.nat(60), (all, more, madeMs, laterBy) => {
        if (!isCutOff(all, madeMs)) return
        expect(isCutOff([...all, ...more], madeMs)).toBe(true)
        const later = all.map((each) => cut(each.atMs + laterBy))
        expect(isCutOff(later, madeMs)).toBe(true)
      }),
      RUNS,
    )
  })

  it('is as strong as the newest of all', () => {
    fc.assert(
      fc.property(cutoffs, fc.nat(60), (all, madeMs) => {
        const newestMs = Math.max(...all.map((each) => each.atMs), Number.NEGATIVE_INFINITY)
        return isCutOff(all, madeMs) === madeMs <= newestMs
      }),
      RUNS,
    )
  })

  it.each([
    ['made before', 9, true],
    ['made in the same millisecond', 10, true],
    ['made after', 11, false],
    ['made at no known time', Number.NaN, true],
  ])('counts for what was %s: %#', (_, madeMs, ended) => {
    expect(isCutOff([cut(10)], madeMs)).toBe(ended)
    expect(isCutOff([], madeMs)).toBe(false)
  })

  it('is kept once for each target', () => {
    expect(cutoffId('task', 'tsk_1')).toBe('task:tsk_1')
    expect(cutoffId('chain', 'tsk_1')).not.toBe(cutoffId('task', 'tsk_1'))
  })
})
