import { policySetTextToParts } from '@cedar-policy/cedar-wasm/nodejs'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../ground/limits.ts'
import { liftLongLiterals } from '../../cedar/long-literals.ts'
import { findTypesFault } from '../../domain/read/schema-cost.ts'
import { readShipped } from '../load-policies.ts'
import { placeItems } from '../trial/place-items.ts'
import { type CheckedPolicies, checkPolicies } from './check-policies.ts'
import { locateByte, noteOf } from './locate.ts'
import { findNestingFault } from './nesting.ts'
import { placePolicies, splitPolicies } from './place-policies.ts'

const { schema, shipped } = await readShipped()
const check = (...texts: readonly string[]): CheckedPolicies =>
  checkPolicies({ schema, shipped, own: texts.map((text, at) => ({ name: `${at}.cedar`, text })) })

describe('a place in a file', () => {
  const start = { file: 'a.cedar', line: 3, column: 5 }
  it.each([
    ['the first byte is where the text begins', 'abc', 0, 3, 5],
    ['the same line goes on from there', 'abc', 2, 3, 7],
    ['another line begins at its first column', 'ab\ncd', 3, 4, 1],
    ['and goes on', 'ab\ncd', 4, 4, 2],
    ['bytes are not columns', 'éé\nüü', 4, 3, 7],
    ['an emoji is two columns, as editors count', '😀x', 4, 3, 7],
    ['the end is a place as well', 'ab\n', 3, 4, 1],
  ])('is found by its byte: %s', (_, text, byte, line, column) => {
    expect(locateByte(start, text, byte)).toEqual({ file: 'a.cedar', line, column })
  })

  it('is that of the first thing that Cedar points at, or the beginning; the hint is its help, or its label', () => {
    const error = {
      message: 'for policy `x`, it is odd',
      help: null,
      code: null,
      url: null,
      severity: null,
      related: [],
    }
    const at = (label: string | null) => [{ start: 3, end: 4, label }]
    const note = (more: object) =>
      noteOf({ ...error, ...more } as Parameters<typeof noteOf>[0], 'odd', start, 'ab\ncd', 'x')
    const place = { file: 'a.cedar', id: 'x', kind: 'odd', sentence: 'it is odd' }
    expect(note({})).toEqual({ ...place, line: 3, column: 5, hint: null })
    expect(note({ sourceLocations: [] })).toEqual({ ...place, line: 3, column: 5, hint: null })
    expect(note({ sourceLocations: at(null) })).toEqual({ ...place, line: 4, column: 1, hint: null })
    expect(note({ sourceLocations: at('here') })).toMatchObject({ hint: 'here' })
    expect(note({ sourceLocations: at('here'), help: 'do that' })).toMatchObject({ hint: 'do that' })
  })
})

describe('the policies of a file', () => {
  const one = 'permit (principal, action, resource);'
  const text = ` // a; comment\n${one}\n${one} @sentence("a; \\" b") ${one}\n// the end`

  it('are cut behind each ; that ends one, and the pieces are the whole text', () => {
    const pieces = [...splitPolicies({ name: 'a', text })]
    expect(pieces.map((piece) => piece.text).join('')).toBe(text)
    expect(pieces.map(({ place }) => [place.line, place.column])).toEqual([
      [1, 1],
      [2, 38],
      [3, 38],
      [3, 97],
    ])
  })

  it('are looked through once where a text is never closed, however many quotes stand in it', () => {
    for (const end of ['', '\\', '\\\\']) {
      const open = `"${'\\"'.repeat(400_000)}; ${one}${end}`
      const pieces = [...splitPolicies({ name: 'a', text: `${one}${open}` })]
      expect(pieces.map((piece) => piece.text)).toEqual([one, open])
      expect(findNestingFault(`${open}${'('.repeat(9_999)}`, 'policies')).toBeNull() // Cedar stops at the first quote
      expect(policySetTextToParts(`${open}${'('.repeat(9_999)}`)).toMatchObject({
        errors: [{ message: 'invalid token', sourceLocations: [{ start: 0 }] }],
      })
      expect(liftLongLiterals(`${open} 99999999999999999999`)).toBe(`${open} 99999999999999999999`)
      expect(findTypesFault(`${open} type A = Set<A>;`)).toBeNull()
      expect(placeItems('a', `[1, ${open}, 2]`, new Set([1, 2])).get(1)).toMatchObject({ line: 1, column: 5 })
      expect(placeItems('a', `[1, ${open}, 2]`, new Set([1, 2])).get(2)).toBeUndefined()
    }
  })

  it('have their places by their texts, in turn where one stands twice', () => {
    const places = placePolicies({ name: 'a', text })
    expect(places.get(one)?.map(({ line, column }) => [line, column])).toEqual([
      [2, 1],
      [3, 1],
    ])
    expect(places.get(`@sentence("a; \\" b") ${one}`)).toEqual([{ file: 'a', line: 3, column: 39 }])
  })
})

