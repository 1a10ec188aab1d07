import { afterEach, describe, expect, it, vi } from 'vitest'
import { AnswerTooLarge, WholeLines } from './whole-lines.ts'

afterEach(() => vi.restoreAllMocks())

const said = (id: number, text = ''): string => JSON.stringify({ jsonrpc: '2.0', id, result: { text } })

/** Gives lines in pieces of so many bytes, and tells what is heard: messages, and ids of what was too large. */
function hear(lines: WholeLines, text: string, size: number): unknown[] {
  const [bytes, heard] = [Buffer.from(text), [] as unknown[]]
  for (let at = 0; at < bytes.length; at += size) {
    lines.append(bytes.subarray(at, at + size))
    while (readOne(lines, heard));
  }
  return heard
}

function readOne(lines: WholeLines, heard: unknown[]): boolean {
  try {
    const message = lines.readMessage()
    if (message !== null) heard.push(message)
    return message !== null
  } catch (error) {
    heard.push(error instanceof AnswerTooLarge ? error.id : error)
    return true
  }
}

describe('what a child writes', () => {
  it.each([1, 7, 64, 10_000])('is read whole in pieces of %i bytes', (size) => {
    const text = `log\n${said(1, 'ä')}\n${said(2)}\r\n\n${said(3, 'x'.repeat(500))}\n${said(4)}`
    const ids = hear(new WholeLines(1_000), `${text}\n`, size).map((message) => (message as { id: number }).id)
    expect(ids).toEqual([1, 2, 3, 4])
  })

  it('is copied once, however many pieces a message comes in', () => {
    const concat = vi.spyOn(Buffer, 'concat')
    expect(hear(new WholeLines(10_000_000), `${said(1, 'x'.repeat(5_000_000))}\n`, 65_536)).toHaveLength(1)
    expect(concat.mock.calls.length).toBeLessThan(3)
  })

  it.each([
    ['first', (text: string) => JSON.stringify({ jsonrpc: '2.0', id: 7, result: { text } })],
    ['first of all', (text: string) => JSON.stringify({ id: 7, jsonrpc: '2.0', result: { text } })],
    ['last', (text: string) => JSON.stringify({ result: { text }, jsonrpc: '2.0', id: 7 })],
    ['last but one', (text: string) => JSON.stringify({ result: { text }, id: 7, jsonrpc: '2.0' })],
  ])('beyond the bound ends its own call alone, where the id comes %s', (_, write) => {
    const text = `${said(1)}\n${write(`,"id":9}${'x'.repeat(5_000)},"id":9}`)}\n${said(2)}\n`
    for (const size of [10, 300, 900]) {
      const heard = hear(new WholeLines(1_000), text, size)
      expect(heard.filter((one) => typeof one === 'number')).toEqual([7])
      expect(heard.filter((one) => one !== 7)).toMatchObject([{ id: 1 }, { id: 2 }])
    }
  })

  it.each([
    ['does not say what it answers', `${JSON.stringify({ text: 'x'.repeat(5_000), said: { id: 9 } })}\n`],
    ['has no end', 'x'.repeat(20_000)],
  ])('beyond the bound ends the connection where it %s', (_, text) => {
    expect(() => hear(new WholeLines(1_000), text, 300)).toThrow('exceeded maximum size')
  })
})
