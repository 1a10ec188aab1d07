import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../../test/arbitraries.ts'
import { concatBytes, equalBytes, fromBase64, fromUtf8, toBase64, toHex, toUtf8 } from './bytes.ts'

describe('bytes', () => {
  it('base64 is read back as it was written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(fromBase64(toBase64(bytes))).toEqual(bytes)
      }),
      RUNS,
    )
  })

  it('every text that is read as base64 is the only one for its bytes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9+/=_ -]{0,12}$/), (text) => {
        const bytes = fromBase64(text)
        return bytes === null || toBase64(bytes) === text
      }),
      RUNS,
    )
  })

  it.each(['A', 'AA', 'AAA', 'AA=', 'AAA==', 'AB==', 'AAB=', 'A===', '====', 'AA AA===', 'AAAA\n', '-_-_', 'AAAA='])(
    '%j is no base64',
    (text) => {
      expect(fromBase64(text)).toBeNull()
    },
  )

  it('well-formed text is read back as it was written, a byte order mark too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(fromUtf8(toUtf8(`\ufeff${text}`))).toBe(`\ufeff${text}`)
      }),
      RUNS,
    )
  })

  it.each([
    ['a lone continuation', [0x80]],
    ['half a character', [0xe2, 0x80]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
  ])('%s is no UTF-8', (_, bytes) => {
    expect(fromUtf8(Uint8Array.from(bytes))).toBeNull()
  })

  it('bytes are equal only to the same bytes in the same number', () => {
    const bytes = Uint8Array.of(1, 2, 3)
    expect(equalBytes(bytes, concatBytes(bytes.slice(0, 1), bytes.slice(1)))).toBe(true)
    expect(equalBytes(bytes, bytes.slice(0, 2))).toBe(false)
    expect(equalBytes(bytes, Uint8Array.of(1, 2, 4))).toBe(false)
    expect(toHex(Uint8Array.of(0, 10, 255))).toBe('000aff')
  })
})
