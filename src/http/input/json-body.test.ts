import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { parseFormBody, parseJsonBody } from './json-body.ts'

/** Gives what is parsed, or the code of the refusal. */
function outcomeOf(parse: () => unknown): unknown {
  try {
    return parse()
  } catch (error) {
    if (error instanceof RemitError) return error.code
    throw error
  }
}

/** What JSON is made of. */
const SIGNS = '{}[]",:\\ue1-+. ntfa_po'.split('')

describe('a JSON body', () => {
  it('is what JSON.parse gives, for whatever JSON can carry', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const text = JSON.stringify(value)
        fc.pre(!text.includes('__proto__'))
        expect(parseJsonBody(text)).toEqual(JSON.parse(text))
      }),
      { numRuns: 10_000 },
    )
  })

  it('is refused by a code of the table or parsed, whatever the text', () => {
    const outcomes = new Set<string>()
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...SIGNS) }), (text) => {
        const outcome = outcomeOf(() => parseJsonBody(text))
        const isRefused = outcome === 'body_malformed' || outcome === 'body_too_deep'
        outcomes.add(isRefused ? 'refused' : 'parsed')
        if (!isRefused) expect(outcome).toEqual(JSON.parse(text))
      }),
      { numRuns: 10_000 },
    )
    expect(outcomes).toEqual(new Set(['refused', 'parsed']))
  })

  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
  it.each([
    ['as deep as allowed', nested(LIMITS.jsonDepthMax), JSON.parse(nested(LIMITS.jsonDepthMax))],
    ['one too deep', nested(LIMITS.jsonDepthMax + 1), 'body_too_deep'],
    ['one too deep by objects', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, 'body_too_deep'],
    [
      'many beside each other',
      `[${Array.from({ length: 99 }, () => '[]').join()}]`,
      Array.from({ length: 99 }, () => []),
    ],
    ['brackets in a text', JSON.stringify('['.repeat(99)), '['.repeat(99)],
    ['brackets in a text after an escaped quote', JSON.stringify(`"${'['.repeat(99)}`), `"${'['.repeat(99)}`],
    ['a text that ends with a backslash', JSON.stringify(['\\', '[']), ['\\', '[']],
    ['__proto__ at the top', '{"__proto__":{}}', 'body_malformed'],
    ['__proto__ far inside', '[{"a":[{"__proto__":1}]}]', 'body_malformed'],
    ['a name twice in one object', '{"subject":{"id":"a","id":"b"}}', 'body_malformed'],
    ['the first half of a surrogate pair', '{"id":["al\\ud83dice"]}', 'request_invalid'],
    ['the second half of a surrogate pair at the top', '"\\uDE00"', 'request_invalid'],
    ['half of a surrogate pair in a name', '{"\\uD800":1}', 'request_invalid'],
    ['a surrogate pair in escapes', '["\\ud83d\\ude00"]', ['\u{1f600}']],
    ['__proto__ with escapes', '{"\\u005f_proto__":1}', 'body_malformed'],
    ['__proto__ as a value', '"__proto__"', '__proto__'],
    ['nothing', '', 'body_malformed'],
    ['two values', '1 2', 'body_malformed'],
    ['a comment', '{}//x', 'body_malformed'],
    ['NaN', 'NaN', 'body_malformed'],
  ])('with %s', (_, text, expected) => {
    expect(outcomeOf(() => parseJsonBody(text))).toEqual(expected)
  })
})

describe('a form body', () => {
  it('gives back every parameter that was sent once with a value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (form) => {
        const sent = new URLSearchParams(form)
        const told = Object.fromEntries([...sent].filter(([, value]) => value !== ''))
        expect({ ...parseFormBody(sent.toString()) }).toEqual(told)
      }),
      { numRuns: 10_000 },
    )
  })

  it.each(['a=1', 'a=1&b=', 'constructor=&a=1'])('%s has no member but what was sent with a value', (text) => {
    const form = parseFormBody(text)
    expect(['a', 'b', 'constructor', 'toString', '__proto__'].filter((name) => name in form)).toEqual(['a'])
  })

  it.each([
    ['the same parameter twice', 'a=1&a=1', 'body_malformed'],
    ['the same parameter twice, once encoded', 'a=1&%61=2', 'body_malformed'],
    [
      'a name of every object',
      'constructor=1&__proto__=2&toString=3',
      { constructor: '1', ['__proto__']: '2', toString: '3' },
    ],
    ['the same parameter twice, once without a value', 'a=&a=1', 'body_malformed'],
    ['a parameter without a value, which counts as left out', 'a=&b=1', { b: '1' }],
    ['a second resource', 'resource=https://a&resource=https://b', 'target_invalid'],
    ['nothing', '', {}],
  ])('with %s', (_, text, expected) => {
    const outcome = outcomeOf(() => parseFormBody(text))
    expect(typeof outcome === 'string' ? outcome : Object.entries(outcome as object)).toEqual(
      typeof expected === 'string' ? expected : Object.entries(expected),
    )
  })
})
