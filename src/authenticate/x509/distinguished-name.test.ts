import { describe, expect, it } from 'vitest'
import { type Der, oid, sequence, set, text } from '../../ground/der/write.ts'
import { isError } from '../../ground/errors.ts'
import { readCommonName, writeDistinguishedName } from './distinguished-name.ts'

const part = (attribute: string, value: Der): Der => sequence(oid(attribute), value)
const [cn, o, ou, dc, email] = ['2.5.4.3', '2.5.4.10', '2.5.4.11', '0.9.2342.19200300.100.1.25', '1.2.840.113549.1.9.1']
const name = (...steps: readonly (readonly Der[])[]): Der => sequence(...steps.map((step) => set(...step)))
const printable = (value: string): Der => Buffer.from([0x13, value.length, ...Buffer.from(value, 'ascii')])

describe('a distinguished name', () => {
  it.each([
    [
      'the innermost step first',
      name([part(o, text('Example'))], [part(cn, printable('agent'))]),
      'CN=agent,O=Example',
    ],
    [
      'a step of two parts',
      name([part(dc, text('net'))], [part(ou, text('Sales')), part(cn, text('J. Smith'))]),
      'OU=Sales+CN=J. Smith,DC=net',
    ],
    ['what parts it, in a value', name([part(cn, text('James "Jim" Smith, III'))]), 'CN=James \\"Jim\\" Smith\\, III'],
    ['spaces at both ends', name([part(cn, text(' a '))]), 'CN=\\ a\\ '],
    ['what begins as bytes do', name([part(cn, text('#1'))]), 'CN=\\#1'],
    ['what cannot be seen', name([part(cn, text('Before\rAfter\u200b'))]), 'CN=Before\\0DAfter\\E2\\80\\8B'],
    ['letters of all alphabets', name([part(cn, text('Lučić'))]), 'CN=Lučić'],
    ['an attribute without a short name', name([part(email, text('a'))]), '1.2.840.113549.1.9.1=#0c0161'],
    ['a value that is no text', name([part(cn, Buffer.of(4, 1, 7))]), 'CN=#040107'],
    ['nothing', name(), ''],
  ])('is written as RFC 4514 has it: %s', (_, der, written) => {
    expect(writeDistinguishedName(der)).toBe(written)
  })

  it('cannot be told from another one by a value that looks like a step', () => {
    const one = name([part(o, text('Example'))], [part(cn, text('agent'))])
    const other = name([part(cn, text('agent,O=Example'))])
    expect(writeDistinguishedName(one)).not.toBe(writeDistinguishedName(other))
  })

  it('is refused where it is none', () => {
    for (const bad of [Buffer.of(4, 1, 7), sequence(sequence()), sequence(set(oid(cn)))])
      expect(() => writeDistinguishedName(bad)).toThrow(
        expect.toSatisfy((error) => isError(error, 'certificate_invalid')),
      )
  })

  it('is a common name where it is nothing else', () => {
    expect(readCommonName(name([part(cn, text('crd_1'))]))).toBe('crd_1')
    expect(readCommonName(name([part(o, text('x'))], [part(cn, text('crd_1'))]))).toBeUndefined()
    expect(readCommonName(name([part(o, text('crd_1'))]))).toBeUndefined()
    expect(readCommonName(name())).toBeUndefined()
  })
})
