import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grants, names, patterns, RUNS, scopes } from '../../test/arbitraries.ts'
import {
  allowsInScope,
  containsGrant,
  containsPattern,
  containsScope,
  type Grant,
  intersectPatterns,
  intersectScopes,
  isPattern,
  isPlainPattern,
  matchesPattern,
  normaliseScope,
  type Scope,
} from './scope.ts'

/** A name that a pattern matches and that only wider patterns match too: no stem of the tests goes on like this. */
const typical = (pattern: string): string => (pattern.endsWith('*') ? `${pattern.slice(0, -1)}~` : pattern)

describe('patterns', () => {
  it.each([
    ['a name', 'docs/read_text_file', true],
    ['a prefix', 'docs:/handbook/*', true],
    ['everything', '*', true],
    ['a name of 511 characters', 'x'.repeat(511), true],
    ['a prefix of 511 characters', `${'x'.repeat(511)}*`, true],
    ['nothing', '', false],
    ['a star in the middle', 'a*b', false],
    ['two stars', '**', false],
    ['white space', 'a b', false],
    ['a line break', 'a\n', false],
    ['a control character', 'a\u0000', false],
    ['a zero-width character', 'a\u200b', false],
    ['a lone surrogate', 'a\ud800', false],
    ['a name too long', 'x'.repeat(512), false],
  ])('%s is well-formed: %#', (_, text, wellFormed) => {
    expect(isPattern(text)).toBe(wellFormed)
  })

  it('are contained in themselves', () => {
    fc.assert(
      fc.property(patterns, (a) => containsPattern(a, a)),
      RUNS,
    )
  })

  it('contain what is contained in what they contain', () => {
    const holds = (a: string, b: string, c: string) =>
      !(containsPattern(a, b) && containsPattern(b, c)) || containsPattern(a, c)
    fc.assert(fc.property(patterns, patterns, patterns, holds), RUNS)
  })

  it('that contain each other are the same', () => {
    const holds = (a: string, b: string) => !(containsPattern(a, b) && containsPattern(b, a)) || a === b
    fc.assert(fc.property(patterns, patterns, holds), RUNS)
  })

  it('that contain another match every name that it matches', () => {
    const holds = (a: string, b: string, name: string) =>
      !(containsPattern(a, b) && matchesPattern(b, name)) || matchesPattern(a, name)
    fc.assert(fc.property(patterns, patterns, names, holds), RUNS)
  })

  it('that do not contain another miss some name that it matches', () => {
    const holds = (a: string, b: string) => containsPattern(a, b) === matchesPattern(a, typical(b))
    fc.assert(fc.property(patterns, patterns, holds), RUNS)
  })

  it('intersect in exactly the names that both match', () => {
    const holds = (a: string, b: string, name: string) => {
      const both = intersectPatterns(a, b)
      return (both !== undefined && matchesPattern(both, name)) === (matchesPattern(a, name) && matchesPattern(b, name))
    }
    fc.assert(fc.property(patterns, patterns, names, holds), RUNS)
  })

  it('intersect alike in either order', () => {
    fc.assert(
      fc.property(patterns, patterns, (a, b) => intersectPatterns(a, b) === intersectPatterns(b, a)),
      RUNS,
    )
  })

  it('take a star in a name for an ordinary character', () => {
    expect(matchesPattern('a', 'a*')).toBe(false)
    expect(matchesPattern('a*', 'a*')).toBe(true)
    expect(matchesPattern('ab*', 'a*')).toBe(false)
  })
})

describe('grants', () => {
  it('are contained in themselves', () => {
    fc.assert(
      fc.property(grants, (a) => containsGrant(a, a)),
      RUNS,
    )
  })

  it('contain what is contained in what they contain', () => {
    const holds = (a: Grant, b: Grant, c: Grant) => !(containsGrant(a, b) && containsGrant(b, c)) || containsGrant(a, c)
    fc.assert(fc.property(grants, grants, grants, holds), RUNS)
  })

  it('that contain each other are the same', () => {
    const holds = (a: Grant, b: Grant) =>
      !(containsGrant(a, b) && containsGrant(b, a)) || (a.action === b.action && a.resource === b.resource)
    fc.assert(fc.property(grants, grants, holds), RUNS)
  })
})

