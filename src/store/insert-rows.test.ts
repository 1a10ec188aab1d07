import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { insertRows } from './insert-rows.ts'

describe('many rows in few statements', () => {
  it('none need none', () => {
    expect(insertRows('t', ['a'], [])).toEqual([])
  })

  it('every row is put once and in order, with at most ten forms of statement', () => {
    const forms = new Set<string>()
    fc.assert(
      fc.property(fc.nat(2000), (count) => {
        const rows = Array.from({ length: count }, (_, at) => [at, -at])
        const statements = insertRows('t', ['a', 'b'], rows)
        for (const { sql } of statements) forms.add(sql)
        expect(statements.flatMap(({ values }) => values)).toEqual(rows.flat())
        expect(statements.every(({ sql, values }) => sql.split('?').length - 1 === values.length)).toBe(true)
      }),
      { numRuns: 300 },
    )
    expect(forms.size).toBeLessThanOrEqual(10)
  })
})
