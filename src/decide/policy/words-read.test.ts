import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs'
import { describe, expect, it } from 'vitest'
import { findUnread, findWordsRead, joinWordsRead, type WordsRead } from './words-read.ts'

const read = (condition: string): WordsRead => {
  const answer = policyToJson(`permit (principal, action, resource) when { ${condition} };`)
  if (answer.type === 'failure') throw new Error(answer.errors[0]?.message)
  return findWordsRead(answer.json)
}

describe('the tags that a policy can look at', () => {
  it.each<[string, readonly string[] | 'all']>([
    ['true', []],
    ['context.asked.hasTag("a") && context.asked.getTag("b") == "c"', ['a', 'b']],
    ['if principal.hasTag("a") then [1].contains(1) else {x: principal.getTag("b")}.x == "y"', ['a', 'b']],
    ['context.asked.hasTag(principal.name)', 'all'],
    ['context.asked.getTag(context.asked.getTag("a")) == "b"', 'all'],
    ['context has arguments && context.arguments.getTag("a") == context.arguments.getTag("b")', ['a', 'b']],
    ['"getTag" == "hasTag" && context.getTag == 1', []],
  ])('%s', (condition, names) => {
    const { tags } = read(condition)
    expect(tags === 'all' ? tags : [...tags]).toEqual(names)
  })

  it.each<[string, readonly string[]]>([
    ['context has source && context.source.isLoopback()', ['source']],
    ['context.source == ip("10.0.0.1")', ['source']],
    ['context.here.permitted.hasTag("a/b")', ['here']],
    ['context has history.permitted && context.source.isLoopback()', ['source', 'history']],
    ['context == context', ['source', 'history', 'here']],
    ['{a: context}.a.approved', ['source', 'history', 'here']],
    ['principal.name == "source" || principal.name == "here"', []],
  ])('and what of the context that is not always told: %s', (condition, members) => {
    expect([...read(condition).members]).toEqual(members)
  })

  it.each([
    ['context.now > datetime("2026-01-01")', true],
    ['context.local.weekday <= 5', true],
    ['context has local && true', true],
    ['context has history.now && true', true],
    ['context.task.secondsLeft > 60', true],
    ['{a: context}.a.approved', true],
    ['context == context', true],
    ['[context].contains(context)', true],
    ['if principal has now then true else false', true],
    ['context.approved && context.task.calls < 3 && context.asked.hasTag("now")', false],
    ['context has source && principal.name == "now"', false],
    ['resource.sensitivity.rank < 2', false],
  ])('and whether it looks at the clock: %s', (condition, clock) => {
    expect(read(condition).clock).toBe(clock)
  })

  it('are those of all policies together', () => {
    const [a, b] = [
      { tags: new Set(['a']), members: new Set<string>(), clock: false },
      { tags: new Set(['b']), members: new Set(['source']), clock: true },
    ]
    expect(joinWordsRead(a, b)).toEqual({ tags: new Set(['a', 'b']), members: new Set(['source']), clock: true })
    expect(joinWordsRead(b, a)).toEqual({ tags: new Set(['a', 'b']), members: new Set(['source']), clock: true })
    expect(joinWordsRead(a, { ...a, tags: 'all' })).toEqual({ tags: 'all', members: new Set<string>(), clock: false })
    expect(joinWordsRead({ ...a, tags: 'all' }, a)).toEqual({ tags: 'all', members: new Set<string>(), clock: false })
  })
  it('are told where earlier policies did not look at them', () => {
    const [none, a] = [
      { tags: new Set<string>(), members: new Set<string>(), clock: false },
      { tags: new Set(['a']), members: new Set(['source']), clock: true },
    ]
    expect(findUnread(none, a)).toEqual(['a', 'context.source'])
    expect(findUnread(a, a)).toEqual([])
    expect(findUnread(a, { ...a, tags: 'all' })).toEqual(['*'])
    expect(findUnread({ ...none, tags: 'all' }, a)).toEqual(['context.source'])
    // the same names, looked at elsewhere
    expect(findUnread(a, { ...a, members: new Set(['source', 'here']) })).toEqual(['context.here'])
  })
})
