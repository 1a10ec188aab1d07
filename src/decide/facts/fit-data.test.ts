import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../ground/limits.ts'
import { fitData, shortenText, tellUncut } from './fit-data.ts'

const items = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at)
const members = (count: number, value: unknown = 1): Record<string, unknown> =>
  Object.fromEntries(items(count).map((at) => [`m${at}`, value]))

/** A thing inside a thing, so many deep. */
const nest = (depth: number): unknown => (depth === 0 ? 'in' : { of: nest(depth - 1) })

/** A thing in a list in a list, so many deep. */
const inLists = (depth: number, thing: unknown = 'in'): unknown => (depth === 0 ? thing : [inLists(depth - 1, thing)])

describe('what an entry says of what a decision used', () => {
  const kept: [string, unknown, unknown][] = [
    ['a text', 'x', 'x'],
    ['a number', 1.5, 1.5],
    ['a number that JSON does not have', Number.NaN, null],
    ['an endless number', Number.POSITIVE_INFINITY, null],
    ['yes and no', [true, false], [true, false]],
    ['nothing', null, null],
    ['what JSON does not have', [() => 1, Symbol('x'), 1n], [null, null, null]],
    ['a text that is not well-formed', 'a\ud800', 'a\ufffd'],
    ['a text as long as usual', 'x'.repeat(2_000), 'x'.repeat(2_000)],
    ['a longer text', 'x'.repeat(2_001), `${'x'.repeat(2_000)}… (2001 characters)`],
    ['a list as long as usual', items(40), items(40)],
    ['a longer list', items(43), [...items(40), { more: 3 }]],
    ['as many members as usual', members(40), members(40)],
    ['more members', members(43), { ...members(40), more: 3 }],
    ['members that are not there', { a: undefined, b: 1 }, { b: 1 }],
    ['a long name', { ['n'.repeat(2_001)]: 1 }, { [`${'n'.repeat(2_000)}… (2001 characters)`]: 1 }],
    ['a name that every object has', JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":1}')],
    ['what lies deep', nest(7), nest(7)],
    [
      'one long text among many',
      { a: 1, b: 'x'.repeat(2_001), c: 1 },
      { a: 1, b: `${'x'.repeat(2_000)}… (2001 characters)`, c: 1 },
    ],
    ['one long text in a list', [1, 'x'.repeat(2_001)], [1, `${'x'.repeat(2_000)}… (2001 characters)`]],
    ['lists that lie deep', inLists(7), inLists(7)],
    ['lists that lie too deep', inLists(8), inLists(7, '…')],
    ['lists that lie far too deep', inLists(100), inLists(7, '…')],
  ]
  it.each(kept)('is kept, or cut and said to be: %s', (_, value, told) => {
    expect(JSON.stringify(fitData({}, { value })['value'])).toBe(JSON.stringify(told))
  })

  it('ends where it lies too deep', () => {
    expect(JSON.stringify(fitData({}, { value: nest(8) }))).toContain('{"of":"…"}')
    expect(JSON.stringify(fitData({}, { value: nest(8) }))).not.toContain('"in"')
  })

  it('counts only the members that are there', () => {
    const absent = Object.fromEntries(items(40).map((at) => [`m${at}`, undefined]))
    expect(fitData({}, { value: { ...absent, a: 1 } })).toEqual({ value: { a: 1 } })
  })

  it('is what was used itself, where nothing of it is cut, and in that the parts of which nothing is', () => {
    const fits = { list: [1, { a: 'x', none: null }] }
    expect(fitData({}, { fits })['fits']).toBe(fits)
    const cut = fitData({}, { value: { fits, long: 'x'.repeat(2_001) } })['value'] as { readonly fits: object }
    expect(cut.fits).toBe(fits)
  })

  it('holds no instance of a class', () => {
    class Told {
      readonly a = 1
    }
    const told = fitData({}, { value: new Told() })['value']
    expect(told).toEqual({ a: 1 })
    expect(told).not.toBeInstanceOf(Told)
  })

  it('gives way to what the decision itself says', () => {
    expect(fitData({ outcome: 'denial' }, { outcome: 'permit', more: 1 })).toEqual({ outcome: 'denial', more: 1 })
  })

  it.each([
    ['ten of each', 30, 1_999, 10, 300],
    ['three of each', 12, 1_999, 3, 100, 20],
  ])('is cut down to %s where it takes too much room', (_, count, chars, left, charsLeft, times = 1) => {
    const list = items(count).map(() => 'x'.repeat(chars))
    const told = fitData({}, { value: items(times).map(() => members(9, list)) })
    const text = JSON.stringify(told)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LIMITS.decisionDataBytesMax)
    expect(text).toContain(`"${'x'.repeat(charsLeft)}… (${chars} characters)"`)
    expect(text).toContain(`{"more":${count - left}}`)
  })

  it('tells whom and what it is about, however little room is left and wherever that stood', () => {
    const about = { identityId: 'idn_1', taskId: 'tsk_1', domain: { name: 'crm' }, mapped: true }
    const list = items(12).map(() => 'x'.repeat(1_999))
    const long = items(20).map(() => list)
    const told = fitData({ outcome: 'permit' }, { ...members(9, long), ...about })
    expect(told).toMatchObject({ outcome: 'permit', ...about, more: 6 })
    expect(Object.keys(told)).toHaveLength(9)
  })

  it('is left out, and said to be, where nothing of it fits, but for whom and what it is about', () => {
    const wide = (depth: number): unknown => (depth === 0 ? 'x'.repeat(1_000) : items(3).map(() => wide(depth - 1)))
    expect(fitData({ outcome: 'denial' }, { value: wide(6) })).toEqual({ outcome: 'denial', cut: true })
    const about = { domain: { name: 'crm' }, mapped: true, identityId: 'idn_1', taskId: 'tsk_1' }
    expect(fitData({ outcome: 'permit' }, { ...about, value: wide(6) })).toEqual({
      outcome: 'permit',
      cut: true,
      ...about,
    })
  })

  it('is uncut where the laws bound its size', () => {
    const facts = { scope: items(1_000), goal: 'x'.repeat(4_000), ...members(998) }
    expect(tellUncut(facts)).toEqual(facts)
    expect(tellUncut({ goal: 'x'.repeat(4_001), none: undefined })).toEqual({
      goal: `${'x'.repeat(4_000)}… (4001 characters)`,
    })
    expect(tellUncut()).toEqual({})
  })

  it('is cut in characters, and says of how many', () => {
    expect(shortenText('abc', 3)).toBe('abc')
    expect(shortenText('abcd', 3)).toBe('abc… (4 characters)')
    expect(shortenText('\ud83d\ude00', 1)).toBe('\ufffd… (2 characters)')
  })
})
