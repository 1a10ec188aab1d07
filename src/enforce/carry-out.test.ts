import { describe, expect, it } from 'vitest'
import type { Obligation } from '../contract/decision.ts'
import { carryOut } from './carry-out.ts'
import type { Members } from './tool-definition.ts'

const mask: Obligation = { id: 'org:mask', type: 'dev.remit/mask-result', properties: { members: ['iban', 'pin'] } }
const limit = (bytesMax: number): Obligation => ({
  id: 'org:limit',
  type: 'dev.remit/limit-result',
  properties: { bytesMax },
})
const text = (value: string): Members => ({ type: 'text', text: value })
const hidden = '[hidden by policy]'
const masked = (result: Members): unknown => carryOut([mask], { result })

describe('a result whose members a policy hides', () => {
  it('loses them at any depth, in lists, and in JSON that stands in a text', () => {
    const inside = JSON.stringify({ pin: 1, ok: true })
    const said = {
      iban: 'DE1',
      name: 'Ada',
      list: [{ pin: 7 }, ['x', { iban: null }]],
      deep: { iban: { a: 1 } },
      inside,
    }
    const clean = {
      iban: hidden,
      name: 'Ada',
      list: [{ pin: hidden }, ['x', { iban: hidden }]],
      deep: { iban: hidden },
      inside: JSON.stringify({ pin: hidden, ok: true }),
    }
    expect(masked({ content: [text(JSON.stringify(said))], structuredContent: said, isError: false })).toEqual({
      result: { content: [text(JSON.stringify(clean))], structuredContent: clean, isError: false },
    })
  })

  const smuggled: readonly (readonly [string, string])[] = [
    ['JSON in a text in a text', JSON.stringify(JSON.stringify({ pin: 4711 }))],
    ['a list of JSON in a text in a text', JSON.stringify(JSON.stringify([{ pin: 4711 }]))],
    ['several JSON in one text', '{"pin":4711}\n{"pin":4711}'],
    ['JSON behind a word', 'rows: {"pin":4711}'],
    ['JSON behind a mark of byte order', '\uFEFF{"pin":4711}'],
    ['a table', 'name;pin\nada;4711'],
    ['JSON whose name is escaped', '{"p\\u0069n":4711}\n{}'],
  ]
  it.each(smuggled)('do not come through in a text inside: %s', (_, inside) => {
    const said = { note: [inside] }
    const leaves = masked({ content: [text(JSON.stringify(said))], structuredContent: said })
    expect(JSON.stringify(leaves)).not.toContain('4711')
  })

  it('take no text with them that only has their letters in a longer word, or is JSON of something else', () => {
    const said = { note: 'spinning', more: '"Ada"', list: ['7', '', 'ada'] }
    expect(masked({ content: [text(JSON.stringify(said))] })).toEqual({
      result: { content: [text(JSON.stringify(said))] },
    })
  })

  const opaque: readonly (readonly [string, unknown])[] = [
    ['a plain text', text('iban: DE1')],
    ['a number in a text', text('7')],
    ['half a JSON', text('{"iban":"DE1"')],
    ['a picture', { type: 'image', data: 'aWJhbg==', mimeType: 'image/png' }],
    ['a resource', { type: 'resource', resource: { uri: 'a', text: 'iban DE1' } }],
    ['a link', { type: 'resource_link', uri: 'bank:DE1' }],
    ['a text that is none', { type: 'text', text: 7 }],
    ['nothing', null],
  ]
  it.each(opaque)('is hidden whole where it is %s, with what says the same in another form', (_, block) => {
    expect(masked({ content: [text('{"a":1}'), block], structuredContent: { content: 'iban: DE1' } })).toEqual({
      result: { content: [text('{"a":1}'), text(hidden)] },
    })
  })

  it('loses what a server says beside its content, and keeps what the protocol needs', () => {
    expect(masked({ resultType: 'complete', content: [], _meta: { iban: 'DE1' }, more: 1 })).toEqual({
      result: { resultType: 'complete', content: [] },
    })
    expect(masked({ content: 'DE1', isError: 'DE1' })).toEqual({ result: { content: [], isError: false } })
  })

  it('says of an error its code and no more', () => {
    const fault = { code: -32_000, message: 'iban DE1 is wrong', data: { iban: 'DE1' } }
    expect(carryOut([mask], { fault })).toEqual({ fault: { code: -32_000, message: hidden } })
  })

  it('is no other one for a name that every object has', () => {
    const odd: Obligation = { ...mask, properties: { members: ['__proto__', 'constructor'] } }
    const result = { content: [text('{"__proto__":{"iban":1},"a":1}')] }
    expect(carryOut([odd], { result })).toEqual({
      result: { content: [text(`{"__proto__":"${hidden}","a":1}`)] },
    })
  })
})

describe('a result that a policy bounds', () => {
  const reply = { result: { content: [text('abc')] } }
  const bytes = Buffer.byteLength(JSON.stringify(reply))

  it('passes up to the last byte, and not one more', () => {
    expect(carryOut([limit(bytes)], reply)).toBe(reply)
    expect(() => carryOut([limit(bytes - 1)], reply)).toThrow(/result_too_large|bytes through/)
    expect(() => carryOut([limit(1)], { fault: { code: 1, message: 'x' } })).toThrow(/bytes through/)
  })

  it('is measured as it leaves, whichever policy is named first', () => {
    const long = { result: { content: [text(JSON.stringify({ iban: 'x'.repeat(1_000) }))] } }
    for (const both of [
      [limit(200), mask],
      [mask, limit(200)],
    ])
      expect(JSON.stringify(carryOut(both, long))).not.toContain('xx')
  })
})

it('nothing leaves under an obligation that nobody carries out', () => {
  for (const type of ['step-up', 'toString', 'dev.remit/other'])
    expect(() => carryOut([{ id: 'a', type, properties: {} }], { result: {} })).toThrow(/internal/)
  const reply = { result: { content: [text('free')] } }
  expect(carryOut([], reply)).toBe(reply)
})
