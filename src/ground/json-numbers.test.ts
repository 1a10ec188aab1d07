import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findUnclearNumber } from './json-numbers.ts'

describe('a number in JSON', () => {
  it.each([
    '9007199254740993',
    '-9007199254740993',
    '9007199254740993.0',
    '9007199254740993e0',
    '900719925474099.30e1',
  ])('that another reader takes for another one is found: %s', (written) => {
    expect(findUnclearNumber(`{"a":["1234567890123456789",${written}]}`)).toBe(written)
  })

  it.each([
    '9007199254740991',
    '9007199254740992',
    '1152921504606846976',
    '1152921504606847000',
    '1e300',
    '0.30000000000000004',
  ])('that everybody reads alike is not: %s', (written) => {
    expect(findUnclearNumber(`[${written}]`)).toBeNull()
  })

  it('that stands in a text is none', () => {
    expect(findUnclearNumber('{"9007199254740993":"9007199254740993 \\" 9007199254740993"}')).toBeNull()
  })

  it('of very many digits is found without counting them', () => {
    expect(findUnclearNumber(`[1${'0'.repeat(300)}.${'1'.repeat(1_000_000)}]`)).not.toBeNull()
  })

  it('that was a double is clear', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (value) => findUnclearNumber(JSON.stringify([value])) === null,
      ),
    )
  })
})
