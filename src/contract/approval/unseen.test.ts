import { describe, expect, it } from 'vitest'
import { findUnseen, isSeen, replaceUnseen } from './unseen.ts'

describe('what is not seen as what it is', () => {
  it.each([
    ['a zero-width space', 'a\u200bb'],
    ['a zero-width joiner', 'a\u200db'],
    ['a soft hyphen', 'a\u00adb'],
    ['a turn of the direction', 'a\u202eb'],
    ['an isolate', 'a\u2066b'],
    ['a mark of byte order', '\ufeffa'],
    ['a tag', 'a\u{e0041}'],
    ['a filler that is a letter', 'a\u3164'],
    ['a narrow filler', 'a\uffa0'],
    ['a joiner of graphemes', 'a\u034fb'],
    ['a variation of a letter', 'ada\ufe0f'],
    ['a pattern of no dots', 'a\u2800'],
    ['a separator of lines', 'a\u2028b'],
    ['a control', 'a\u0007'],
  ])('%s is found', (_, text) => {
    expect([isSeen(text), findUnseen(text)?.at]).toEqual([false, text.search(/[^abd]/u)])
    expect(isSeen(replaceUnseen(text, () => '?'))).toBe(true)
  })

  it.each(['', 'Ada Lovelace', 'Zoë', 'Жанна', '山田', 'नमस्ते', 'ไทย', 'docs:/internal/plans.md', '⚠️ now', 'a\u00a0b'])(
    'nothing is in %s',
    (text) => {
      expect(isSeen(text)).toBe(true)
    },
  )
})
