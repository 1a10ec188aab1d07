import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../ground/limits.ts'
import { AnswerShape } from './answer-shape.ts'

const [values, depth] = [LIMITS.resultValuesMax, LIMITS.resultDepthMax]

/** Looks at a text in pieces of so many bytes. */
function look(text: string, isStream = false, size = text.length): boolean {
  const [shape, bytes] = [new AnswerShape(isStream), Buffer.from(text)]
  for (let at = 0; at < bytes.length; at += size) if (shape.isTooMuch(bytes.subarray(at, at + size))) return true
  return false
}

const list = (count: number): string => `[${'1,'.repeat(count - 2)}1]`
const nest = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

describe('what an answer holds', () => {
  it.each([1, 7, 65_536])('is counted up to its bounds, in pieces of %i bytes', (size) => {
    expect(look(list(values), false, size)).toBe(false)
    expect(look(list(values + 2), false, size)).toBe(true)
    expect(look(nest(depth), false, size)).toBe(false)
    expect(look(nest(depth + 1), false, size)).toBe(true)
  })

  it('counts members and empty objects too', () => {
    expect(look(`{${'"a":{},'.repeat(values / 2)}"b":1}`)).toBe(true)
    expect(look(`[${'{},'.repeat(values / 2)}{}]`)).toBe(true)
  })

  it.each([
    ['in a text', `"${'[,'.repeat(values)}"`],
    ['behind a quotation mark in a text', `"\\"${'[,'.repeat(values)}\\\\"`],
  ])('is none of what stands %s', (_, text) => {
    for (const size of [1, 3, 65_536]) expect(look(text, false, size)).toBe(false)
  })

  it.each([false, true])('is what stands between long texts, in a stream: %s', (isStream) => {
    const text = `"${'x'.repeat(1_000)}\\"[${'x'.repeat(1_000)}\\\\"`
    const deep = (levels: number): string => `data: ${`[${text},  `.repeat(levels)}1${']'.repeat(levels)}`
    for (const size of [1, 999, 65_536]) {
      expect(look(deep(depth), isStream, size)).toBe(false)
      expect(look(deep(depth + 1), isStream, size)).toBe(true)
    }
  })

  it('is counted where a line before it left a quotation mark open', () => {
    expect(look(`: it's 5" long\ndata: ${nest(depth + 1)}\n\n`, true)).toBe(true)
    expect(look(`"\\\n${nest(depth + 1)}`)).toBe(true)
  })

  it('is counted whatever stands in lines of a stream that are passed over, and however its lines end', () => {
    for (const end of ['\n', '\r', '\r\n'])
      for (const size of [1, 7, 65_536]) {
        const passedOver = [`: "`, `: ${']'.repeat(depth + 1)}`, `dataset: ${'}'.repeat(depth + 1)}`]
        for (const line of passedOver) {
          const deep = `${line}${end}data: ${nest(depth + 1)}${end}${end}`
          expect(look(deep, true, size)).toBe(true)
          expect(look(`data: ${'['.repeat(depth)}${end}${line}${end}data: [${end}${end}`, true, size)).toBe(true)
        }
        expect(look(`: "${end}data: ${nest(depth)}${end}${end}`.repeat(3), true, size)).toBe(false)
      }
  })

  it('is that of each event of a stream alone, and of a body as a whole', () => {
    const half = list(values / 2 + 10)
    for (const [one, two] of [
      ['\n', '\n'],
      ['\r\n', '\r\n'],
      ['\r', '\r'],
    ]) {
      const events = `data: ${half}${one}${two}`.repeat(3)
      expect(look(events, true, 11)).toBe(false)
      expect(look(events, false, 11)).toBe(true)
    }
    expect(look(`data: ${half}\ndata: ${half}\n\n`, true)).toBe(true)
  })
})