describe('a text that Cedar could not read on its stack', () => {
  const { policyNestingMax, policyChainedMax } = LIMITS
  const deep = `it has more than ${policyNestingMax} brackets inside each other`
  const long = `it has more than ${policyChainedMax} operators in one policy; write several`
  const nest = (open: string, close: string, levels: number): string => `${open.repeat(levels)}1${close.repeat(levels)}`

  it.each([
    ['(', ')'],
    ['[', ']'],
    ['{', '}'],
  ])('has too many %s inside each other', (open, close) => {
    expect(findNestingFault(nest(open, close, policyNestingMax), 'policies')).toBeNull()
    expect(findNestingFault(nest(open, close, policyNestingMax + 1), 'policies')).toBe(deep)
    const beside = nest(open, close, policyNestingMax)
    expect(findNestingFault(`${beside} ${beside}`, 'policies')).toBeNull()
    expect(findNestingFault(`${close.repeat(9)}${nest(open, close, policyNestingMax + 1)}`, 'policies')).toBe(deep)
  })

  it('has types inside of types in a schema, where < is a bracket, and an operator in a policy', () => {
    const types = nest('Set<', '>', policyNestingMax + 1)
    expect(findNestingFault(types, 'schema')).toBe(deep)
    expect(findNestingFault(nest('Set<', '>', policyNestingMax), 'schema')).toBeNull()
    expect(findNestingFault('1 < 2 '.repeat(policyNestingMax + 1), 'policies')).toBeNull()
  })

  it.each(['&&', '||', '==', '!=', '<=', '>=', '<', '>', '+', '-', '*', '.', '!', '['])(
    'chains too many %s',
    (operator) => {
      const spaced = ` ${operator} `
      const close = operator === '[' ? ' ] ' : ''
      expect(findNestingFault(`a${spaced}${close}`.repeat(policyChainedMax), 'policies')).toBeNull()
      expect(findNestingFault(`a${spaced}${close}`.repeat(policyChainedMax + 1), 'policies')).toBe(long)
    },
  )

  it.each(['if', 'then', 'else', 'in', 'is', 'has', 'like', 'when', 'unless'])('chains too many %s', (word) => {
    expect(findNestingFault(` ${word} `.repeat(policyChainedMax), 'policies')).toBeNull()
    expect(findNestingFault(` ${word} `.repeat(policyChainedMax + 1), 'policies')).toBe(long)
    expect(findNestingFault(` a${word} `.repeat(policyChainedMax + 1), 'policies')).toBeNull()
  })

  it('is none where the operators are those of several policies, of texts or of comments', () => {
    const half = 'a + '.repeat(policyChainedMax / 2 + 1)
    expect(findNestingFault(`${half}; ${half};`, 'policies')).toBeNull()
    expect(findNestingFault(`${half} ${half}`, 'policies')).toBe(long)
    const all = 'a + '.repeat(policyChainedMax + 1)
    expect(findNestingFault(`"${all}" // ${all}\n "\\"${all}" // ${all}\r `, 'policies')).toBeNull()
    expect(findNestingFault(`"(" `.repeat(policyNestingMax + 1), 'policies')).toBeNull()
    expect(findNestingFault(`// ;\n${all}`, 'policies')).toBe(long)
    expect(findNestingFault(`{ a: ( ) } `.repeat(policyChainedMax + 1), 'policies')).toBeNull()
  })

  it.each([
    ['texts', '"a" '],
    ['comments', '// a\n'],
    ['comments that end as they begin', '// a //\n'],
    ['texts with a comment in them', '"//" '],
  ])('is none where there are only many %s, each of them whole', (_, one) => {
    expect(findNestingFault(one.repeat(policyChainedMax + 1), 'policies')).toBeNull()
    const most = ' + '.repeat(policyChainedMax)
    expect(findNestingFault(`${most}${one}`, 'policies')).toBeNull()
    expect(findNestingFault(`${most}${one} + `, 'policies')).toBe(long)
  })

  it('is none where the last text of many operators is never closed', () => {
    expect(findNestingFault(`${' + '.repeat(policyChainedMax)}"a + (`, 'policies')).toBeNull()
  })

  it('is refused as a fault at the beginning of its file', () => {
    const { faults, policies } = check(`permit (principal, action, resource) when { ${'('.repeat(60)} };`)
    expect(faults).toEqual([
      { file: '0.cedar', line: 1, column: 1, id: null, kind: 'form', sentence: deep, hint: null },
    ])
    expect(policies.filter(({ origin }) => origin === 'organisation')).toEqual([])
  })
})

