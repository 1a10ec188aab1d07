import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitsInJson } from './json-size.ts'

describe('whether JSON fits', () => {
  it('is told as writing it would tell, whatever the value is', () => {
    const property = fc.property(fc.jsonValue(), fc.nat(2_000), (value, bytesMax) => {
      expect(fitsInJson(value, bytesMax)).toBe(Buffer.byteLength(JSON.stringify(value)) <= bytesMax)
    })
    fc.assert(property, { numRuns: 5_000 })
  })

  it.each([
    ['control characters, six bytes each', '\u0001'.repeat(100), 602],
    ['characters of three bytes', 'ツ'.repeat(100), 302],
    ['names of members', { ['\u0001'.repeat(100)]: 1 }, 606],
    ['the longest number', -1.7976931348623157e308, 24],
  ])('counts %s', (_, value, bytes) => {
    expect(Buffer.byteLength(JSON.stringify(value))).toBe(bytes)
    expect([fitsInJson(value, bytes), fitsInJson(value, bytes - 1)]).toEqual([true, false])
  })
})
