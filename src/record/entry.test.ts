import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFact, putProof } from '../../test/record/open-test-log.ts'
import { toUtf8 } from '../contract/bytes.ts'
import type { Fact } from '../contract/change.ts'
import type { JsonObject } from '../contract/log-entry.ts'
import { hashLeaf } from '../contract/merkle.ts'
import { sha256 } from '../ground/digest.ts'
import { parseEntry, sealEntry } from './entry.ts'

const runs = { numRuns: 10_000 }
const value = fc.jsonValue({ maxDepth: 4, noUnicodeString: false })
const members = fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 6 }), value, { maxKeys: 5 })

function withData(data: unknown): Fact {
  const fact = createFact('x', [putProof('p')])
  return { ...fact, entry: { ...fact.entry, data: data as JsonObject } }
}

/** The same value, with the members of every object in the opposite order. */
function turnAround(whole: unknown): unknown {
  if (Array.isArray(whole)) return whole.map(turnAround)
  if (typeof whole !== 'object' || whole === null) return whole
  return Object.fromEntries(
    Object.entries(whole)
      .toReversed()
      .map(([name, member]) => [name, turnAround(member)]),
  )
}

describe('sealed entries', () => {
  it('an entry is read back as it was sealed, whatever JSON it holds', () => {
    fc.assert(
      fc.property(members, fc.nat(), (data, atMs) => {
        const { bytes, leaf } = sealEntry(withData(data), 'org', atMs)
        expect(parseEntry(bytes)).toEqual({
          v: 1,
          org: 'org',
          atMs,
          ...withData(JSON.parse(JSON.stringify(data))).entry,
          touched: ['seen_proofs/p@1'],
        })
        expect(leaf).toEqual(hashLeaf(sha256, bytes))
      }),
      runs,
    )
  })

  it('the order in which members were put does not change the bytes', () => {
    fc.assert(
      fc.property(members, (data) => {
        const [one, other] = [data, turnAround(data)].map((each) => sealEntry(withData(each), 'org', 1).bytes)
        expect(one).toEqual(other)
      }),
      runs,
    )
  })

  it('members that no entry has are left out', () => {
    const fact = createFact('x')
    const { bytes } = sealEntry({ ...fact, entry: { ...fact.entry, note: 'slipped in' } as Fact['entry'] }, 'org', 1)
    expect(parseEntry(bytes)).not.toHaveProperty('note')
  })

  const text = Buffer.from(sealEntry(createFact('x'), 'org', 1).bytes).toString()
  const bad: [string, Uint8Array][] = [
    ['nothing', new Uint8Array()],
    ['bytes that are not UTF-8', Uint8Array.of(0xff)],
    ['what is not JSON', toUtf8(text.slice(1))],
    ['a list', toUtf8(`[${text}]`)],
    ['white space', toUtf8(text.replace(',', ', '))],
    ['members in another order', toUtf8(`{"v":1,${text.slice(1, -7)}}`)],
    ['a member twice', toUtf8(text.replace('"atMs":1', '"atMs":1,"atMs":1'))],
    ['a number written otherwise', toUtf8(text.replace('"atMs":1', '"atMs":1.0'))],
    ['an escape that is not needed', toUtf8(text.replace('org', '\\u006frg'))],
    ['another version', toUtf8(text.replace('"v":1', '"v":2'))],
    ['no time', toUtf8(text.replace('"atMs":1,', ''))],
    ['rows that are not texts', toUtf8(text.replace('"touched":[]', '"touched":[1]'))],
    ['a byte order mark', toUtf8(`\ufeff${text}`)],
  ]
  it.each(bad)('%s is no entry', (_, bytes) => {
    expect(typeof parseEntry(toUtf8(text))).toBe('object')
    expect(typeof parseEntry(bytes)).toBe('string')
  })
})
