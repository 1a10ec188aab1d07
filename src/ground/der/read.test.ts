import { describe, expect, it } from 'vitest'
import { isError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import {
  expectTag,
  readBits,
  readDer,
  readManyDer,
  readOid,
  readSmallInteger,
  readTime,
  readTruth,
  TAGS,
} from './read.ts'
import { bits, integer, octets, oid, sequence, truth, utcTime } from './write.ts'

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex')

function codeOf(run: () => unknown): string {
  try {
    run()
    return 'read'
  } catch (error) {
    return isError(error, 'certificate_invalid') ? 'certificate_invalid' : String(error)
  }
}

describe('DER', () => {
  it('is read back as it was written', () => {
    const node = readDer(
      sequence(oid('2.16.840.1.113730'), integer(Uint8Array.of(200)), truth(), octets(Buffer.alloc(300))),
    )
    const [id, number, yes, long] = expectTag(node, TAGS.sequence).children()
    expect(readOid(id)).toBe('2.16.840.1.113730')
    expect(readSmallInteger(number)).toBe(200)
    expect(readTruth(yes)).toBe(true)
    expect(long?.bytes).toHaveLength(300)
    expect(long?.whole).toHaveLength(304)
  })

  it.each([
    ['an empty text', ''],
    ['a tag alone', '30'],
    ['a value that is cut short', '30 03 01 01'],
    ['something behind the value', '30 00 00'],
    ['an indefinite length', '30 80 00 00'],
    ['a length in more bytes than it needs', '04 81 01 00'],
    ['a length with a leading zero', `04 82 00 80 ${'00'.repeat(128)}`],
    ['a length of four bytes', '04 84 00 00 00 01 00'],
    ['a length that says more than there is', '04 83 ff ff ff 00'],
    ['a tag of several bytes', '1f 81 00 00'],
  ])('is refused with %s', (_, hex) => {
    expect(codeOf(() => readDer(bytes(hex)))).toBe('certificate_invalid')
  })

  it('is refused where it is nested too deeply, and where a plain value is opened', () => {
    let nested: Uint8Array = sequence()
    for (let depth = 0; depth <= LIMITS.derDepthMax; depth += 1) nested = sequence(nested)
    const open = (node: ReturnType<typeof readDer>): void => node.children().forEach(open)
    expect(codeOf(() => open(readDer(nested)))).toBe('certificate_invalid')
    expect(codeOf(() => readDer(truth()).children())).toBe('certificate_invalid')
  })

  it('of several values is read one after the other', () => {
    expect(readManyDer(Buffer.concat([sequence(truth()), sequence()])).map(({ whole }) => whole.length)).toEqual([5, 2])
    expect(codeOf(() => readManyDer(bytes('30 00 30')))).toBe('certificate_invalid')
  })
})

describe('a value of DER', () => {
  it.each([
    ['a truth value that is neither', () => readTruth(readDer(bytes('01 01 01')))],
    ['a truth value of two bytes', () => readTruth(readDer(bytes('01 02 ff ff')))],
    ['a negative number', () => readSmallInteger(readDer(bytes('02 01 80')))],
    ['a number with a zero too many', () => readSmallInteger(readDer(bytes('02 02 00 7f')))],
    ['a number of five bytes', () => readSmallInteger(readDer(bytes('02 05 01 00 00 00 00')))],
    ['an empty number', () => readSmallInteger(readDer(bytes('02 00')))],
    ['an empty identifier', () => readOid(readDer(bytes('06 00')))],
    ['an identifier that does not end', () => readOid(readDer(bytes('06 02 2a 86')))],
    ['an identifier with a leading zero', () => readOid(readDer(bytes('06 03 2a 80 01')))],
    ['an identifier without end in sight', () => readOid(readDer(octets(Buffer.alloc(200))))],
    ['bits that are not there', () => readBits(readDer(bytes('03 01 01')))],
    ['a bit set beyond the end', () => readBits(readDer(bytes('03 02 07 01')))],
    ['nine unused bits', () => readBits(readDer(bytes('03 02 09 00')))],
    [
      'a date in local time',
      () => readTime(readDer(Buffer.concat([bytes('17 11'), Buffer.from('260101000000+0100')]))),
    ],
    ['the 30th of February', () => readTime(readDer(utcTime('2026-02-30T00:00:00Z')))],
    ['another kind of value', () => readTime(readDer(truth()))],
    ['nothing at all', () => readOid(undefined)],
  ])('is refused where it is %s', (_, read) => {
    expect(codeOf(read)).toBe('certificate_invalid')
  })

  it('is a date of two centuries by its two digits, or of any by four', () => {
    const full = (text: string): Uint8Array => Buffer.concat([bytes('18 0f'), Buffer.from(text)])
    expect(new Date(readTime(readDer(utcTime('2049-12-31T23:59:59Z')))).toISOString()).toBe('2049-12-31T23:59:59.000Z')
    expect(new Date(readTime(readDer(utcTime('1950-01-01T00:00:00Z')))).toISOString()).toBe('1950-01-01T00:00:00.000Z')
    expect(new Date(readTime(readDer(full('99991231235959Z')))).toISOString()).toBe('9999-12-31T23:59:59.000Z')
  })

  it('is a list of bits by their numbers', () => {
    expect([...readBits(readDer(bits(Uint8Array.of(0b1000_0110), 1)))]).toEqual([0, 5, 6])
  })
})
