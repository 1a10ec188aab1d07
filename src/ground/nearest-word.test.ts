import { describe, expect, it } from 'vitest'
import { findNearestWord } from './nearest-word.ts'

const known = ['dataDir', 'issuers', 'upstreams', 'port', 'org']

describe('a misspelt word', () => {
  it.each([
    ['dataDri', 'dataDir'],
    ['datadir', 'dataDir'],
    ['issuer', 'issuers'],
    ['upstraem', 'upstreams'],
    ['prot', 'port'],
  ])('%s stands for %s', (said, word) => {
    expect(findNearestWord(said, known)).toBe(word)
  })

  it.each(['colour', 'x', '', '__proto__'])('%j stands for nothing that is known', (said) => {
    expect(findNearestWord(said, known)).toBeUndefined()
  })
})
