import { describe, expect, it } from 'vitest'
import { insertRows } from './insert-rows.ts'

describe('many rows in few statements', () => {
  it('none need none', () => {
    expect(insertRows('t', ['a'], [])).toEqual([])
  })

  it('every row of any number up to 2,000 is put once and in order, with at most ten forms of statement', () => {
    const forms = new Set<string>()
    const rows: (readonly number[])[] = []
    for (; rows.length <= 2_000; rows.push([rows.length, -rows.length])) {
      const statements = insertRows('t', ['a', 'b'], rows)
      for (const { sql } of statements) forms.add(sql)
      expect(JSON.stringify(statements.flatMap(({ values }) => values))).toBe(JSON.stringify(rows.flat()))
      expect(statements.every(({ sql, values }) => sql.split('?').length - 1 === values.length)).toBe(true)
    }
    expect(forms.size).toBe(10)
  })
})
