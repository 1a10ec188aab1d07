import { describe, expect, it } from 'vitest'
import { plain } from '../../test/prove/made-pack.ts'
import { writeCanonical } from './log/canonical-json.ts'
import { readEntry } from './read-entry.ts'

const text = writeCanonical({ ...plain, data: { a: 1, why: 'a\ufffdb' } })

/** Gives the text with one part exchanged, in as many characters as before where `pad` says so. */
function swap(from: string, to: string, pad = false): string {
  expect(text).toContain(from)
  const swapped = text.replace(from, to)
  return pad
    ? `${swapped.slice(0, -1)}${' '.repeat(JSON.stringify(JSON.parse(swapped)).length - swapped.length)}}`
    : swapped
}

describe('the text of an entry', () => {
  it('is read where it is canonical JSON with the form of an entry', () => {
    expect(readEntry(text)).toEqual(JSON.parse(text))
  })

  it.each([
    ['with white space', swap('"a":1', '"a": 1')],
    ['with members in another order', JSON.stringify({ touched: [], ...JSON.parse(text) })],
    ['with a member that stands twice', swap('"kind":"refusal"', '"kind":"decision.permit","kind":"refusal"')],
    ['with a member that stands twice, of the same length as once', swap('"a":1', '"a":2,"a":1e20', true)],
    ['with a number in another form', swap('"a":1', '"a":1.0')],
    ['with an escape that needs none', swap('"why"', '"\\u0077hy"')],
    ['with half a character', swap('\ufffd', '\\ud800')],
    ['nested beyond what canonical JSON carries', swap('"a":1', `"a":${'['.repeat(70)}${']'.repeat(70)}`)],
  ])('%s is refused', (_, changed) => {
    expect(readEntry(changed)).toBe('the entry is not in canonical form')
  })

  it.each([
    ['that is not JSON', 'x', 'the entry is not JSON'],
    ['that is no object', '[]', 'the entry does not have the form of one'],
    ['of another version', swap('"v":1', '"v":2'), 'the entry does not have the form of one'],
    ['with a policy that is no text', swap('"org":', '"policy":5,"org":'), 'the entry does not have the form of one'],
  ])('%s is refused', (_, changed, fault) => {
    expect(readEntry(changed)).toBe(fault)
  })
})
