import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../test/arbitraries.ts'
import { freezeAround, freezeCanonical, isCanonical } from '../contract/log/canonical-json.ts'
import { canonicalJson } from './canonical-json.ts'
import { digestOf, digestText, sha256 } from './digest.ts'

const values = fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' })
const wellFormed = fc.string({ unit: 'binary', maxLength: 6 })

function nest(levels: number): unknown {
  return levels === 0 ? 1 : [nest(levels - 1)]
}

/** What a text says; nothing where it is no JSON, or says what canonical JSON does not. */
function readOrNothing(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    canonicalJson(value)
    return value
  } catch {
    return undefined
  }
}

/** The double that these 16 hex digits are. */
function fromBits(hex: string): number {
  return Buffer.from(hex, 'hex').readDoubleBE()
}

describe('canonical JSON', () => {
  it('reads back as the value that it was written from', () => {
    fc.assert(
      fc.property(values, (value) => {
        const noMinusZero: unknown = JSON.parse(JSON.stringify(value))
        expect(JSON.parse(canonicalJson(value))).toEqual(noMinusZero)
      }),
      RUNS,
    )
  })

  it('is in order, whatever objects that begin alike were written before', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'B', 'aa', 'é', '__proto__', 'x'.repeat(400)), {
      minLength: 1,
    })
    fc.assert(
      fc.property(fc.array(names), (kinds) => {
        const objects = kinds.map((kind) => Object.fromEntries(kind.map((name) => [name, name.length])))
        const told = kinds.map((kind) => kind.toSorted().map((name) => `${JSON.stringify(name)}:${name.length}`))
        expect(objects.map(canonicalJson)).toEqual(told.map((members) => `{${members.join(',')}}`))
      }),
      RUNS,
    )
  })

  it('is in order of more kinds of objects than are remembered', () => {
    for (let at = 0; at < 600; at++) {
      const kind = `k${at % 300}`
      expect(canonicalJson({ [kind]: 1, b: undefined, a: 2 })).toBe(`{"a":2,"${kind}":1}`)
    }
  })

  it('is the same where parts of the value were frozen before', () => {
    fc.assert(
      fc.property(fc.dictionary(wellFormed, values), fc.boolean(), (whole, isWhole) => {
        const text = canonicalJson(whole)
        for (const part of isWhole ? [whole] : Object.values(whole)) expect(freezeCanonical(part)).toBe(part)
        expect(canonicalJson(whole)).toBe(text)
        expect(canonicalJson([{ again: whole }])).toBe(`[{"again":${text}}]`)
      }),
      RUNS,
    )
  })

  it('is the same of an object that was frozen around a number, whichever stands there', () => {
    const numbers = fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }))
    fc.assert(
      fc.property(
        fc.dictionary(wellFormed, values),
        fc.dictionary(wellFormed, values),
        fc.tuple(wellFormed, wellFormed),
        fc.array(numbers, { maxLength: 3 }),
        (around, inside, [outer, inner], given) => {
          const make = (number: number): Record<string, unknown> => ({
            ...around,
            [outer]: { ...inside, [inner]: number },
          })
          const expected = given.map((number) => canonicalJson(make(number)))
          const withNumber = freezeAround(make(0), outer, inner)
          for (const [at, number] of given.entries()) {
            const made = withNumber(number)
            expect(made).toEqual(make(number))
            expect(canonicalJson(made)).toBe(expected[at])
            expect(canonicalJson({ again: { ...made } })).toBe(`{"again":${expected[at]}}`)
          }
        },
      ),
      RUNS,
    )
  })

  it('of an object that was frozen around a number can become no other, and no deeper than any', () => {
    const withNumber = freezeAround({ a: { at: 1, b: [1] }, c: { d: nest(61) } }, 'a', 'at')
    const made = withNumber(2)
    expect(() => Object.assign(made, { c: 1 })).toThrow(TypeError)
    expect(() => Object.assign(made.a, { at: 3 })).toThrow(TypeError)
    expect(() => made.a.b.push(2)).toThrow(TypeError)
    expect(canonicalJson([made])).toBe(`[${canonicalJson(made)}]`)
    expect(() => canonicalJson([[made]])).toThrow(expect.objectContaining({ code: 'body_too_deep' }))
    expect(() => withNumber(Number.NaN)).toThrow('JSON cannot carry')
    expect(() => freezeAround({ a: { at: 1 }, b: Number.NaN }, 'a', 'at')).toThrow('JSON cannot carry')
  })

  it('is known as such, and no other text that says the same is', () => {
    const ways: readonly ((value: unknown) => string)[] = [
      canonicalJson,
      (value) => JSON.stringify(value),
      (value) => JSON.stringify(value, null, 1),
      (value) => JSON.stringify(value).replaceAll('/', '\\/'),
      (value) => JSON.stringify(value).replaceAll(/[a-z]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`),
    ]
    fc.assert(
      fc.property(values, fc.constantFrom(...ways), (value, way) => {
        const text = way(value)
        const read = readOrNothing(text)
        fc.pre(read !== undefined)
        expect(isCanonical(text, read)).toBe(text === canonicalJson(read))
      }),
      RUNS,
    )
  })

  it.each([
    ['members out of order', '{"b":1,"a":2}'],
    ['members out of order, deep below', '[{"a":[{"b":1,"a":2}]}]'],
    ['a member twice', '{"a":1,"a":1}'],
    ['indices in the order of numbers', '{"9":1,"10":2}'],
    ['half of a surrogate pair', '["\\ud800"]'],
    ['a minus before nothing', '[-0]'],
    ['an exponent that is not needed', '[1e2]'],
    ['white space', '[1, 2]'],
    ['too many levels', `${'['.repeat(66)}${']'.repeat(66)}`],
  ])('is not what has %s', (_, text) => {
    expect(isCanonical(text, JSON.parse(text))).toBe(false)
  })

  it.each([
    ['indices in the order of texts', '{"10":2,"9":1}'],
    ['both halves of a surrogate pair', '["\u{1F600}"]'],
    ['what looks like half of one', '["\\\\ud800"]'],
    ['as many levels as there may be', `${'['.repeat(65)}${']'.repeat(65)}`],
  ])('is what has %s', (_, text) => {
    expect(isCanonical(text, JSON.parse(text))).toBe(true)
  })

  it('is none of what JSON does not carry', () => {
    const when = new Date(0)
    for (const [text, value] of [
      [JSON.stringify(when), when],
      ['{}', new Map()],
      ['[null]', [Number.NaN]],
      ['[null]', [undefined]],
    ] as const)
      expect(isCanonical(text, value)).toBe(false)
  })

  it('of what was frozen cannot become another', () => {
    const frozen = freezeCanonical({ a: [{ b: 1 }] })
    expect(() => Object.assign(frozen.a[0] ?? {}, { b: 2 })).toThrow(TypeError)
    expect(() => frozen.a.push({ b: 2 })).toThrow(TypeError)
    expect(() => Object.assign(frozen, { c: 1 })).toThrow(TypeError)
  })

  it('of what was frozen is refused as deep as of anything else', () => {
    const frozen = freezeCanonical(nest(60))
    expect(canonicalJson([[[[frozen]]]])).toBe(canonicalJson(nest(64)))
    expect(() => canonicalJson([[[[[frozen]]]]])).toThrow(expect.objectContaining({ code: 'body_too_deep' }))
    expect(() => freezeCanonical(nest(65))).toThrow('too deeply')
    expect(() => freezeCanonical({ a: Number.NaN })).toThrow('JSON cannot carry')
  })

  it('stays as it is when it is read and written again', () => {
    fc.assert(
      fc.property(values, (value) => {
        const text = canonicalJson(value)
        return canonicalJson(JSON.parse(text)) === text
      }),
      RUNS,
    )
  })

  it('is the same in whatever order the members were put', () => {
    const members = fc.uniqueArray(fc.tuple(wellFormed, fc.integer()), { selector: ([name]) => name, maxLength: 8 })
    fc.assert(
      fc.property(members, (pairs) => {
        const [forward, backward] = [pairs, pairs.toReversed()].map((each) => canonicalJson(Object.fromEntries(each)))
        return forward === backward
      }),
      RUNS,
    )
  })

  it('orders members by their UTF-16 code units', () => {
    const keys = fc.uniqueArray(wellFormed, { maxLength: 8 })
    const units = (text: string) => Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
    const isBefore = (x: number[], y: number[]): boolean => {
      const at = x.findIndex((unit, index) => unit !== y[index])
      return at === -1 ? x.length < y.length : (x[at] ?? 0) > (y[at] ?? -1) === false
    }
    fc.assert(
      fc.property(keys, (all) => {
        const text = canonicalJson(Object.fromEntries(all.map((key) => [`k${key}`, 0])))
        const written = [...text.matchAll(/("(?:[^"\\]|\\.)*"):0/gs)].map((match) => units(JSON.parse(match[1] ?? '')))
        expect(written).toHaveLength(all.length)
        expect(written.every((key, at) => at === 0 || isBefore(written[at - 1] ?? [], key))).toBe(true)
      }),
      RUNS,
    )
  })

  it('writes numbers as ECMAScript does, and no others', () => {
    fc.assert(
      fc.property(fc.double(), (number) => {
        if (Number.isFinite(number)) expect(canonicalJson(number)).toBe(String(number))
        else expect(() => canonicalJson(number)).toThrow('JSON cannot carry this number.')
      }),
      RUNS,
    )
  })

  it('of the example in RFC 8785 section 3.2.2 is the one that it gives', () => {
    const literals = [null, true, false]
    const numbers = [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001]
    const string = '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"\u002f'
    expect(canonicalJson({ numbers, string, literals })).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  it('of the keys in RFC 8785 section 3.2.3 has their order', () => {
    const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6']
    const text = canonicalJson(Object.fromEntries(names.map((name) => [name, 0])))
    const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33']
    expect(text).toBe(`{${sorted.map((name) => `${JSON.stringify(name)}:0`).join(',')}}`)
  })

  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('of the number %s in RFC 8785 appendix B is %s', (bits, text) => {
    expect(canonicalJson(fromBits(bits))).toBe(text)
  })

  it.each([
    ['a lone high surrogate', '\ud800', 'A text is not well-formed Unicode.'],
    ['a lone low surrogate in a name', { '\udc00': 1 }, 'A text is not well-formed Unicode.'],
    ['a number that is not finite', [Number.NaN], 'JSON cannot carry this number.'],
    ['a big integer', 1n, 'JSON cannot carry a bigint.'],
    ['a function', () => 1, 'JSON cannot carry a function.'],
    ['nothing', undefined, 'JSON cannot carry a undefined.'],
    ['nothing in a list', [undefined], 'JSON cannot carry a undefined.'],
    ['a hole in a list', Array.from({ length: 2 }).concat(Array(1)), 'JSON cannot carry a undefined.'],
    ['a date', new Date(0), 'JSON carries plain objects only.'],
    ['a map', new Map([['a', 1]]), 'JSON carries plain objects only.'],
    ['bytes', new Uint8Array(2), 'JSON carries plain objects only.'],
    ['65 levels', nest(65), 'nested too deeply'],
  ])('refuses %s', (_, value, sentence) => {
    expect(() => canonicalJson(value)).toThrow(sentence)
  })

  it('refuses a circle', () => {
    const circle: unknown[] = []
    circle.push(circle)
    expect(() => canonicalJson(circle)).toThrow('nested too deeply')
  })

  it('takes 64 levels, a member without value, and a pair of surrogates', () => {
    expect(canonicalJson(nest(64))).toHaveLength(129)
    expect(canonicalJson({ b: undefined, a: '😀' })).toBe('{"a":"😀"}')
    expect(canonicalJson(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}')
  })

  it('keeps a member that is named like a prototype', () => {
    expect(canonicalJson(JSON.parse('{"__proto__":1,"a":2}'))).toBe('{"__proto__":1,"a":2}')
  })
})

describe('digests', () => {
  it('are SHA-256 in lower-case hex', () => {
    expect(digestText('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(Buffer.from(sha256(Buffer.from('abc'))).toString('hex')).toBe(digestText('abc'))
  })

  it('of a value depend on what it says, never on how it was put', () => {
    expect(digestOf({ a: 1, b: [2] })).toBe(digestOf({ b: [2], a: 1 }))
    expect(digestOf({ a: 1 })).toBe(digestText('{"a":1}'))
    expect(digestOf({ a: 1 })).not.toBe(digestOf({ a: '1' }))
  })
})
