import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../test/arbitraries.ts'
import { type Cutoff, cutoffId, cutoffIdsOver, findCutoffsOver, isCutOff } from './cutoff.ts'

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

describe('the cutoffs that stand over an identity', () => {
  const identity = { id: 'idn_1', owner: 'psn_ada', vendor: 'acme', createdMs: 10, activatedMs: 100 }
  const over = (id: string, atMs: number): Cutoff => ({ ...cut(atMs), id })

  it('are those of itself, of its owner and of its vendor, and of no other', () => {
    expect(cutoffIdsOver(identity)).toEqual(['identity:idn_1', 'owner:psn_ada', 'vendor:acme'])
    expect(cutoffIdsOver({ ...identity, owner: null, vendor: null })).toEqual(['identity:idn_1'])
    const all = ['identity:idn_1', 'owner:psn_ada', 'vendor:acme', 'identity:idn_2', 'binding:bnd_1'].map((id) =>
      over(id, 100),
    )
    expect(findCutoffsOver(identity, all)).toEqual(all.slice(0, 3))
  })

  it('stand until it is approved again, and stand over none that never was', () => {
    const kept = [over('owner:psn_ada', 100)]
    expect(findCutoffsOver({ ...identity, activatedMs: 100 }, kept)).toEqual(kept)
    expect(findCutoffsOver({ ...identity, activatedMs: 101 }, kept)).toEqual([])
    expect(findCutoffsOver({ ...identity, activatedMs: null }, kept)).toEqual([])
  })
})
