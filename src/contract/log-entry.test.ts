import { describe, expect, it } from 'vitest'
import { decisionData } from './decision.ts'
import { ENTRY_KINDS, entryBytesMax } from './log-entry.ts'

describe('the kinds of entry', () => {
  it.each(Object.entries(ENTRY_KINDS))('%s is a name in kebab-case with a phrase of its own', (kind, phrase) => {
    expect(kind).toMatch(/^[a-z]+(-[a-z]+)*(\.[a-z]+(-[a-z]+)*)?$/)
    expect(phrase).toMatch(/^[a-z][^.]+[^.]$/)
    expect(Object.values(ENTRY_KINDS).filter((other) => other === phrase)).toHaveLength(1)
  })

  it('fit the two bytes of length that a bundle of entries has', () => {
    expect(entryBytesMax).toBe(2 ** 16 - 1)
  })
})

describe('the entry of a decision', () => {
  it('always says what was decided, how, and by which rules', () => {
    const reasons = [{ rule: 'law:containment', sentence: 'It lies inside.', secret: 'not for the log' }]
    const data = decisionData({ kind: 'task', outcome: 'permit', reasons }, { taskId: 'tsk_1' })
    const said = [{ rule: 'law:containment', sentence: 'It lies inside.' }]
    expect(data).toEqual({ decision: 'task', outcome: 'permit', reasons: said, taskId: 'tsk_1' })
  })
})
