import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseClearJson } from './clear-json.ts'

const twice = { code: 'body_malformed', detail: 'A name stands twice in one object.' }

describe('a JSON text from outside', () => {
  it('is read as JSON.parse reads it, whatever it holds and however it is written', () => {
    const spaced = fc.constantFrom(undefined, 1, '\t', '\n \r')
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), spaced, (value, space) => {
        const text = JSON.stringify(value, null, space)
        fc.pre(!text.includes('__proto__') && !/\\ud[89a-f]/i.test(text))
        expect(parseClearJson(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  it.each([
    ['texts that read like names', '{"a":"\\":\\"","b":":","c":"\\"a\\":1"}'],
    ['texts that begin with a colon', '[":a",{":":" :"},"a :"]'],
    ['one name in several objects', '{"a":{"a":[{"a":1},{"a":2}]},"b":{"a":1}}'],
    ['names that differ in their letters', '{"a":1,"A":2,"\\u0061b":3}'],
    ['an empty name', '{"":1}'],
    ['white space before each colon', '{"a" \t\n\r:1,"b"  :{"a"\n:2}}'],
    ['nothing', '{}'],
    ['a text alone', '"a:b"'],
  ])('may hold %s', (_, text) => {
    expect(parseClearJson(text)).toEqual(JSON.parse(text))
  })

  it.each([
    ['at the top', '{"a":1,"a":2}'],
    ['with one value', '{"a":1,"a":1}'],
    ['far inside', '{"x":[{"y":{"a":1,"b":2,"a":3}}]}'],
    ['in a list', '[{"a":1},{"a":1,"a":2}]'],
    ['with white space', '{ "a" : 1 , "a"\n: 2 }'],
    ['once in escapes', '{"a":1,"\\u0061":2}'],
    ['beside texts with colons', '{"x":"a:b","a":":","a":"\\":"}'],
    ['where it is empty', '{"":1,"":2}'],
    ['three times', '{"a":1,"b":{},"a":{"a":1},"a":[]}'],
  ])('names nothing twice in one object, %s', (_, text) => {
    expect(() => parseClearJson(text)).toThrow(expect.objectContaining(twice))
  })

  it.each([
    ['no JSON', '{"a":1', 'body_malformed', 'This is not JSON.'],
    ['__proto__', '[{"__proto__":1}]', 'body_malformed', 'A member is named __proto__.'],
    ['__proto__ in escapes', '{"\\u005f_proto__":1}', 'body_malformed', 'A member is named __proto__.'],
    ['half of a pair', '{"a":["\\ud83d"]}', 'request_invalid', 'A text is not well-formed Unicode.'],
    ['half of a pair in a name', '{"\\ude00":1}', 'request_invalid', 'A text is not well-formed Unicode.'],
  ])('is refused with %s', (_, text, code, detail) => {
    expect(() => parseClearJson(text)).toThrow(expect.objectContaining({ code, detail }))
  })

  it.each([
    ['9007199254740993', '9007199254740993'],
    [`1${'0'.repeat(99)}1`, `1${'0'.repeat(39)}…`],
  ])('is refused with a number that others may read as another one, by what it begins with: %s', (written, said) => {
    const detail = `A number is too large to be read as one and the same by everybody (RFC 7493): ${said}. Write it as a text.`
    const refused = { code: 'request_invalid', detail }
    expect(() => parseClearJson(`{"a":[1,${written}]}`)).toThrow(expect.objectContaining(refused))
  })
})
