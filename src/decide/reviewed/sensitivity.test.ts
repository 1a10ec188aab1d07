import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { names, patterns, RUNS, sensitivities } from '../../../test/arbitraries.ts'
import { newToolRule } from '../../../test/decide/nouns.ts'
import type { ResourceRule, ToolRule } from '../../contract/register/purpose.ts'
import { matchesPattern } from '../../contract/scope.ts'
import { findActSensitivity, findReachSensitivity, findSensitivity } from './sensitivity.ts'

describe('the sensitivity of a resource', () => {
  it('is that of the longest rule that matches, a name before a prefix, whatever their order', () => {
    const rules = [
      { pattern: 'docs:/*', sensitivity: 'internal' },
      { pattern: 'docs:/secret*', sensitivity: 'restricted' },
      { pattern: 'docs:/secret', sensitivity: 'confidential' },
      { pattern: '*', sensitivity: 'public' },
    ] as const
    for (const list of [rules, rules.toReversed()]) {
      const of = (resource: string) => findSensitivity(list, resource)
      expect([of('docs:/a'), of('docs:/secret'), of('docs:/secrets'), of('mail:/x')]).toEqual([
        'internal',
        'confidential',
        'restricted',
        'public',
      ])
    }
  })

  it('is found in a long list without going through it again', () => {
    let looks = 0
    const watched: ResourceRule = {
      sensitivity: 'public',
      get pattern() {
        looks += 1
        return 'docs:/*'
      },
    }
    const list = [watched]
    findSensitivity(list, 'docs:/a')
    const before = looks
    expect([findSensitivity(list, 'docs:/b'), findSensitivity(list, 'mail:/b'), looks]).toEqual([
      'public',
      'restricted',
      before,
    ])
  })

  it('is the strictest where no rule matches', () => {
    expect(findSensitivity([], 'docs:/a')).toBe('restricted')
    expect(findSensitivity([{ pattern: 'mail:/*', sensitivity: 'public' }], 'docs:/a')).toBe('restricted')
  })

  it('is what going through all rules gives, whatever they and the resource are', () => {
    const lists = fc.uniqueArray(patterns, { maxLength: 12 })
    const property = fc.property(
      lists,
      fc.array(sensitivities, { minLength: 12, maxLength: 12 }),
      names,
      (all, of, name) => {
        const rules = all.map((pattern, at) => ({ pattern, sensitivity: of[at] ?? 'public' }))
        const matching = rules.filter(({ pattern }) => matchesPattern(pattern, name))
        const [longest] = matching.sort((x, y) => exactnessOf(y.pattern) - exactnessOf(x.pattern))
        expect(findSensitivity(rules, name)).toBe(longest?.sensitivity ?? 'restricted')
      },
    )
    fc.assert(property, RUNS)
  })
})

