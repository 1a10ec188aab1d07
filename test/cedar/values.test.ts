import { describe, expect, it } from 'vitest'
import { type Entity, gatherEntities, type TagWatch } from '../../src/decide/cedar/entities.ts'
import { liftLongLiterals } from '../../src/decide/cedar/long-literals.ts'
import { EvaluationFault } from '../../src/decide/cedar/values/evaluation-fault.ts'
import { readUid, readValue } from '../../src/decide/cedar/values/read-value.ts'
import {
  type CedarRecord,
  Datetime,
  Decimal,
  Duration,
  EntityUid,
  equalValues,
  IpAddress,
  isRecord,
  isSet,
  typeOf,
  type Value,
} from '../../src/decide/cedar/values/value.ts'
import { writeAddress, writeDecimal, writeRecord } from '../../src/decide/cedar/values/write-value.ts'

const extension = (fn: string, ...args: readonly unknown[]) => ({
  __extn: args.length === 1 ? { fn, arg: args[0] } : { fn, args },
})
const ada = new EntityUid('User', 'ada')

/** One value of each type: its name, its JSON, and whether JavaScript would take it for another. */
const VALUES: readonly (readonly [type: string, value: Value, json: unknown])[] = [
  ['bool', true, true],
  ['bool', false, false],
  ['long', 0, 0],
  ['long', -7, -7],
  ['long', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ['string', '', ''],
  ['string', 'x', 'x'],
  ['set', [], []],
  ['set', [1, 'x', [true]], [1, 'x', [true]]],
  ['record', {}, {}],
  ['record', { a: 1, b: { c: [] } }, { a: 1, b: { c: [] } }],
  ['(entity of type `User`)', ada, { __entity: { type: 'User', id: 'ada' } }],
  ['decimal', new Decimal(-15_000), extension('decimal', '-1.5000')],
  ['decimal', new Decimal(1), extension('decimal', '0.0001')],
  ['ipaddr', new IpAddress(32, 0x0a000001n, 8), extension('ip', '10.0.0.1/8')],
  ['ipaddr', new IpAddress(128, 1n << 112n, 64), extension('ip', '1:0:0:0:0:0:0:0/64')],
  ['duration', new Duration(-90_000), extension('duration', '-90000ms')],
  ['datetime', new Datetime(1), extension('offset', extension('datetime', '1970-01-01'), extension('duration', '1ms'))],
]

describe('a value', () => {
  it.each(VALUES)('of the type %s is written in the JSON of Cedar, and read back', (type, value, json) => {
    expect(writeRecord({ value })).toEqual({ value: json })
    expect(equalValues(readValue(json), value)).toBe(true)
    expect(typeOf(value)).toBe(type)
    expect([isSet(value), isRecord(value)]).toEqual([type === 'set', type === 'record'])
  })

  it('is equal to itself, and to no other', () => {
    for (const [, one] of VALUES)
      for (const [, other] of VALUES)
        expect(equalValues(one, other), `${typeOf(one)} ${typeOf(other)}`).toBe(one === other)
  })

  it('that is a number has one form: there is one zero', () => {
    expect(Object.is(readValue(-0), 0)).toBe(true)
    expect(Object.is(readValue([-0]), -0)).toBe(false)
  })

  it('beyond 53 bits has no JSON, and is not rounded', () => {
    expect(typeOf(2n ** 60n)).toBe('long')
    expect(() => writeRecord({ big: 2n ** 60n })).toThrow(new RangeError('1152921504606846976 has no place in JSON'))
  })

  it('is a text of whole characters, whatever came', () => {
    expect(readValue('a\ud800')).toBe('a\ufffd')
    expect(readUid({ type: 'User', id: '\udc00b' })).toEqual(new EntityUid('User', '\ufffdb'))
  })

  it('has its own members only, also those that objects of JavaScript have', () => {
    const read = readValue(JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}')) as CedarRecord
    expect(Object.keys(read)).toEqual(['__proto__', 'constructor'])
    expect(equalValues(read, {})).toBe(false)
  })

  it('may be nested 64 levels deep, and no deeper', () => {
    const nest = (levels: number, wrap: (inner: unknown) => unknown): unknown =>
      levels === 0 ? 1 : wrap(nest(levels - 1, wrap))
    const asList = (inner: unknown) => [inner]
    const asRecord = (inner: unknown) => ({ a: inner })
    for (const wrap of [asList, asRecord]) {
      expect(readValue(nest(64, wrap))).toEqual(nest(64, wrap))
      expect(() => readValue(nest(65, wrap))).toThrow('a value is nested deeper than 64 levels')
    }
    const call = (inner: unknown) => ({ __extn: { fn: 'ip', arg: inner } })
    expect(() => readValue(nest(65, call))).toThrow('a value is nested deeper than 64 levels')
  })

  const REFUSED: readonly (readonly [json: unknown, why: string, plain?: string])[] = [
    [null, 'null is no value'],
    [undefined, 'undefined is no value'],
    [() => 1, 'function is no value'],
    [1.5, '1.5 is no whole number of at most 53 bits', 'it is no whole number of at most 53 bits'],
    [2 ** 53, '9007199254740992 is no whole number of at most 53 bits', 'it is no whole number of at most 53 bits'],
    [Number.NaN, 'NaN is no whole number of at most 53 bits', 'it is no whole number of at most 53 bits'],
    [[1, null], 'null is no value'],
    [{ a: null }, 'null is no value'],
    [{ __entity: null }, 'a reference needs type and id'],
    [{ __entity: 'User::"ada"' }, 'a reference needs type and id'],
    [{ __entity: { type: 'User' } }, 'a reference needs type and id'],
    [{ __entity: { type: 'User', id: 7 } }, 'a reference needs type and id'],
    [{ __entity: { type: 7, id: 'ada' } }, 'a reference needs type and id'],
    [{ __extn: null }, 'undefined is no value'],
    [{ __extn: { fn: 'shell', arg: 'x' } }, 'shell makes no value', 'its function makes no value'],
    [{ __extn: { fn: 7, arg: 'x' } }, '7 makes no value', 'its function makes no value'],
    [{ __extn: { fn: 'ip' } }, 'undefined is no value'],
    [{ __extn: { fn: 'ip', args: 'x' } }, 'ip makes no value', 'its function makes no value'],
    [{ __extn: { fn: 'ip', args: [] } }, 'ip makes no value', 'its function makes no value'],
    [{ __extn: { fn: 'ip', args: ['::1', '::1'] } }, 'ip makes no value', 'its function makes no value'],
    [extension('offset', extension('datetime', '1970-01-01')), 'offset makes no value', 'its function makes no value'],
    [
      extension('offset', extension('datetime', '1970-01-01'), extension('duration', '1d'), 1),
      'offset makes no value',
      'its function makes no value',
    ],
    [{ __extn: { fn: 'ip', arg: 7 } }, 'type error: expected string, got long'],
    [{ __extn: { fn: 'ip', arg: 'home' } }, '"home" is no IP address', 'it is no IP address'],
  ]
  it.each(REFUSED)('is not %j', (json, why, plain = why) => {
    const fault = catchFault(() => readValue(json))
    expect([fault.message, fault.plain]).toEqual([why, plain])
  })

  it('with more beside __entity or __extn is a record like any other', () => {
    const reference = { __entity: { type: 'User', id: 'ada' }, more: 1 }
    expect(isRecord(readValue(reference))).toBe(true)
    expect(isRecord(readValue({ __extn: { fn: 'ip', arg: '::1' }, more: 1 }))).toBe(true)
    expect(isRecord(readValue({ other: { type: 'User', id: 'ada' } }))).toBe(true)
  })

  it('is written as people write it: decimals with four places, addresses in full', () => {
    const decimals = [0, 1, -1, 15_000, -123_456, 2n ** 63n - 1n, -(2n ** 63n)].map(writeDecimal)
    expect(decimals).toEqual([
      '0.0000',
      '0.0001',
      '-0.0001',
      '1.5000',
      '-12.3456',
      '922337203685477.5807',
      '-922337203685477.5808',
    ])
    const addresses = [
      new IpAddress(32, 0xfffefd00n, 24),
      new IpAddress(128, 0x20010db8n << 96n, 32),
      new IpAddress(128, 0xffffn, 128),
    ]
    expect(addresses.map(writeAddress)).toEqual([
      '255.254.253.0/24',
      '2001:db8:0:0:0:0:0:0/32',
      '0:0:0:0:0:0:0:ffff/128',
    ])
  })
})

describe('entities that are told', () => {
  const group = (id: string, ...parents: readonly string[]): Entity => ({
    uid: new EntityUid('Group', id),
    attrs: {},
    parents: parents.map((each) => new EntityUid('Group', each)),
  })
  const ancestors = (
    told: readonly Entity[],
    id: string,
    known?: Parameters<typeof gatherEntities>[1],
  ): readonly string[] =>
    [...(gatherEntities(told, known).get(`Group\n${id}`)?.ancestors ?? ['Group\nnone'])]
      .map((key) => key.slice(6))
      .sort()

  it('lie in all that their parents lie in, told in any order, and once where there are two ways', () => {
    const told = [group('a', 'b', 'c'), group('b', 'd'), group('c', 'd'), group('d', 'e', 'untold'), group('e')]
    for (const order of [told, told.toReversed()]) {
      expect(ancestors(order, 'a')).toEqual(['b', 'c', 'd', 'e', 'untold'])
      expect(ancestors(order, 'd')).toEqual(['e', 'untold'])
      expect(ancestors(order, 'e')).toEqual([])
      expect(ancestors(order, 'untold')).toEqual(['none'])
    }
  })

  it('lie also in what those that were known before lie in', () => {
    const known = gatherEntities([group('b', 'c'), group('c')])
    expect(ancestors([group('a', 'b')], 'a', known)).toEqual(['b', 'c'])
    expect(ancestors([group('a', 'b')], 'b', known)).toEqual(['c'])
  })

  it('lie never in themselves', () => {
    expect(() => gatherEntities([group('a', 'a')])).toThrow(new EvaluationFault('the entity Group::"a" lies in itself'))
    expect(() => gatherEntities([group('a', 'b'), group('b', 'c'), group('c', 'a')])).toThrow('lies in itself')
  })

  const twice = 'the entity User::"ada" is told twice, and not alike'
  const one: Entity = { uid: ada, attrs: { n: 1 }, tags: { a: 'x' }, parents: [new EntityUid('Group', 'a')] }
  const OTHERS: readonly (readonly [what: string, other: Entity, isAlike: boolean])[] = [
    ['the same', { ...one, attrs: { n: 1 } }, true],
    ['another attribute', { ...one, attrs: { n: 2 } }, false],
    ['one more attribute', { ...one, attrs: { n: 1, m: 1 } }, false],
    ['another tag', { ...one, tags: { a: 'y' } }, false],
    ['no tags', { uid: ada, attrs: one.attrs, parents: one.parents }, false],
    ['another parent', { ...one, parents: [new EntityUid('Group', 'b')] }, false],
    ['no parent', { ...one, parents: [] }, false],
  ]
  it.each(OTHERS)('may be told twice where it is the same: %s', (_, other, isAlike) => {
    for (const told of [
      [one, other],
      [other, one],
    ])
      if (isAlike) expect(gatherEntities(told).get(ada.key)?.attrs).toEqual({ n: 1 })
      else expect(() => gatherEntities(told)).toThrow(new EvaluationFault(twice))
  })

  it('are told alike where both have neither tags nor parents', () => {
    const bare: Entity = { uid: ada, attrs: {}, parents: [] }
    expect(gatherEntities([bare, { ...bare, tags: {} }]).size).toBe(1)
  })

  it('tell a watch which tags were looked at, there or not, and no more', () => {
    const seen: string[] = []
    const watch: TagWatch = { saw: (tag) => seen.push(tag), sawAll: () => expect.unreachable() }
    const tags = gatherEntities([{ ...one, watch }]).get(ada.key)?.tags ?? {}
    expect([Object.hasOwn(tags, 'a'), Object.hasOwn(tags, 'gone'), tags['a']]).toEqual([true, false, 'x'])
    expect(seen).toEqual(['a', 'gone'])
  })
})

describe('whole numbers in the text of a policy', () => {
  const lifted = (digits: string): string => `{"remit:long": "${digits}"}`
  it.each([
    ['9007199254740991', '9007199254740991'],
    ['9007199254740992', lifted('9007199254740992')],
    ['a == 9223372036854775807 && b', `a == ${lifted('9223372036854775807')} && b`],
    ['-9223372036854775808', `-${lifted('9223372036854775808')}`],
    ['00009007199254740993', lifted('9007199254740993')],
    ['"9007199254740993"', '"9007199254740993"'],
    ['"a \\" 9007199254740993"', '"a \\" 9007199254740993"'],
    ['"\\\\" 9007199254740993', `"\\\\" ${lifted('9007199254740993')}`],
    ['// 9007199254740993\n9007199254740993', `// 9007199254740993\n${lifted('9007199254740993')}`],
    ['// 9007199254740993\r9007199254740993', `// 9007199254740993\r${lifted('9007199254740993')}`],
    ['a9007199254740993', 'a9007199254740993'],
    ['_9007199254740993', '_9007199254740993'],
    ['A_9007199254740993', 'A_9007199254740993'],
    ['principal == User::"9007199254740993"', 'principal == User::"9007199254740993"'],
    ['1 + 2', '1 + 2'],
  ])('survive beyond 53 bits, and nothing else is touched: %s', (text, expected) => {
    expect(liftLongLiterals(text)).toBe(expected)
  })

  it('have a name to themselves, which no policy may hold', () => {
    expect(() => liftLongLiterals('{"remit:long": "1"}')).toThrow(
      new EvaluationFault('a policy must not hold "remit:long"'),
    )
  })
})

function catchFault(run: () => unknown): EvaluationFault {
  try {
    run()
  } catch (error) {
    if (error instanceof EvaluationFault) return error
    throw error
  }
  return expect.unreachable()
}
