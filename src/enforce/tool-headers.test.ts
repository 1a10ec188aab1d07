import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeHeader, encodeHeader, paramHeaders } from './tool-headers.ts'

describe('a header value', () => {
  it('says what it was made from, in visible ASCII, whatever that is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const written = encodeHeader(text)
        expect(written).toMatch(/^[\t\x20-\x7e]*$/)
        expect(decodeHeader(written)).toBe(text)
      }),
      { numRuns: 10_000 },
    )
  })

  it('that looks like base64 in disguise is disguised itself', () => {
    expect(encodeHeader('=?base64?ZXU=?=')).toBe('=?base64?PT9iYXNlNjQ/WlhVPT89?=')
  })
})

describe('the headers that a tool asks for', () => {
  const schema = (name: unknown): object => ({ properties: { region: { type: 'string', 'x-mcp-header': name } } })
  const CASES: readonly (readonly [string, unknown, Record<string, unknown>, Record<string, string>])[] = [
    ['a text', schema('Region'), { region: 'eu' }, { 'mcp-param-region': 'eu' }],
    ['a number', schema('Region'), { region: 7 }, { 'mcp-param-region': '7' }],
    ['a truth value', schema('Region'), { region: false }, { 'mcp-param-region': 'false' }],
    [
      'a property inside of one',
      { properties: { in: schema('Region') } },
      { in: { region: 'eu' } },
      { 'mcp-param-region': 'eu' },
    ],
    ['nothing for a fraction', schema('Region'), { region: 1.5 }, {}],
    ['nothing for null', schema('Region'), { region: null }, {}],
    ['nothing for a list', schema('Region'), { region: ['eu'] }, {}],
    ['nothing for what is not there', schema('Region'), {}, {}],
    ['nothing for what every object has', { properties: { constructor: { 'x-mcp-header': 'C' } } }, {}, {}],
    ['nothing for a name with a line break', schema('Re\r\ngion'), { region: 'eu' }, {}],
    ['nothing for an empty name', schema(''), { region: 'eu' }, {}],
    ['nothing for a name that is no text', schema(1), { region: 'eu' }, {}],
    ['nothing for the name of a credential', schema('Authorization'), { region: 'eu' }, {}],
    ['nothing for the name of a hop', schema('Transfer-Encoding'), { region: 'eu' }, {}],
    ['nothing without a schema', undefined, { region: 'eu' }, {}],
  ]
  it.each(CASES)('are %s', (_, inputSchema, args, headers) => {
    expect(paramHeaders(inputSchema, args)).toEqual(headers)
  })
})
