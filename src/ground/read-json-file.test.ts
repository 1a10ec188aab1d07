import { describe, expect, it } from 'vitest'
import { findJsonFault } from './read-json-file.ts'

describe('where a text is not JSON', () => {
  it.each([
    ['{"a": x}', { line: 1, column: 7 }],
    ['{"a": 1,}', { line: 1, column: 9 }],
    ['{\n "a": 1\n "b": 2\n}', { line: 3, column: 2 }],
    ['{"a": "x\ny"}', { line: 1, column: 9 }],
    ['{"a": trux}', { line: 1, column: 10 }],
    ['{} x', { line: 1, column: 4 }],
    ["{'a': 1}", { line: 1, column: 2 }],
    ['{"a": 1} // as it is', { line: 1, column: 10 }],
  ])('is said to the character: %j', (text, place) => {
    expect(findJsonFault(text)).toEqual(place)
  })

  it.each(['', '{"a": ', '{"a": tru', '["x', '{"a": 1}'])(
    'is nowhere where it only ends too early, or is JSON: %j',
    (text) => {
      expect(findJsonFault(text)).toBeNull()
    },
  )
})
