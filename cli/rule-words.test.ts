import { describe, expect, it } from 'vitest'
import { readRules, writeRules } from './rule-words.ts'

describe('rules for claims', () => {
  it('are read as a text, a pattern, a whole number or a yes or no, and written as they were said', () => {
    const said = ['repository_id=42', 'ref~=refs/heads/*', 'runner_id:=7', 'email_verified:=true', '/a~1b/c=x']
    const rules = readRules(said)
    expect(rules).toEqual({
      repository_id: '42',
      ref: { pattern: 'refs/heads/*' },
      runner_id: 7,
      email_verified: true,
      '/a~1b/c': 'x',
    })
    expect(readRules(String(writeRules(rules)).replaceAll('"', '').split(' '))).toEqual(rules)
  })

  it.each(['foo', '=x', '~=x', ':=true', 'n:=x', 'n:=1.5', 'n:={}'])('are not what has another form: %s', (text) => {
    expect(() => readRules([text])).toThrow(/is not a rule|is neither a whole number/)
  })

  it('are refused where a claim has two of them, as the last alone would count', () => {
    expect(() => readRules(['repository_id=74', 'ref=x', 'repository_id~=7/*'])).toThrow(
      /two rules for 'repository_id'/,
    )
  })
})
