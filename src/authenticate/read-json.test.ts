import { describe, expect, it } from 'vitest'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { parseStrictObject } from './read-json.ts'

function codeOf(text: string): string {
  try {
    parseStrictObject(text)
    return 'read'
  } catch (error) {
    return error instanceof RemitError ? error.code : String(error)
  }
}

describe('a JSON object that a stranger wrote', () => {
  it.each([
    ['an object', '{"a":{"b":[1,"}"]}}', 'read'],
    ['a list', '[]', 'body_malformed'],
    ['a member named twice', '{"a":1,"a":2}', 'body_malformed'],
    ['a member named twice, once with escapes', '{"a":1,"\\u0061":2}', 'body_malformed'],
    ['the same name in two objects', '{"a":{"a":1}}', 'read'],
    [
      'one level too many',
      `{"a":${'['.repeat(LIMITS.jsonDepthMax)}${']'.repeat(LIMITS.jsonDepthMax)}}`,
      'body_too_deep',
    ],
    // read again from each of its quotes, this would take for ever
    ['a string of a million quotes that does not end', `{"a":"${'\\"'.repeat(1_000_000)}`, 'body_malformed'],
  ])('with %s', (_, text, code) => {
    expect(codeOf(text)).toBe(code)
  })
})
