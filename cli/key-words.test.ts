import { describe, expect, it } from 'vitest'
import { importProofKey } from '../sdk/dpop.ts'
import { createAssertionKeys } from '../sdk/key-assertion.ts'
import { sayKey } from './key-words.ts'

describe('a public key', () => {
  it('is said by the thumbprint that remit key make shows', async () => {
    const { privateJwk, publicJwk } = await createAssertionKeys()
    const { thumbprint } = await importProofKey(privateJwk)
    expect(sayKey({ ...publicJwk, alg: 'ES256' })).toContain(`thumbprint=${thumbprint} `)
    expect(sayKey({ ...publicJwk, alg: 'ES256' })).toMatch(/ alg=ES256\b/)
    expect(sayKey(publicJwk)).not.toContain(publicJwk.x)
  })

  it('has the thumbprint of RFC 7638 section 3.1 and RFC 8037 appendix A.3', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
    expect(sayKey({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256' })).toBe(
      'thumbprint=NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs alg=RS256',
    )
    const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'
    expect(sayKey({ kty: 'OKP', crv: 'Ed25519', x })).toBe(
      'thumbprint=kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k crv=Ed25519',
    )
  })

  it('is said by all of its members where it has another form, and not at all where it is none', () => {
    expect(sayKey({ kty: 'EC', crv: 'P-256', x: 'a' })).toBe('kty=EC crv=P-256 x=a')
    expect(sayKey({ kty: 'toString', x: 'a' })).toBe('kty=toString x=a')
    for (const json of [null, 'a', [], { kty: 'EC', x: 1 }]) expect(sayKey(json)).toBeNull()
  })
})
