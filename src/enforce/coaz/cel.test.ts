import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../ground/limits.ts'
import { evaluateCel } from './cel-evaluate.ts'
import { parseCel } from './cel-parse.ts'
import { type CelValue, fromJson, toJson } from './cel-values.ts'

const names = new Map<string, CelValue>(
  Object.entries({
    params: fromJson({
      name: 'get_customer',
      arguments: {
        id: 'cust-1',
        amount: 12_000,
        tags: ['a', 'b'],
        'customer-id': 7,
        none: null,
        nested: { deep: true },
      },
    }),
    token: fromJson({ sub: 'alice', roles: ['treasury', 'staff'], exp: 1_750_000_000 }),
  }),
)
const run = (text: string, over: ReadonlyMap<string, CelValue> = names): unknown => {
  const budget = { steps: LIMITS.celStepsMax }
  return toJson(evaluateCel(parseCel(text), over, budget), budget)
}

describe('an expression', () => {
  it.each<[string, unknown]>([
    // the examples of the draft
    ['token.sub', 'alice'],
    ['params.arguments.id', 'cust-1'],
    ['params.arguments["customer-id"]', 7],
    ['token.?client_id', undefined],
    ["params.arguments.amount > 10000 ? 'high' : 'standard'", 'high'],
    ["token.roles.exists(r, r == 'treasury') ? 'treasury_user' : 'standard_user'", 'treasury_user'],
    ["'urn:doc:' + params.name", 'urn:doc:get_customer'],
    // literals
    ['1', 1],
    ['-9223372036854775808 + 9223372036854775807', -1],
    ['0x10', 16],
    ['1.5e2', 150],
    ['"a\\n\\u00e9\\x41\\101\\\\"', 'a\néAA\\'],
    ["r'a\\n'", 'a\\n'],
    ['[1, "a", true, null,]', [1, 'a', true, null]],
    ['{"a": 1, "b": [2]}', { a: 1, b: [2] }],
    ['true // said', true],
    // how signs bind
    ['1 + 2 * 3 - 4 / 2', 5],
    ['-7 / 2', -3],
    ['-7 % 2', -1],
    ['!true || true && false', false],
    ['1 < 2 == true', true],
    ['false ? 1 : true ? 2 : 3', 2],
    ['(1 + 2) * 3', 9],
    // numbers of JSON are doubles, and compared as numbers
    ['params.arguments.amount == 12000', true],
    ['params.arguments.amount / 2.0', 6000],
    ['int(params.arguments.amount) + 1', 12_001],
    ['1 == 1.0', true],
    ['1 == "1"', false],
    ['[1, {"a": 2}] == [1.0, {"a": 2.0}]', true],
    ['"a" < "b" && "Z" < "a" && "\\u{1F600}" == "x"'.replace(' && "\\u{1F600}" == "x"', ''), true],
    ['"ab" > "a"', true],
    ['"\\uE000" < "\\U0001F600" && "a\\U0001F600" < "a\\U0001F601"', true],
    // members
    ['"b" in params.arguments.tags', true],
    ['"id" in params.arguments', true],
    ['params.arguments.tags[1]', 'b'],
    ['params.arguments.tags[?5]', undefined],
    ['params.arguments.?nested.deep', true],
    ['params.?missing.deeper.still', undefined],
    ['params.arguments.?missing.orValue("x")', 'x'],
    ['params.arguments.?id.hasValue()', true],
    ['has(params.arguments.id) && !has(params.arguments.missing)', true],
    ['params.arguments.none', null],
    // one side that decides counts, whatever the other one does
    ['true || params.missing', true],
    ['params.missing || true', true],
    ['params.missing && false', false],
    // functions
    ['size("né") + size([1]) + params.arguments.tags.size()', 5],
    ['token.roles.all(r, r.size() > 3)', true],
    ['token.roles.exists_one(r, r.startsWith("st"))', true],
    ['token.roles.filter(r, r.contains("rea")).map(r, r + "!")', ['treasury!']],
    ['params.arguments.nested.map(k, k)', ['deep']],
    ['"abc".endsWith("bc")', true],
    ['string(1) + string(true) + string(1.5)', '1true1.5'],
    ['double("2.5") + double(1)', 3.5],
    ['int("-12") + int(2.9)', -10],
  ])('%s', (text, value) => {
    expect(run(text)).toEqual(value)
  })

  it.each<[string, RegExp]>([
    ['', /ends too early/],
    ['1 +', /ends too early/],
    ['1 2', /'2' at character 3/],
    ['a b', /'b' at character 3/],
    ['(1', /ends too early/],
    ['[1', /ends too early/],
    ['{"a" 1}', /no place there/],
    ['"open', /cannot be read at character 1/],
    ["'''three'''", /no place there/],
    ['"\\q"', /no escape/],
    ['"\\ud800"', /no escape/],
    ['1u', /no place there/],
    ['for', /no place there/],
    ['99999999999999999999', /too large/],
    ['9223372036854775808', /over 64 bits/],
    ['9223372036854775807 + 1', /over 64 bits/],
    ['9007199254740993', /hold exactly/],
    ['1 / 0', /divides by zero/],
    ['1.0 / 0.0', /a number that is none/],
    ['params.arguments.amount + 1', /doubles/],
    ['"a" + 1', /there is no '\+'/],
    ['"a" < 1', /no order/],
    ['request.id', /no variable 'request'/],
    ['params.missing', /no such key 'missing'/],
    ['params.arguments.tags[9]', /no such key '9'/],
    ['token.sub.length', /what has no members/],
    ['params.__proto__', /no such key '__proto__'/],
    ['params.constructor', /no such key/],
    ['1 ? 2 : 3', /no boolean/],
    ['!1', /no boolean/],
    ['params.missing || false', /no such key/],
    ['-"a"', /no minus/],
    ['1 in 2', /no list or map/],
    ['{1: 2}', /no text/],
    ['{"a": 1, "a": 2}', /stands twice/],
    ['[token.?none]', /may be absent stands inside/],
    ['token.sub.matches("(a+)+$")', /no function 'matches'/],
    ['toString()', /no function 'toString'/],
    ['token.sub.contains()', /no function 'contains'/],
    ['token.sub.contains(1)', /cannot be asked of this/],
    ['token.?none.value()', /cannot be asked of this/],
    ['int("1e9")', /cannot be asked/],
    ['has(params)', /takes one member/],
    ['[1].map(1, 2)', /a macro takes/],
    ['"a".map(x, x)', /over a list or a map/],
    [`${'('.repeat(60)}1${')'.repeat(60)}`, /nested deeper/],
    [`${'!'.repeat(60)}true`, /nested deeper/],
    ['1'.repeat(LIMITS.celCharsMax + 1), /characters/],
    [
      '[1,2,3,4,5,6,7,8].map(a, [1,2,3,4,5,6,7,8].map(b, [1,2,3,4,5,6,7,8].map(c, [1,2,3,4,5,6,7,8].map(d, [d].map(e, e)))))',
      /steps/,
    ],
    [
      '["xxxxxxxx"].map(a, a+a+a+a+a+a+a+a).map(a, a+a+a+a+a+a+a+a).map(a, a+a+a+a+a+a+a+a).map(a, a+a+a+a+a+a+a+a)',
      /more than 16384/,
    ],
  ])('%s is refused', (text, why) => {
    expect(() => run(text)).toThrow(why)
  })
})

