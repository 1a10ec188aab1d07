import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  type CertificateParts,
  extension,
  type MadeCertificate,
  makeAuthority,
  pssOf,
} from '../../../test/issuer/certificates.ts'
import { bits, octets, oid, sequence, truth } from '../../ground/der/write.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { readCertificate } from './certificate.ts'
import { hasPath, readChain, requireTimely } from './chain.ts'
import { readSvid } from './svid.ts'

const NOW_MS = 1_790_000_000_000
const at = { nowMs: NOW_MS }
const WORKLOAD = 'spiffe://example.org/agent'
const root = makeAuthority({ ...at, uris: ['spiffe://example.org'] })
const leaf = (parts: CertificateParts = {}, by: MadeCertificate = root): MadeCertificate =>
  by.issue({ ...at, commonName: null, uris: [WORKLOAD], ...parts })

/** What becomes of an SVID that is shown with these others, before these authorities. */
function judge(shown: readonly MadeCertificate[], authorities: readonly MadeCertificate[] = [root]): string {
  try {
    const chain = readChain(shown.map(({ der }) => der))
    const name = readSvid(chain[0])
    requireTimely(chain[0], NOW_MS)
    const counted = authorities.map(({ der }) => readCertificate(der))
    if (!hasPath(chain, counted, NOW_MS)) return 'certificate_invalid: no path'
    return name.spiffeId
  } catch (error) {
    return error instanceof RemitError ? `${error.code}: ${error.detail}` : String(error)
  }
}

const refused = expect.stringMatching(/^(certificate_invalid|spiffe_id_invalid): /)

