import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countWhile } from './count-while.ts'

describe('how many of a list a test holds of', () => {
  it('is what going through it gives, wherever it ends', () => {
    const property = fc.property(fc.nat(40), fc.nat(40), (held, others) => {
      const items = Array.from({ length: held + others }, (_, at) => at)
      expect(countWhile(items, (item) => item < held)).toBe(held)
    })
    fc.assert(property, { numRuns: 300 })
  })

  it('is found by looking at few', () => {
    let looks = 0
    const items = Array.from({ length: 1_000_000 }, (_, at) => at)
    const isBefore = (item: number): boolean => {
      looks += 1
      return item < 765_432
    }
    expect(countWhile(items, isBefore)).toBe(765_432)
    expect(looks).toBeLessThanOrEqual(20)
  })
})
