import { describe, expect, it } from 'vitest'
import { newLineage, newLink, newMember } from '../../../test/decide/nouns.ts'
import { countPivot, findSpent, isPivot, pivotsBefore, pivotsMaxOf, sayPivot } from './pivot.ts'

/** Of tier T1 a task ends with its twentieth pivot, of T4 with its third. */
const above = newLink({ id: 'tsk_above' }, { pivots: 2 }, newMember({ tier: 'T4' }))
const own = newLink({ id: 'tsk_own' }, { pivots: 18 })

describe('a pivot', () => {
  it.each([
    ['law:scope', true],
    ['law:purpose', true],
    ['law:pivot', true],
    ['law:pivots', false],
    ['law:ceiling', false],
    ['', false],
  ])('is (or is not) the breach of %j: %s', (rule, is) => {
    expect(isPivot({ rule })).toBe(is)
  })

  it('is counted for the task and every one above it, and tells which of them end with it', () => {
    const { changes, spent } = countPivot(newLineage([above, own]))
    const count = { op: 'meter', table: 'task_usage', add: { pivots: 1 }, raise: {}, atMost: {} }
    expect(changes).toEqual([
      { ...count, key: 'tsk_above' },
      { ...count, key: 'tsk_own' },
    ])
    expect(spent).toEqual(['tsk_above'])
    expect(countPivot(newLineage([newLink({ id: 'tsk_own' }, { pivots: 19 })])).spent).toEqual(['tsk_own'])
  })

  it('ends a task with as many as its tier allows, and not with one less', () => {
    expect(findSpent(newLineage([above, own]))).toEqual([])
    const spent = newLink({ id: 'tsk_spent' }, { pivots: 3 }, newMember({ tier: 'T4' }))
    expect(findSpent(newLineage([spent, own]))).toEqual(['tsk_spent'])
    expect([pivotsMaxOf(above), pivotsMaxOf(own)]).toEqual([3, 20])
  })

  it('holds a permit to less than that', () => {
    expect(pivotsBefore(own)).toEqual({ pivots: 19 })
  })

  it('is told with its number', () => {
    const lineage = newLineage([above, own])
    const said = ': that is a pivot, number 19 of the task, which ends with number 20'
    expect([sayPivot(lineage, false), sayPivot(lineage, true)]).toEqual([said, ''])
  })
})