describe('an X.509-SVID', () => {
  it('is its workload by its authority, directly and over others in any order', () => {
    const second = root.issue({ ...at, commonName: 'second', isAuthority: true })
    const third = second.issue({ ...at, commonName: 'third', isAuthority: true })
    expect(judge([leaf()])).toBe(WORKLOAD)
    expect(judge([leaf({}, third), third, second])).toBe(WORKLOAD)
    expect(judge([leaf({}, third), second, third])).toBe(WORKLOAD)
    // an authority that counts need not have signed itself
    expect(judge([leaf({}, third), third], [second])).toBe(WORKLOAD)
  })

  it.each<[string, CertificateParts]>([
    ['two URIs', { uris: [WORKLOAD, 'spiffe://example.org/other'] }],
    ['a SPIFFE ID and another URI', { uris: [WORKLOAD, 'https://example.org/agent'] }],
    ['no URI', { uris: [], dns: ['agent.example.org'] }],
    ['a URI that is no SPIFFE ID', { uris: ['https://example.org/agent'] }],
    ['the trust domain alone', { uris: ['spiffe://example.org'] }],
    ['a path that ends in a slash', { uris: ['spiffe://example.org/agent/'] }],
    ['a path that climbs', { uris: ['spiffe://example.org/a/../agent'] }],
    ['a scheme in capitals', { uris: ['SPIFFE://example.org/agent'] }],
    ['an escape in its path', { uris: ['spiffe://example.org/%61gent'] }],
    ['a zero in its name', { uris: ['spiffe://example.org/agent\0/other'] }],
    ['the mark of an authority', { isAuthority: true, keyUses: [0] }],
    ['a key that may sign certificates', { keyUses: [0, 5] }],
    ['a key that may sign lists of revoked ones', { keyUses: [0, 6] }],
    ['a key that may not sign', { keyUses: [2] }],
    ['no key usage', { keyUses: null }],
    ['a key usage that is not critical', { isKeyUseCritical: false }],
    ['the purpose of a server alone', { purposes: ['1.3.6.1.5.5.7.3.1'] }],
    ['an end that is over', { fromMs: NOW_MS - 7_200_000, untilMs: NOW_MS - 1_000 }],
    ['a begin that is to come', { fromMs: NOW_MS + 1_000 }],
    [
      'a critical extension that nobody knows',
      { extensions: [extension('1.3.6.1.4.1.99999.1', true, octets(Buffer.of(1)))] },
    ],
    ['name constraints', { extensions: [extension('2.5.29.30', false, sequence())] }],
    ['the same extension twice', { extensions: [extension('2.5.29.15', true, bits(Uint8Array.of(0x80), 7))] }],
    ['the version of one without extensions', { version: 0 }],
    [
      'more names than are looked at',
      { dns: Array.from({ length: LIMITS.subjectNamesMax }, (_, at) => `n${at}.test`) },
    ],
  ])('is refused with %s', (_, parts) => {
    expect(judge([leaf(parts)])).toEqual(refused)
  })

  it('takes extensions that are not critical, and purposes beside those of TLS', () => {
    const extensions = [extension('1.3.6.1.4.1.99999.1', false, octets(Buffer.of(1)))]
    expect(
      judge([leaf({ extensions, purposes: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.9'] })]),
    ).toBe(WORKLOAD)
    expect(judge([leaf({ purposes: null })])).toBe(WORKLOAD)
    expect(judge([leaf({ dns: ['agent.example.org'] })])).toBe(WORKLOAD)
  })

  it('of another authority is nobody, though its names are the same letter for letter', () => {
    const twin = makeAuthority({ ...at, uris: ['spiffe://example.org'] })
    expect(judge([leaf({}, twin)])).toEqual(refused)
    expect(judge([leaf({}, twin), twin])).toEqual(refused)
    expect(judge([leaf()], [])).toEqual(refused)
  })

  it('signed by a leaf is nobody', () => {
    const signer = leaf({ commonName: 'signer' })
    expect(judge([leaf({}, signer), signer])).toEqual(refused)
  })

  it.each<[string, CertificateParts]>([
    ['has no mark of one', { isAuthority: false }],
    ['may not sign certificates', { keyUses: [6] }],
    ['has ended', { fromMs: NOW_MS - 7_200_000, untilMs: NOW_MS - 1 }],
  ])('over an authority that %s is nobody', (_, parts) => {
    const second = root.issue({ ...at, commonName: 'second', isAuthority: true, ...parts })
    expect(judge([leaf({}, second), second])).toEqual(refused)
    const own = makeAuthority({ ...at, ...parts })
    expect(judge([leaf({}, own)], [own])).toEqual(refused)
  })

  it('takes an authority that does not say what its key is for where it counts itself, as openssl makes them', () => {
    const own = makeAuthority({ ...at, keyUses: null })
    expect(judge([leaf({}, own)], [own])).toBe(WORKLOAD)
    const second = root.issue({ ...at, commonName: 'second', isAuthority: true, keyUses: null })
    expect(judge([leaf({}, second), second])).toEqual(refused)
  })

  it('keeps the bound that an authority sets on its path', () => {
    const tight = makeAuthority({ ...at, commonName: 'tight', pathLength: 0 })
    const second = tight.issue({ ...at, commonName: 'second', isAuthority: true })
    expect(judge([leaf({}, tight)], [tight])).toBe(WORKLOAD)
    expect(judge([leaf({}, second), second], [tight])).toEqual(refused)
  })

  it('is refused in a chain that is too long, and one that is too large', () => {
    const others = Array.from({ length: LIMITS.chainCertificatesMax }, (_, n) =>
      root.issue({ ...at, commonName: `n${n}`, isAuthority: true }),
    )
    expect(judge([leaf(), ...others])).toEqual(refused)
    expect(judge([leaf(), ...others.slice(1)])).toBe(WORKLOAD)
    const large = extension('1.3.6.1.4.1.99999.1', false, octets(Buffer.alloc(LIMITS.certificateBytesMax)))
    expect(judge([leaf({ extensions: [large] })])).toEqual(refused)
  })

  it('ends the search where many authorities bear the name of its issuer', () => {
    const twins = Array.from({ length: LIMITS.pathTriesMax + 1 }, () => makeAuthority({ ...at }))
    expect(judge([leaf()], [...twins, root])).toEqual(refused)
    expect(judge([leaf()], [...twins.slice(0, 10), root])).toBe(WORKLOAD)
  })

  it('does not go round in circles', () => {
    const one = makeAuthority({ ...at, commonName: 'one' })
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const two = one.issue({ ...at, commonName: 'two', isAuthority: true, pair })
    const back = two.issue({ ...at, commonName: 'one', isAuthority: true })
    expect(judge([leaf({}, two), two, back, one])).toEqual(refused)
  })
})

describe('the bytes of a certificate', () => {
  it('with one bit changed in what is signed verify under no authority', () => {
    const { der } = leaf()
    const changed = Buffer.from(der)
    const index = changed.indexOf('agent')
    changed[index] = 0x62
    expect(judge([{ ...leaf(), der: changed }])).toEqual(refused)
  })

  it.each([
    ['are none', Buffer.alloc(0)],
    ['are no DER', Buffer.from('certificate')],
    ['are DER of something else', sequence(truth())],
    ['have something behind them', Buffer.concat([leaf().der, Buffer.of(0)])],
  ])('are refused where they %s', (_, der) => {
    expect(judge([{ ...leaf(), der }])).toEqual(refused)
  })

  it('are refused cut short at any place, and never as anything but a bad certificate', () => {
    const { der } = leaf()
    const outcomes = Array.from({ length: der.length }, (_, end) => judge([{ ...leaf(), der: der.subarray(0, end) }]))
    expect(outcomes.filter((outcome) => !outcome.startsWith('certificate_invalid: '))).toEqual([])
  })

  it('are refused with any one bit of them changed', () => {
    const { der } = leaf()
    const flipped = Array.from(der, (byte, at) => {
      const changed = Buffer.from(der)
      changed[at] = byte ^ (1 << (at % 8))
      return judge([{ ...leaf(), der: changed }])
    })
    expect(flipped.length).toBeGreaterThan(300)
    expect(flipped.filter((outcome) => !/^(certificate|spiffe_id)_invalid: /.test(outcome))).toEqual([])
  })

  it('are refused where they name another algorithm outside than inside', () => {
    const der = Buffer.from(leaf().der)
    const from = oid('1.2.840.10045.4.3.2')
    oid('1.2.840.10045.4.3.3').copy(der, der.lastIndexOf(from))
    expect(judge([{ ...leaf(), der }])).toEqual(refused)
  })

  it.each([
    ['counts over SHA-256', pssOf('sha256', '2.16.840.1.101.3.4.2.1', 32), WORKLOAD],
    ['is refused over SHA-1', pssOf('sha1', '1.3.14.3.2.26', 20), refused],
    ['is refused where it does not say over what, which is SHA-1', pssOf('sha1', null, 20), refused],
  ])('are taken by what RSASSA-PSS says of itself: it %s', (_, signature, expected) => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const by = makeAuthority({ ...at, pair, signature: pssOf('sha256', '2.16.840.1.101.3.4.2.1', 32) })
    expect(judge([leaf({ signature }, by)], [by])).toEqual(expected)
  })

  it('are refused with a key that is too small, or on a curve of its own', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const odd = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    expect(judge([leaf({ pair: rsa })])).toEqual(refused)
    expect(judge([leaf({ pair: odd })])).toEqual(refused)
    expect(judge([leaf({ pair: generateKeyPairSync('rsa', { modulusLength: 2048 }) })])).toBe(WORKLOAD)
    expect(judge([leaf({ pair: generateKeyPairSync('ed25519') })])).toBe(WORKLOAD)
  })

  // one look at a signature of such a key costs as much as thousands by others, and anybody may bring a chain of them
  it('are refused with an RSA key whose exponent is as long as its modulus, as a leaf and above one', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const { n = '' } = publicKey.export({ format: 'jwk' })
    const exponent = Buffer.from(n, 'base64url').fill(0x7f, 0, 1)
    const jwk = { kty: 'RSA', n, e: exponent.toString('base64url') }
    const pair = { publicKey: createPublicKey({ key: jwk, format: 'jwk' }), privateKey }
    expect(judge([leaf({ pair })])).toMatch(/It holds a key of a kind or size that does not count/)
    const slow = root.issue({ ...at, commonName: 'slow', isAuthority: true, pair })
    expect(judge([leaf({}, root), slow])).toMatch(/It holds a key of a kind or size that does not count/)
  })
})
