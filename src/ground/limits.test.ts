import { describe, expect, it } from 'vitest'
import { DECISIONS } from './limits/decisions.ts'
import { DOORS } from './limits/doors.ts'
import { GATEWAY } from './limits/gateway.ts'
import { PROOFS } from './limits/proofs.ts'
import { RECORD } from './limits/record.ts'
import { REGISTER } from './limits/register.ts'
import { LIMITS } from './limits.ts'

describe('the limits', () => {
  it.each(Object.entries(LIMITS))('%s is a whole number above nothing', (_, value) => {
    expect(Number.isSafeInteger(value)).toBe(true)
    expect(value).toBeGreaterThan(0)
  })

  it('have a name each: no table takes the place of a row of another', () => {
    const names = [DOORS, PROOFS, REGISTER, DECISIONS, RECORD, GATEWAY].flatMap((table) => Object.keys(table))
    expect(names.toSorted()).toEqual(Object.keys(LIMITS).toSorted())
  })
})
