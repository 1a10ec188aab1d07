import { describe, expect, it } from 'vitest'
import { LIMITS } from './limits.ts'

describe('the limits', () => {
  it.each(Object.entries(LIMITS))('%s is a whole number above nothing', (_, value) => {
    expect(Number.isSafeInteger(value)).toBe(true)
    expect(value).toBeGreaterThan(0)
  })
})