describe('the form of a policy', () => {
  const head =
    'permit (principal is Remit::Identity, action == Remit::Action::"read", resource) when { principal.name == "x" };'
  const faultOf = (annotations: string) =>
    check(`${annotations} ${head}`).faults.map(({ id, sentence }) => [id, sentence])
  const badId = (id: string) => [[null, `a policy needs an @id such as "acme:no-deletes", not "${id}"`]]
  const said = '@sentence("It is so.")'
  const longest = `a${'b'.repeat(31)}:c${'d'.repeat(95)}`

  it.each(['a:x', 'a1-b:0-x', longest, 'laws:x', 'errors:x'])('has an id such as %s', (id) => {
    expect(faultOf(`@id("${id}") ${said}`)).toEqual([])
  })

  it.each([
    '',
    'x',
    ':x',
    'a:',
    '1a:x',
    '-a:x',
    'A:x',
    'a:X',
    'a:-x',
    'a:x y',
    'a:x\\n',
    'a:b:c',
    'law:x',
    'error:x',
    `a${longest}`,
    `${longest}e`,
  ])('has no id such as %s', (id) => {
    expect(faultOf(`@id("${id}") ${said}`)).toEqual(badId(id.replace('\\n', '\n')))
  })

  const needsSentence = [['a:x', 'a policy needs a @sentence that a person can act on']]
  const badCount = (count: string) => [
    ['a:x', `@approvers is a number from 1 to ${LIMITS.approversMax}, not "${count}"`],
  ]
  it.each([
    ['no id', said, badId('')],
    ['no sentence', '@id("a:x")', needsSentence],
    ['an empty sentence', '@id("a:x") @sentence("")', needsSentence],
    ['a sentence that is too long', `@id("a:x") @sentence("${'x'.repeat(LIMITS.textCharsMax + 1)}")`, needsSentence],
    ['the longest sentence', `@id("a:x") @sentence("${'x'.repeat(LIMITS.textCharsMax)}")`, []],
    ['one approver', `@id("a:x") ${said} @approvers("1")`, []],
    ['the most approvers', `@id("a:x") ${said} @approvers("${LIMITS.approversMax}")`, []],
    [
      'more than the most',
      `@id("a:x") ${said} @approvers("${LIMITS.approversMax + 1}")`,
      badCount(`${LIMITS.approversMax + 1}`),
    ],
    ['no approver', `@id("a:x") ${said} @approvers("0")`, badCount('0')],
    ['many approvers', `@id("a:x") ${said} @approvers("10")`, badCount('10')],
    ['approvers in words', `@id("a:x") ${said} @approvers("two")`, badCount('two')],
    ['a name of ours', `@id("a:x") @sentence("remit:long")`, [[null, 'it holds a name that is kept for Remit']]],
  ])('is held to account: %s', (_, annotations, faults) => {
    expect(faultOf(annotations)).toEqual(faults)
  })

  it('says how many people approve what it holds, where that is more than one', () => {
    const [one, two] = ['1', '2'].map((count) =>
      check(`@id("a:x") ${said} @approvers("${count}") ${head}`).policies.find(({ id }) => id === 'a:x'),
    )
    expect([one?.approvers, two?.approvers]).toEqual([undefined, 2])
    expect(two).toMatchObject({
      sentence: 'It is so.',
      effect: 'permit',
      file: '0.cedar',
      line: 1,
      column: 1,
      origin: 'organisation',
    })
  })

  it('is no template', () => {
    expect(check(`\n @id("a:x") ${said} permit (principal == ?principal, action, resource);`).faults).toMatchObject([
      { file: '0.cedar', line: 2, column: 2, kind: 'form', sentence: 'this is a template; write out each policy' },
    ])
  })
})

describe('a set as a whole', () => {
  const whole = { file: '', line: 0, column: 0, id: null, kind: 'form', hint: null }
  it('is refused where there is no policy at all', () => {
    expect(checkPolicies({ schema, shipped: [], own: [] })).toEqual({
      policies: [],
      faults: [{ ...whole, sentence: 'there is no policy at all' }],
      warnings: [],
      schema: null,
      words: { tags: new Set(), members: new Set(), clock: false },
    })
  })

  it('is refused where it has too many bytes, of which there are more than characters', () => {
    const text = (bytes: number) => `//${'é'.repeat((bytes - 2) / 2)}`
    const max = LIMITS.policyBytesMax
    const ask = (bytes: number) =>
      checkPolicies({ schema, shipped: [], own: [{ name: 'a', text: text(bytes) }] }).faults[0]?.sentence
    expect(ask(max)).toBe('there is no policy at all')
    expect(ask(max + 2)).toBe(`the policies have ${max + 2} bytes, and ${max} are the most`)
  })

  it('is refused with the place in the schema where that does not parse', () => {
    const checked = checkPolicies({ schema: 'namespace Remit {\n entity', shipped, own: [] })
    expect(checked).toMatchObject({
      policies: [],
      schema: null,
      faults: [{ file: 'the schema', line: 2, kind: 'syntax' }],
    })
  })
})