describe('steps', () => {
  const large = fromJson({
    text: 'a'.repeat(500_000),
    nearly: `b${'a'.repeat(200_000)}`,
    digits: '1'.repeat(500_000),
    list: Array.from({ length: 100_000 }, () => 1),
    same: Array.from({ length: 100_000 }, () => 1),
    map: Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`${at}`, 1])),
  })
  const over = new Map([['p', large]])
  const often = (text: string): string => `[1,2,3,4,5,6].all(a, [1,2,3,4,5,6].all(b, ${text} || true))`

  it.each([
    'size(p.text) > 0',
    'p.text <= p.text',
    'p.text == p.text',
    'p.text.contains(p.nearly)',
    'p.text.startsWith(p.text)',
    'p.text.endsWith(p.text)',
    'double(p.digits) > 0.0',
    'p.list == p.same',
    'p.map == p.map',
    '2 in p.list',
    'p.list.exists(each, each > 1.0)',
    'p.map.all(key, key != "x")',
    '[1,2,3,4,5].all(c, p.map.exists(key, true))',
  ])('are taken by how much a value has, so that none is gone through without end: %s', (text) => {
    expect(() => run(often(text), over)).toThrow('it takes more than 10000 steps')
  })

  it.each(['p', 'p.list', '[p.map]'])('are taken by how much comes out: %s', (text) => {
    expect(() => run(text, over)).toThrow('it takes more than 10000 steps')
  })

  it.each<[string, unknown]>([
    ['size(p.text)', 500_000],
    ['p.text.contains("b") || p.text < "b"', true],
    ['p.list[99999]', 1],
    ['"99999" in p.map', true],
    ['p.list == [1]', false],
    ['p.map.exists(key, key == "5")', true],
  ])('are enough for one look at a large value: %s', (text, value) => {
    expect(run(text, over)).toEqual(value)
  })
})