describe('scopes', () => {
  it('are contained in themselves', () => {
    fc.assert(
      fc.property(scopes, (a) => containsScope(a, a)),
      RUNS,
    )
  })

  it('contain what is contained in what they contain', () => {
    const holds = (a: Scope, b: Scope, c: Scope) => !(containsScope(a, b) && containsScope(b, c)) || containsScope(a, c)
    fc.assert(fc.property(scopes, scopes, scopes, holds), RUNS)
  })

  it('that contain each other have the same normal form', () => {
    const subsets = fc.tuple(scopes, scopes).map(([a, more]) => {
      const inside = more.flatMap((grant, at) => intersectScopes([grant], a.slice(at, at + 1)))
      return [a, [...inside, ...a].reverse()] as const
    })
    fc.assert(
      fc.property(subsets, ([a, b]) => {
        expect(containsScope(a, b) && containsScope(b, a)).toBe(true)
        expect(normaliseScope(b)).toEqual(normaliseScope(a))
      }),
      RUNS,
    )
    fc.assert(
      fc.property(scopes, scopes, (a, b) => {
        const same = JSON.stringify(normaliseScope(a)) === JSON.stringify(normaliseScope(b))
        return (containsScope(a, b) && containsScope(b, a)) === same
      }),
      RUNS,
    )
  })

  it('in normal form allow the same, hold no grant inside another, and stay as they are', () => {
    fc.assert(
      fc.property(scopes, names, names, (a, action, resource) => {
        const normal = normaliseScope(a)
        expect(allowsInScope(normal, action, resource)).toBe(allowsInScope(a, action, resource))
        const inside = normal.some((x) => normal.some((y) => x !== y && containsGrant(x, y)))
        expect(inside).toBe(false)
        expect(normaliseScope(normal)).toEqual(normal)
      }),
      RUNS,
    )
  })

  it('that contain another allow all that it allows', () => {
    const holds = (a: Scope, b: Scope, action: string, resource: string) =>
      !(containsScope(a, b) && allowsInScope(b, action, resource)) || allowsInScope(a, action, resource)
    fc.assert(fc.property(scopes, scopes, names, names, holds), RUNS)
  })

  it('that do not contain another miss something that it allows', () => {
    const holds = (a: Scope, b: Scope) =>
      containsScope(a, b) === b.every((grant) => allowsInScope(a, typical(grant.action), typical(grant.resource)))
    fc.assert(fc.property(scopes, scopes, holds), RUNS)
  })

  it('intersect in exactly what both allow', () => {
    fc.assert(
      fc.property(scopes, scopes, names, names, (a, b, action, resource) => {
        const both = allowsInScope(a, action, resource) && allowsInScope(b, action, resource)
        expect(allowsInScope(intersectScopes(a, b), action, resource)).toBe(both)
      }),
      RUNS,
    )
  })

  it('never widen by intersection', () => {
    fc.assert(
      fc.property(scopes, scopes, (a, b) => {
        const both = intersectScopes(a, b)
        return containsScope(a, both) && containsScope(b, both)
      }),
      RUNS,
    )
  })

  it('intersect in the widest scope inside both', () => {
    fc.assert(
      fc.property(scopes, scopes, scopes, (a, b, c) => {
        const inside = intersectScopes(intersectScopes(a, c), b)
        return containsScope(intersectScopes(a, b), inside)
      }),
      RUNS,
    )
    const holds = (a: Scope, b: Scope, c: Grant) =>
      !(containsScope(a, [c]) && containsScope(b, [c])) || containsScope(intersectScopes(a, b), [c])
    fc.assert(fc.property(scopes, scopes, grants, holds), RUNS)
  })

  it('intersect alike in either order, and with themselves in themselves', () => {
    fc.assert(
      fc.property(scopes, scopes, (a, b) => {
        expect(intersectScopes(a, b)).toEqual(intersectScopes(b, a))
        expect(intersectScopes(a, a)).toEqual(normaliseScope(a))
      }),
      RUNS,
    )
  })

  it('without a grant allow nothing', () => {
    expect(allowsInScope([], 'a', 'b')).toBe(false)
    expect(containsScope([], [{ action: 'a', resource: 'b' }])).toBe(false)
    expect(intersectScopes([], [{ action: '*', resource: '*' }])).toEqual([])
  })

  it('of a hundred grants each intersect in ten thousand that are still put in order', () => {
    const wideIn = (side: 'action' | 'resource') =>
      Array.from({ length: 100 }, (_, at) => ({
        action: '*',
        resource: '*',
        [side]: `x${String(at).padStart(3, '0')}`,
      }))
    const both = intersectScopes(wideIn('action'), wideIn('resource'))
    expect(both).toHaveLength(10_000)
    expect(both[101]).toEqual({ action: 'x001', resource: 'x001' })
  })
})

it('nobody asks for a pattern with a letter that is drawn as nothing; one of before is a pattern still', () => {
  expect(['docs:a\u3164*', 'docs:a\ufe0f'].map((text) => [isPattern(text), isPlainPattern(text)])).toEqual([
    [true, false],
    [true, false],
  ])
  expect(['docs:山田/*', 'docs:a', '*'].every(isPlainPattern)).toBe(true)
})
