import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ALGORITHM_NAMES } from '../ground/jws-names.ts'
import { fitsAlgorithm, importVerifyKey } from './jws-algorithms.ts'

type Jwk = Readonly<Record<string, unknown>>

const exportOf = (key: KeyObject): Jwk => ({ ...key.export({ format: 'jwk' }) })
const rsaOf = (modulusLength: number): Jwk => exportOf(generateKeyPairSync('rsa', { modulusLength }).publicKey)
const ecOf = (namedCurve: string): Jwk => exportOf(generateKeyPairSync('ec', { namedCurve }).publicKey)
const edwards = exportOf(generateKeyPairSync('ed25519').publicKey)

describe('a public key', () => {
  it('of a known type is taken, with its name and algorithm', () => {
    expect(importVerifyKey({ ...ecOf('P-256'), kid: 'a', alg: 'ES256' })).toMatchObject({
      kid: 'a',
      alg: 'ES256',
      kty: 'EC',
      crv: 'P-256',
    })
  })

  const modulus = rsaOf(2048)['n']
  const bad: [string, Jwk][] = [
    ['RSA of 1,024 bits', rsaOf(1024)],
    ['RSA with an exponent of one', { kty: 'RSA', n: modulus, e: 'AQ' }],
    [
      'RSA with an exponent that takes for ever',
      { kty: 'RSA', n: modulus, e: Buffer.alloc(64, 0xff).toString('base64url') },
    ],
    [
      'RSA with a modulus that takes for ever',
      { kty: 'RSA', n: Buffer.alloc(1536, 0xc1).toString('base64url'), e: 'AQAB' },
    ],
    ['RSA without a modulus', { kty: 'RSA', e: 'AQAB' }],
    ['symmetric', { kty: 'oct', k: 'c2VjcmV0' }],
    ['not on its curve', { ...ecOf('P-256'), y: 'A'.repeat(43) }],
    ['of the wrong curve', { ...ecOf('P-384'), crv: 'P-256' }],
    ['an Edwards key that is too short', { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }],
    ['in numbers', { kty: 'EC', crv: 'P-256', x: 1, y: 2 }],
    ['named like a member of every object', { kty: 'constructor' }],
    ['nothing', {}],
  ]
  it.each(bad)('that is %s is not taken', (_, jwk) => {
    expect(importVerifyKey(jwk)).toBeUndefined()
  })

  const fits: [string, Jwk, readonly string[]][] = [
    ['P-256', ecOf('P-256'), ['ES256']],
    ['P-384', ecOf('P-384'), ['ES384']],
    ['P-521', ecOf('P-521'), ['ES512']],
    ['secp256k1', ecOf('secp256k1'), []],
    ['RSA', rsaOf(2048), ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
    ['RSA for one algorithm', { ...rsaOf(2048), alg: 'PS256' }, ['PS256']],
    ['RSA for an unknown algorithm', { ...rsaOf(2048), alg: 'RSA-OAEP' }, []],
    ['Ed25519', edwards, ['EdDSA', 'Ed25519']],
    ['Ed25519 under its older name', { ...edwards, alg: 'EdDSA' }, ['EdDSA', 'Ed25519']],
    ['Ed448', exportOf(generateKeyPairSync('ed448').publicKey), []],
  ]
  it.each(fits)('%s fits its own algorithms and no other', (_, jwk, names) => {
    const key = importVerifyKey(jwk)
    expect(ALGORITHM_NAMES.filter((name) => key !== undefined && fitsAlgorithm(key, name))).toEqual(names)
  })
})
