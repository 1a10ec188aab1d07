import { describe, expect, it } from 'vitest'
import { LIMITS } from '../ground/limits.ts'
import { LastWords } from './last-words.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)

function hear(...texts: readonly string[]): LastWords {
  const words = new LastWords()
  for (const text of texts) words.hear(bytes(text))
  return words
}

describe('the last words of a child', () => {
  it('are its last lines, oldest first, whole however they arrive', () => {
    expect(hear('one\ntw', 'o\r\n\nthr', 'ee').show()).toEqual(['one', 'two', 'three'])
    const words = new LastWords()
    for (const byte of bytes('naïve 日本\n')) words.hear(Uint8Array.of(byte))
    expect(words.show()).toEqual(['naïve 日本'])
  })

  it('are bounded, however much it says', () => {
    const words = hear('x'.repeat(1_000_000), 'y'.repeat(1_000_000), '\n', 'line\n'.repeat(100_000))
    expect(words.show()).toEqual(Array.from({ length: LIMITS.stderrLinesMax }, () => 'line'))
    expect(hear('z'.repeat(1_000_000)).show()).toEqual(['z'.repeat(LIMITS.stderrLineCharsMax)])
  })

  it('steer no terminal', () => {
    expect(hear('\u001b[31mred\u001b[0m \u001b]0;title\u0007a\u0000b\u202ec\ud800\n').show()).toEqual([
      expect.stringMatching(/^red [^\p{C}]+$/u),
    ])
  })

  it('hold nothing of what it was given as environment', () => {
    const words = new LastWords({ TOKEN: 'sk-123456', LONGER: 'sk-123456-and-more', SHORT: 'no' })
    words.hear(bytes(`no key sk-123456-and-more\n${'x'.repeat(LIMITS.stderrLineCharsMax - 4)}sk-123`))
    words.hear(bytes('456\n'))
    expect(words.show().join('\n')).not.toContain('sk-')
    expect(words.show()[0]).toBe('no key …')
  })

  it('are forgotten when the next one starts', () => {
    const words = hear('old')
    words.clear()
    words.hear(bytes('new'))
    expect(words.show()).toEqual(['new'])
  })
})
