import { describe, expect, it } from 'vitest'
import { findMeant } from './did-you-mean.ts'

describe('what was likely meant', () => {
  const words = ['list', 'show', 'draft', 'submit', 'suspend']
  it.each([
    ['lst', 'list'],
    ['LIST', 'list'],
    ['hsow', 'show'],
    ['darft', 'draft'],
    ['submitt', 'submit'],
    ['ls', 'list'],
  ])('by %s is %s', (said, meant) => {
    expect(findMeant(said, words)).toBe(meant)
  })

  it.each(['', 'x', 'create', 'frobnicate', '__proto__'])('by %j is nothing', (said) => {
    expect(findMeant(said, words)).toBeUndefined()
  })

  it('is the nearest of several', () => {
    expect(findMeant('delegat', ['undelegate', 'delegates', 'delegate'])).toBe('delegate')
  })
})
