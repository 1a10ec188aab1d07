import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDeeperThan } from './json-depth.ts'

function depthOf(value: unknown): number {
  return typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0
}

describe('the depth of a JSON text', () => {
  it('is that of its value, whatever stands in its strings', () => {
    const key = fc.string({ unit: fc.constantFrom('{', '[', '}', ']', '"', '\\', 'x') })
    fc.assert(
      fc.property(fc.jsonValue(), key, fc.nat(6), (value, name, levels) => {
        const nested = { [name]: [value, name] }
        expect(isDeeperThan(JSON.stringify(nested), levels)).toBe(depthOf(nested) > levels)
      }),
      { numRuns: 10_000 },
    )
  })

  // a reader that goes back at each of these would not come to an end
  it.each([
    ['strings that do not end', '\\"'],
    ['quotes', '"'],
    ['backslashes', '\\'],
    ['objects that do not begin', '}'],
  ])('is found in one pass over ten million characters of %s', (_, piece) => {
    expect(isDeeperThan(`{"a":"${piece.repeat(10_000_000 / piece.length)}`, 32)).toBe(false)
  })
})
