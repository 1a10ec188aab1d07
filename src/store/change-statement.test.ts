import { describe, expect, it } from 'vitest'
import { sealing } from '../../test/suites/writes.ts'
import { insert, meter, requireAbsent, update } from '../contract/change.ts'
import { isApplied, isKeepable, stateChange } from './change-statement.ts'

const purpose = { code: 'p', title: 'Help', classes: [], ceiling: 'public' } as const

describe('the statement of a change', () => {
  it.each([
    ['insert', insert('purposes', purpose)],
    ['update', update('purposes', { ...purpose, version: 3, entry: 1 }, purpose)],
    ['require', requireAbsent('purposes', 'p')],
    [
      'meter',
      meter('task_usage', 't', {
        add: { calls: 1 },
        raise: { calls: 5, integrity: 1 },
        atMost: { calls: 9, bytes: 7 },
      }),
    ],
  ])('%s has a placeholder for each of its values, and says nothing else of the row', (_, change) => {
    const { sql, values } = stateChange('acme', sealing(change), 42)
    expect(sql.split('?').length - 1).toBe(values.length)
    expect(sql).not.toContain('Help')
    expect(values).toContain('acme')
  })

  it('a counter that is added to and raised is bounded by what becomes of it', () => {
    const change = meter('approval_uses', 'a', { add: { uses: 1 }, raise: { uses: 2 }, atMost: { uses: 3 } })
    const next = 'case when "uses" + ? < ? then ? else "uses" + ? end'
    expect(stateChange('acme', sealing(change), 7)).toEqual({
      sql: `update "approval_uses" set "uses" = ${next}, version = version + 1, entry = ? where org = ? and key = ? and ${next} <= ?`,
      values: [1, 2, 2, 1, 7, 'acme', 'a', 1, 2, 2, 1, 3],
    })
  })

  it('what was not run, or met a unique key, was not applied', () => {
    const change = insert('purposes', purpose)
    expect(isApplied(change, undefined)).toBe(false)
    expect(isApplied(change, { rows: [], count: 1, violated: true })).toBe(false)
    expect(isApplied(change, { rows: [], count: 0, violated: false })).toBe(false)
    expect(isApplied(change, { rows: [], count: 1, violated: false })).toBe(true)
  })

  it.each([
    ['plain', true],
    ['\u{1f600}', true],
    ['a\0', false],
    ['\udc00', false],
    [2 ** 53 - 1, true],
    [2 ** 53, false],
    [0.1, false],
    [Number.NaN, false],
    [null, true],
  ])('every engine can keep %j: %s', (value, keepable) => {
    expect(isKeepable({ sql: '', values: [value] })).toBe(keepable)
  })
})
