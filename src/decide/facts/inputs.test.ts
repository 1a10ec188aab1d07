import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { policiesWith } from '../../../test/decide/policies-with.ts'
import { LIMITS } from '../../ground/limits.ts'
import { Decimal } from '../cedar/values/value.ts'
import { type Inputs, readInputs, tellInputs } from './inputs.ts'

/** What can be tested of inputs, in plain objects; decimals as how many ten-thousandths they are. */
function plain({ whole, texts, numbers, decimals, lists }: Inputs): Record<string, unknown> {
  const units = [...decimals].map(([name, value]) => [name, value instanceof Decimal ? value.units : value])
  const tell = (entries: Iterable<readonly unknown[]>): object =>
    Object.fromEntries([...entries].map(([name, value]) => [`=${String(name)}`, value]))
  return { whole, texts: tell(texts), numbers: tell(numbers), decimals: tell(units), lists: tell(lists) }
}
const nothing = { whole: true, texts: {}, numbers: {}, decimals: {}, lists: {} }
const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>

describe('the inputs of an act', () => {
  const seen: [string, string, object][] = [
    ['nothing', '{}', {}],
    ['a text', '{"currency":"EUR"}', { texts: { '=currency': 'EUR' } }],
    ['an empty text', '{"note":""}', { texts: { '=note': '' } }],
    [
      'booleans and null, as texts',
      '{"a":true,"b":false,"c":null}',
      { texts: { '=a': 'true', '=b': 'false', '=c': 'null' } },
    ],
    ['a whole number', '{"amount":500}', { numbers: { '=amount': 500 }, decimals: { '=amount': 5_000_000 } }],
    ['one that is written as a fraction', '{"n":5.0}', { numbers: { '=n': 5 }, decimals: { '=n': 50_000 } }],
    ['one that is written as a power', '{"n":1e2}', { numbers: { '=n': 100 }, decimals: { '=n': 1_000_000 } }],
    ['a negative one', '{"n":-3}', { numbers: { '=n': -3 }, decimals: { '=n': -30_000 } }],
    ['cents', '{"n":499.99}', { decimals: { '=n': 4_999_900 } }],
    ['four decimal places', '{"n":-0.0001}', { decimals: { '=n': -1 } }],
    [
      'the largest number',
      '{"n":922337203685476}',
      { numbers: { '=n': 922_337_203_685_476 }, decimals: { '=n': 9_223_372_036_854_760_000n } },
    ],
    ['a list of texts', '{"to":["a","b"],"cc":[]}', { lists: { '=to': ['a', 'b'], '=cc': [] } }],
    [
      'what lies inside of others',
      '{"to":{"iban":"DE","parts":[{"n":1},{"n":2}]}}',
      {
        texts: { '=to.iban': 'DE' },
        numbers: { '=to.parts.0.n': 1, '=to.parts.1.n': 2 },
        decimals: { '=to.parts.0.n': 10_000, '=to.parts.1.n': 20_000 },
      },
    ],
    ['names of other scripts', '{"Betrag €":"x","金額":"y"}', { texts: { '=Betrag €': 'x', '=金額': 'y' } }],
    [
      'names that every object has',
      '{"__proto__":"a","constructor":"b","toString":{"__proto__":"c"}}',
      { texts: { '=__proto__': 'a', '=constructor': 'b', '=toString.__proto__': 'c' } },
    ],
  ]
  it.each(seen)('are seen: %s', (_, given, told) => {
    expect(plain(readInputs(json(given)))).toEqual({ ...nothing, ...told })
  })

  it('take -0 for 0', () => {
    expect(Object.is(readInputs(json('{"n":-0}')).numbers.get('n'), 0)).toBe(true)
  })

  const deep = `{"a":${'{"a":'.repeat(LIMITS.inputDepthMax)}1${'}'.repeat(LIMITS.inputDepthMax)}}`
  const unseen: [string, Record<string, unknown>][] = [
    ['a number that is none', { x: Number.NaN }],
    ['an endless one', json('{"x":1e999}')],
    ['one that was rounded', json('{"x":9007199254740993}')],
    ['one of which no decimal can be made', json('{"x":922337203685477}')],
    ['five decimal places', json('{"x":0.00001}')],
    ['a fraction that is no decimal', json('{"x":0.30000000000000004}')],
    ['a text that is too long', { x: 'x'.repeat(LIMITS.propertyCharsMax + 1) }],
    ['a text with half a character', { x: '\ud800' }],
    ['a list with one such text', { x: ['ok', '\ud800'] }],
    ['a name with a dot, which looks like that of another value', { 'x.y': 1 }],
    ['a name that is empty', { '': 1 }],
    ['a name with half a character', { '\udc00': 1 }],
    ['a name that is too long', { ['x'.repeat(LIMITS.inputNameCharsMax + 1)]: 1 }],
    ['what lies too deep', json(deep)],
    ['nothing at all', { x: undefined }],
    ['what is no data', { x: () => 1 }],
    ['a bigint', { x: 1n }],
  ]
  it.each(unseen)('are not whole, and seen but for it: %s', (_, given) => {
    expect(plain(readInputs({ before: 'a', ...given, z: 'b' }))).toEqual({
      ...nothing,
      whole: false,
      texts: { '=before': 'a', '=z': 'b' },
    })
  })

  it.each([
    ['values', Object.fromEntries(Array.from({ length: LIMITS.inputsMax + 1 }, (_, at) => [`a${at}`, 'x']))],
    ['texts of a list', { list: Array.from({ length: LIMITS.inputsMax }, () => 'x') }],
    ['lists in lists', { list: Array.from({ length: LIMITS.inputsMax }, () => [[]]) }],
  ])('are not whole where there are too many %s', (_, given: Record<string, unknown>) => {
    const inputs = readInputs(given)
    expect(inputs.whole).toBe(false)
    expect(inputs.texts.size + inputs.lists.size).toBeLessThanOrEqual(LIMITS.inputsMax)
  })

  it('never stand under one name in two ways', () => {
    const names = fc.constantFrom('a', 'b', 'a.b', 'a.0', '0', '', '__proto__')
    const leaf = fc.oneof(fc.integer(), fc.string(), fc.double(), fc.constant(null))
    const value = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('tree')), fc.dictionary(names, tie('tree'))),
    })).tree
    fc.assert(
      fc.property(fc.dictionary(names, value), (given) => {
        const inputs = readInputs(given)
        const { texts, numbers, decimals, lists } = inputs
        const all = [...texts.keys(), ...decimals.keys(), ...lists.keys()]
        expect(new Set(all).size).toBe(all.length)
        for (const name of numbers.keys()) expect(decimals.has(name)).toBe(true)
      }),
      { seed: 3, numRuns: 100 },
    )
  })
})

describe('entities of inputs', () => {
  it('are as the schema has them for every name, and both engines read them alike', () => {
    const { judge } = policiesWith(`
@id("own:names") @sentence("x") permit (principal, action in Remit::Action::"call", resource)
when { context.arguments.hasTag("__proto__") &&
  context.arguments.hasTag("constructor") && context.arguments.getTag("constructor") == "b" &&
  context.numbers.hasTag("amount") && context.numbers.getTag("amount") <= 500 &&
  context.decimals.hasTag("amount") && context.decimals.getTag("amount").lessThan(decimal("500.01")) &&
  context.lists.hasTag("to") && context.lists.getTag("to").containsAll(["a"]) &&
  context.arguments.whole && !context.arguments.hasTag("toString") };`)
    const given = json('{"__proto__":"a","constructor":"b","amount":500,"to":["a","a","b"]}')
    expect(judge(tellInputs(readInputs(given)))).toMatchObject({ errors: [], determining: ['own:names'] })
    expect(judge(tellInputs(readInputs({ ...given, amount: 501 })))).toMatchObject({ errors: [], determining: [] })
  })
})
