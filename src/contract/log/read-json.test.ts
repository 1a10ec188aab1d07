import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readJson } from './read-json.ts'

describe('reading JSON', () => {
  it.each([
    ['{"R":1,"\\\\":1}', '{"R":1,"\\"":2}', 'R,"'],
    ['{"S":1,"\\\\u":1}', '{"S":1,"\\u0061b":2}', 'S,ab'],
    ['{"T":1,"\\\\":[]}', '{"T":1,"\\n":{}}', 'T,\n'],
  ])('after %s the names of %s are its own', (before, text, names) => {
    expect(Object.keys(readJson(before) as object).length).toBe(2)
    for (let times = 0; times < 3; times += 1) expect(Object.keys(readJson(text) as object).join()).toBe(names)
  })

  it('gives what was written, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        expect(JSON.stringify(readJson(text), null, indent)).toBe(text)
      }),
      { numRuns: 10_000 },
    )
  })

  it.each(['{"\\"":1,"\\u0022":2}', '{"\\u005f_proto__":{"x":1}}', ' [ {"\\t" : [ ] , "a":-1.5e3} , {} ,[ ] ]'])(
    'gives what a parser without the fault gives of %s',
    (text) => {
      expect(readJson(text)).toStrictEqual(JSON.parse(text))
    },
  )

  it.each(['"', '\\', '\n', 'x'])('gives a string of four million %j whole, and a name of as many', (char) => {
    const long = char.repeat(4_000_000)
    const text = JSON.stringify({ 'a\n': long, [long]: [] })
    expect(Object.entries(readJson(text) as object)).toEqual([
      ['a\n', long],
      [long, []],
    ])
  })

  it.each(['', '{', '{"\\"":}', '{"\\x":1}', '["\\"":1]', '{"\\"":1}}'])('refuses %s', (text) => {
    expect(() => readJson(text)).toThrow(SyntaxError)
  })
})