describe('the sensitivity of a folder', () => {
  const files = { resourceArgument: 'path', resourceKind: 'path', resourcePrefix: 'docs:' } as const
  const rules = [
    { pattern: 'docs:*', sensitivity: 'internal' },
    { pattern: 'docs:pay/2026/*', sensitivity: 'restricted' },
    { pattern: 'docs:pay/bands.md', sensitivity: 'confidential' },
    { pattern: 'docs:news/*', sensitivity: 'public' },
    { pattern: 'docs:open', sensitivity: 'public' },
    { pattern: 'docs:open/draft-*', sensitivity: 'confidential' },
    { pattern: 'mail:/a/*', sensitivity: 'restricted' },
    { pattern: 'mail:/*', sensitivity: 'public' },
  ] as const

  it.each([
    ['what is in it', 'docs:pay', 'restricted'],
    ['what is in it, at its end', 'docs:pay/2026', 'restricted'],
    ['all that there is, of the root', 'docs:', 'restricted'],
    ['all that there is, of a root with a slash', 'mail:/', 'restricted'],
    ['itself, where what is in it is milder', 'docs:news', 'internal'],
    ['itself, where a rule spells it', 'docs:open', 'public'],
    ['itself, where it only begins alike', 'docs:payroll', 'internal'],
    ['itself, of a file', 'docs:pay/other.md', 'internal'],
  ])('is as strict as %s', (_what, resource, sensitivity) => {
    for (const tool of [undefined, files, { ...files, resourcePrefix: 'mail:/' }]) {
      expect(findActSensitivity(rules, resource, tool)).toBe(sensitivity)
      expect(findActSensitivity(rules.toReversed(), resource, tool)).toBe(sensitivity)
    }
  })

  it('is that of the name alone where a tool takes texts, or is about one thing as a person has said', () => {
    for (const other of [{ resourceKind: 'text' }, { resourceArgument: null, resourcePrefix: 'docs:pay' }] as const)
      expect(findActSensitivity(rules, 'docs:pay', { ...files, ...other })).toBe('internal')
  })

  it('is that of all that begins so where paths begin with what ends in no mark', () => {
    const list = [
      { pattern: 'docs-*', sensitivity: 'internal' },
      { pattern: 'docs-pay/*', sensitivity: 'confidential' },
      { pattern: 'docs', sensitivity: 'restricted' },
    ] as const
    const tool = { ...files, resourcePrefix: 'docs-' }
    for (let times = 0; times < 2; times += 1) expect(findActSensitivity(list, 'docs-', tool)).toBe('confidential')
    expect(findActSensitivity(list, 'docs-news', tool)).toBe('internal')
    const spelled = [...list, { pattern: 'docs-', sensitivity: 'public' }] as const
    expect(findActSensitivity(spelled, 'docs-', tool)).toBe('public')
  })

  it('is, to what a pattern of actions could mean, that of the strictest tool that is about it', () => {
    const list = newToolRule({ ...files, server: 'docs', tool: 'list', resourceKind: 'path' })
    const show = newToolRule({ ...list, tool: 'show', resourceKind: 'text' })
    const elsewhere = newToolRule({ ...show, server: 'mail', resourcePrefix: 'mail:' })
    const fixed = newToolRule({ ...list, tool: 'home', resourceArgument: null })
    const to = (action: string, tools: readonly ToolRule[]) => findReachSensitivity(rules, 'docs:pay', action, tools)
    expect([
      to('docs/*', [list, show]),
      to('*', [list, show]),
      to('docs/show', [list, show]),
      to('docs/*', [list, { ...show, state: 'quarantined' }]),
      to('*', [list, elsewhere, fixed]),
      to('read', [show]),
    ]).toEqual(['restricted', 'restricted', 'internal', 'restricted', 'restricted', 'restricted'])
  })
})

describe('how sensitive what a pattern means is', () => {
  const list = [
    { pattern: 'docs:*', sensitivity: 'confidential' },
    { pattern: 'docs:news/*', sensitivity: 'internal' },
    { pattern: 'docs:news/board', sensitivity: 'restricted' },
    { pattern: 'docs:press', sensitivity: 'public' },
  ] as const
  const read = newToolRule({ server: 'docs', tool: 'read', resourceKind: 'path', resourcePrefix: 'docs:' })

  it.each([
    ['docs:*', 'public'],
    ['docs:n*', 'internal'],
    ['docs:news/*', 'internal'],
    ['docs:news/b*', 'internal'],
    ['docs:x*', 'confidential'],
    ['*', 'public'],
    ['mail:*', 'restricted'],
  ])('is that of the least sensitive of it: %s', (pattern, sensitivity) => {
    for (let times = 0; times < 2; times += 1)
      expect(findReachSensitivity(list, pattern, 'docs/read', [read])).toBe(sensitivity)
  })

  it('is, to a tool that is about one thing, that of this', () => {
    const board = newToolRule({ ...read, tool: 'board', resourceArgument: null, resourcePrefix: 'docs:news/board' })
    expect(findReachSensitivity(list, 'docs:news/*', 'docs/board', [board])).toBe('restricted')
  })
})

const exactnessOf = (pattern: string): number =>
  pattern.endsWith('*') ? 2 * pattern.length - 2 : 2 * pattern.length + 1
