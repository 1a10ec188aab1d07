import { describe, expect, it } from 'vitest'
import { bindTo, confirm, isSamePossession, type Possession, possessionOf, tokenTypeOf } from './possession.ts'

const KEY: Possession = { kind: 'jkt', thumbprint: 'one' }
const CERTIFICATE: Possession = { kind: 'x5t#S256', thumbprint: 'one' }

describe('what a token is bound to', () => {
  it.each([
    ['a key', KEY, { keyThumbprint: 'one' }, { cnf: { jkt: 'one' } }, 'DPoP'],
    [
      'a certificate',
      CERTIFICATE,
      { keyThumbprint: null, certificateThumbprint: 'one' },
      { cnf: { 'x5t#S256': 'one' } },
      'Bearer',
    ],
    ['nothing', null, { keyThumbprint: null }, {}, 'Bearer'],
  ] as const)('is kept and told where it is %s', (_, possession, kept, claim, type) => {
    expect(bindTo(possession)).toEqual(kept)
    expect(possessionOf(kept)).toEqual(possession)
    expect(confirm(possession)).toEqual(claim)
    expect(tokenTypeOf(possession)).toBe(type)
  })

  it('is another thing where the kind differs, though the text is the same', () => {
    expect(isSamePossession(KEY, CERTIFICATE)).toBe(false)
    expect(isSamePossession(KEY, { ...KEY, thumbprint: 'two' })).toBe(false)
    expect(isSamePossession(KEY, null)).toBe(false)
    expect(isSamePossession(null, null)).toBe(true)
    expect(isSamePossession(KEY, { ...KEY })).toBe(true)
  })
})
