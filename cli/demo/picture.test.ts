import { describe, expect, it } from 'vitest'
import type { Terminal } from '../terminal.ts'
import { createPicture, drawEvent, type StoryEvent } from './picture.ts'

const plain = { paint: (_: string, text: string) => text, columns: 100 } satisfies Pick<Terminal, 'paint' | 'columns'>
const told = {
  event: 'told',
  step: 4,
  actor: 'docs-summariser',
  sentence: 'reads a document whose name is so long that the sentence about it does not fit into one line',
  entry: { index: 44, kind: 'decision.permit' },
} satisfies StoryEvent

describe('the picture of the story', () => {
  it('stays inside the width of the terminal, whatever that is', () => {
    for (const columns of [80, 100, 118, 300]) {
      const lines = drawEvent(told, { ...plain, columns })
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
      const words = lines.join(' ').split(/\s+/)
      for (const word of told.sentence.split(' ')) expect(words).toContain(word)
      const note = drawEvent({ event: 'note', sentence: told.sentence.repeat(3) }, { ...plain, columns })
      expect(Math.max(...note.map((line) => line.length))).toBeLessThanOrEqual(columns)
    }
  })

  it('shows the entry in one column, and gives a sentence without one that room too', () => {
    const [first = ''] = drawEvent(told, plain)
    const bare = drawEvent({ ...told, entry: null }, plain)
    expect(first.indexOf('#44 decision.permit')).toBe(74)
    expect(bare[0]?.length).toBeGreaterThan(74)
  })

  it('is one JSON document a line for machines, without a colour', () => {
    const lines: string[] = []
    const terminal: Terminal = { ...plain, print: (text) => lines.push(text), warn: () => {} }
    createPicture(terminal, true)(told)
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([told])
  })
})
