import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../../test/arbitraries.ts'
import { quoteText, quoteUnlessWord } from './quote.ts'

describe('a text that is quoted', () => {
  it('is JSON that says the same, in visible characters only', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const quoted = quoteText(text)
        expect(quoted).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
        return JSON.parse(quoted) === text
      }),
      RUNS,
    )
  })

  it.each([
    ['a control character', 'a\u001b[31mb', '"a\\u001b[31mb"'],
    ['one above ASCII', 'a\u009bb', '"a\\u009bb"'],
    ['a change of direction', 'a\u202eb', '"a\\u202eb"'],
    ['a new line of any kind', 'a\n\u2028b', '"a\\n\\u2028b"'],
    ['a tag that nobody sees', 'a\u{e0041}b', '"a\\udb40\\udc41b"'],
    ['a letter that is drawn as nothing', 'a\u3164b', '"a\\u3164b"'],
    ['a quote', 'a"b', '"a\\"b"'],
  ])('shows %s as an escape', (_, text, quoted) => {
    expect(quoteText(text)).toBe(quoted)
  })

  it.each(['docs-summariser', 'docs/read_text_file', 'docs:public/*', 'T1'])(
    'is left as it is where it is the word %s',
    (word) => {
      expect(quoteUnlessWord(word)).toBe(word)
    },
  )

  it.each(['', 'two words', 'a; b', '(x)', 'psn_1', 'docs:idn_1', 'a"b', '-x', 'a\u200bb'])(
    'is not left as it is where it is %j',
    (text) => {
      expect(quoteUnlessWord(text)).toBe(quoteText(text))
    },
  )
})
