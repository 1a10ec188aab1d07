import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { names, patterns, RUNS, sensitivities } from '../../../test/arbitraries.ts'
import type { ResourceRule } from '../../contract/register/purpose.ts'
import { matchesPattern } from '../../contract/scope.ts'
import { findPathSensitivity, findSensitivity } from './sensitivity.ts'

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
    expect(findPathSensitivity(rules, resource)).toBe(sensitivity)
    expect(findPathSensitivity(rules.toReversed(), resource)).toBe(sensitivity)
  })
})

const exactnessOf = (pattern: string): number =>
  pattern.endsWith('*') ? 2 * pattern.length - 2 : 2 * pattern.length + 1
