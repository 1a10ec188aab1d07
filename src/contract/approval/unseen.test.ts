import { describe, expect, it } from 'vitest'
import { findUnseen, isSeen, replaceUnseen } from './unseen.ts'

describe('what is not seen as what it is', () => {
  it.each([
    ['a zero-width space', 1, 'a\u200bb'],
    ['a zero-width joiner', 1, 'a\u200db'],
    ['a soft hyphen', 1, 'a\u00adb'],
    ['a turn of the direction', 1, 'a\u202eb'],
    ['an isolate', 1, 'a\u2066b'],
    ['a mark of byte order', 0, '\ufeffa'],
    ['a tag', 1, 'a\u{e0041}'],
    ['a filler that is a letter', 1, 'a\u3164'],
    ['a narrow filler', 1, 'a\uffa0'],
    ['a joiner of graphemes', 1, 'a\u034fb'],
    ['a variation of a letter', 3, 'ada\ufe0f'],
    ['a variation of a sign that has its colours already', 3, 'a\u{1f600}\ufe0f'],
    ['a pattern of no dots', 1, 'a\u2800'],
    ['a note without a head', 1, 'a\u{1d159}'],
    ['a filler of a script', 1, 'a\u{16fe4}'],
    ['a mark that is drawn over other lines', 7, `a${'\u0301'.repeat(7)}`],
    ['a separator of lines', 1, 'a\u2028b'],
    ['a control', 1, 'a\u0007'],
  ])('%s is found', (_, at, text) => {
    expect([isSeen(text), findUnseen(text)?.at]).toEqual([false, at])
    expect(isSeen(replaceUnseen(text, () => '?'))).toBe(true)
  })

  it.each([
    '',
    'Ada Lovelace',
    'Zoë',
    'Жанна',
    '山田',
    'नमस्ते',
    'ไทย',
    'docs:/internal/plans.md',
    '⚠️ now',
    'a\u00a0b',
    'လွှို့',
  ])('nothing is in %s', (text) => {
    expect(isSeen(text)).toBe(true)
  })
})
