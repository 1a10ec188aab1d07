import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFact, putProof, testIds } from '../../test/record/open-test-log.ts'
import type { Change, Fact } from '../contract/change.ts'
import { toUtf8 } from '../contract/log/bytes.ts'
import { hashLeaf } from '../contract/log/merkle.ts'
import type { JsonObject } from '../contract/log-entry.ts'
import { digestRow, sha256 } from '../ground/digest.ts'
import { parseEntry, sealFact } from './entry.ts'
import type { SealedFact } from './store.ts'

const runs = { numRuns: 10_000 }
const value = fc.jsonValue({ maxDepth: 4, noUnicodeString: false })
const members = fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 6 }), value, { maxKeys: 5 })

function withData(data: unknown): Fact {
  const fact = createFact('x', [putProof('p')])
  return { ...fact, entry: { ...fact.entry, data: data as JsonObject } }
}

const seal = (fact: Fact, atMs = 1, ids: Parameters<typeof sealFact>[3] = testIds): SealedFact =>
  sealFact(fact, 'org', { atMs, clockMs: null }, ids)
const sameSalt = { secret: () => 'salt' }

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
        const { bytes, leaf, changes } = seal(withData(data), atMs)
        const { salt = '', body = '' } = changes[0]?.row ?? {}
        expect(parseEntry(bytes)).toEqual({
          v: 1,
          org: 'org',
          atMs,
          ...withData(JSON.parse(JSON.stringify(data))).entry,
          touched: [`seen_proofs/p@1#${digestRow(salt, body)}`],
        })
        expect(leaf).toEqual(hashLeaf(sha256, bytes))
      }),
      runs,
    )
  })

  it('the order in which members were put does not change the bytes', () => {
    fc.assert(
      fc.property(members, (data) => {
        const [one, other] = [data, turnAround(data)].map((each) => seal(withData(each), 1, sameSalt).bytes)
        expect(one).toEqual(other)
      }),
      runs,
    )
  })

  it('a row is kept in one form, and neither it nor its salt can be found in the entry', () => {
    const person = { id: 'psn_1', name: 'Ann Ohm', email: 'ann@acme.test', roles: [], state: 'active', createdMs: 7 }
    const [first, second] = [person, turnAround(person)].map((row) =>
      seal(
        createFact('x', [{ op: 'insert', table: 'persons', row: { ...(row as typeof person), version: 9 } } as never]),
      ),
    )
    const [one, other] = [first?.changes[0]?.row, second?.changes[0]?.row]
    expect(one?.body).toBe(
      '{"createdMs":7,"email":"ann@acme.test","id":"psn_1","name":"Ann Ohm","roles":[],"state":"active"}',
    )
    expect(other?.body).toBe(one?.body)
    expect(Buffer.from(one?.salt ?? '', 'base64url')).toHaveLength(16)
    expect(other?.salt).not.toBe(one?.salt)
    const text = Buffer.from(first?.bytes ?? []).toString()
    expect(text).toContain(`persons/psn_1@1#${digestRow(one?.salt ?? '', one?.body ?? '')}"`)
    for (const hidden of ['Ann', 'acme.test', one?.salt]) expect(text).not.toContain(hidden)
  })

  it.each([
    [
      'counters are named without a digest',
      { op: 'meter', table: 'task_usage', key: 't', add: {}, raise: {}, atMost: {} },
      ['task_usage/t'],
    ],
    ['a guard touches nothing', { op: 'require', table: 'tasks', key: 't', version: 1 }, []],
  ])('%s, and has no row to keep', (_, change, touched) => {
    const { bytes, changes } = seal(createFact('x', [change as Change]))
    expect(parseEntry(bytes)).toMatchObject({ touched })
    expect(changes).toEqual([{ change, row: null }])
  })

  it('members that no entry has are left out', () => {
    const fact = createFact('x')
    const { bytes } = seal({ ...fact, entry: { ...fact.entry, note: 'slipped in' } as Fact['entry'] })
    expect(parseEntry(bytes)).not.toHaveProperty('note')
  })

  const text = Buffer.from(seal(createFact('x')).bytes).toString()
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
