import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { INSTALL_MS } from '../../../test/debian.ts'
import { LIBRARY, PIN, type SoftHsm, startSoftHsm } from '../../../test/softhsm.ts'
import { type TokenPlace, withTokenKey } from './token-key.ts'

const place: TokenPlace = { library: LIBRARY, tokenLabel: 'remit', keyLabel: 'master' }
const secret = Buffer.from('thirty-two bytes of a master key')
let hsm: SoftHsm

beforeAll(async () => {
  hsm = await startSoftHsm()
  process.env['SOFTHSM2_CONF'] = hsm.environment['SOFTHSM2_CONF']
  for (const label of ['remit', 'twin', 'twin', 'locked', 'last-try', 'other']) hsm.addToken(label)
  hsm.addKey('remit', 'master')
  hsm.addKey('remit', 'another')
  hsm.addKey('remit', 'pair', ['--keypairgen', '--key-type', 'rsa:2048'])
  for (let at = 0; at < 2; at++) hsm.addKey('remit', 'same')
  hsm.addKey('remit', 'clear', ['--keygen', '--key-type', 'AES:32'])
  hsm.addKey('remit', 'short', ['--keygen', '--key-type', 'AES:16', '--sensitive'])
  hsm.addKey('remit', 'loose', ['--keygen', '--key-type', 'AES:32', '--sensitive', '--extractable'])
  hsm.addKey('remit', 'generic', ['--keygen', '--key-type', 'GENERIC:32', '--sensitive'])
  hsm.setFlags('locked', 0x4_0000)
  hsm.setFlags('last-try', 0x2_0000)
}, INSTALL_MS)
afterAll(() => {
  delete process.env['SOFTHSM2_CONF']
  hsm.stop()
})

describe('a key in a hardware security module', () => {
  it('opens what it wrapped, at another time, and never the same text twice', () => {
    const wrap = (): Uint8Array => withTokenKey(place, PIN, (key) => key.encrypt(secret, 'here'))
    const [one, two] = [wrap(), wrap()]
    expect(Buffer.from(one).equals(two)).toBe(false)
    for (const sealed of [one, two])
      expect(Buffer.from(withTokenKey(place, PIN, (key) => key.decrypt(sealed, 'here')))).toEqual(secret)
  })

  it('opens nothing that was changed anywhere, cut short, wrapped by another or for another place', () => {
    const sealed = withTokenKey(place, PIN, (key) => key.encrypt(secret, 'here'))
    const openAs =
      (bytes: Uint8Array, context = 'here', keyLabel = 'master') =>
      () =>
        withTokenKey({ ...place, keyLabel }, PIN, (key) => key.decrypt(bytes, context))
    for (const at of [0, 11, 12, 43, sealed.length - 1]) {
      const changed = Buffer.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(openAs(changed)).toThrow('does not open the wrapped master key')
    }
    expect(openAs(sealed.subarray(0, -1))).toThrow('does not open')
    expect(openAs(sealed.subarray(0, 28))).toThrow('cut short')
    expect(openAs(new Uint8Array())).toThrow('cut short')
    expect(openAs(sealed, 'there')).toThrow('does not open')
    expect(openAs(sealed, 'here', 'another')).toThrow('does not open')
  })

  it.each<[string, Partial<TokenPlace>, string, RegExp]>([
    [
      'a wrong PIN',
      {},
      '0000',
      /The PIN in masterKey.pkcs11.pinFile is not that of the token remit. It was tried once/,
    ],
    ['an empty PIN', {}, '', /PIN|C_Login/],
    ['a token that is not there', { tokenLabel: 'lost' }, PIN, /no token lost .*there is .*remit/],
    ['two tokens of one name', { tokenLabel: 'twin' }, PIN, /several tokens/],
    ['a token that is locked', { tokenLabel: 'locked' }, PIN, /token locked is locked/],
    ['a token that the next wrong PIN locks', { tokenLabel: 'last-try' }, PIN, /nothing was tried/],
    ['a key that is not there', { keyLabel: 'lost' }, PIN, /no secret key lost/],
    ['a key of another token', { tokenLabel: 'other' }, PIN, /no secret key master/],
    ['a key pair', { keyLabel: 'pair' }, PIN, /no secret key pair/],
    ['a key of 128 bits', { keyLabel: 'short' }, PIN, /no AES key of 256 bits/],
    ['a key that can be taken out', { keyLabel: 'loose' }, PIN, /can be taken out of its token/],
    ['a key that can be read', { keyLabel: 'clear' }, PIN, /can be taken out of its token/],
    ['a key that is not for AES', { keyLabel: 'generic' }, PIN, /refused C_EncryptInit/],
    ['two keys of one name', { keyLabel: 'same' }, PIN, /several secret keys/],
    [
      'a library that is not there',
      { library: '/usr/lib/none.so' },
      PIN,
      /none.so is missing, or is no PKCS#11 library/,
    ],
    ['a library of something else', { library: '/usr/lib/x86_64-linux-gnu/libm.so.6' }, PIN, /is no PKCS#11 library/],
    ['what is no library', { library: '/etc/passwd' }, PIN, /is no PKCS#11 library/],
  ])('refuses %s with a sentence, and leaves nothing open', (_, other, pin, why) => {
    const seen = { message: '' }
    try {
      withTokenKey({ ...place, ...other }, pin, (key) => key.encrypt(secret, 'here'))
    } catch (error) {
      seen.message = String((error as Error & { detail?: string }).detail)
    }
    expect(seen.message).toMatch(why)
    if (pin !== '') expect(seen.message).not.toContain(pin)
    expect(withTokenKey(place, PIN, (key) => key.encrypt(secret, 'here'))).toHaveLength(60)
  })

  it('is left in order where what is done with it fails', () => {
    expect(() => withTokenKey(place, PIN, () => expect.unreachable('on purpose'))).toThrow('on purpose')
    expect(withTokenKey(place, PIN, () => 'again')).toBe('again')
  })
})
