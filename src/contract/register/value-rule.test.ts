import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  areDisjoint,
  canMeet,
  findClaim,
  findPatternFault,
  headOf,
  headsOf,
  holdsRule,
  matchesPattern,
} from './value-rule.ts'

const main = 'repo:acme/docs:ref:refs/heads/main'

describe('a pattern', () => {
  const matching: [string, string, boolean][] = [
    ['repo:acme/*:ref:refs/heads/main', main, true],
    ['repo:acme/docs:**', main, true],
    ['repo:*/*:environment:prod', 'repo:acme/docs:environment:prod', true],
    ['spiffe://acme.example/ns/*/sa/api', 'spiffe://acme.example/ns/blue/sa/api', true],
    ['system:serviceaccount:agents:*', 'system:serviceaccount:agents:reader', true],
    ['repo:acme/*', main, false],
    ['repo:acme/*:ref:refs/heads/main', `${main}/x`, false],
    ['repo:acme/*:ref:refs/heads/main', `x${main}`, false],
    ['repo:acme/*:ref:refs/heads/main', 'repo:acme/a/b:ref:refs/heads/main', false],
    ['repo:acme/*:ref:refs/heads/main', 'repo:acme/a:b:ref:refs/heads/main', false],
    ['repo:acme/*:ref:refs/heads/main', 'repo:acme/:ref:refs/heads/main', false],
    ['repo:acme/docs:**', 'repo:acme/docs:', false],
    ['repo:acme/docs:**', 'repo:acme/docs', false],
    ['repo:acme/*', 'repo:Acme/docs', false],
    ['a/*', 'a/*', true],
    ['a.c/*', 'abc/d', false],
    ['a/*', 'a/x\nb', true],
    ['a/*', '', false],
  ]
  it.each(matching)('%s on %s: %s', (pattern, text, holds) => {
    expect(matchesPattern(pattern, text)).toBe(holds)
  })

  const faulty = ['', '*', '**', '/*', ':*', '*:a', 'acme', 'a/b*', 'a/*b', 'a/***', 'a/**/b', 'a/**:b', 'a*/b', 'a/ *']
  it.each(faulty)('that is %j is none', (pattern) => {
    expect(findPatternFault(pattern)).toBeTypeOf('string')
  })

  it('means what is found by its head, however it is matched', () => {
    const segment = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-', 'é'), minLength: 1, maxLength: 3 })
    const boundary = fc.constantFrom('/', ':')
    const parts = fc.array(fc.tuple(segment, boundary, fc.constantFrom('own', 'any')), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(parts, segment, fc.boolean(), (middle, first, isOpen) => {
        const text = middle.reduce((said, [own, between]) => said + between + own, first)
        const body = middle.reduce((said, [own, between, as]) => said + between + (as === 'own' ? own : '*'), first)
        const pattern = isOpen ? `${body}:**` : body
        if (!pattern.includes('*')) return
        expect(findPatternFault(pattern)).toBeUndefined()
        const full = isOpen ? `${text}:tail/of:it` : text
        expect(matchesPattern(pattern, full)).toBe(true)
        expect(headsOf(full, 24)).toContain(headOf(pattern))
        expect(matchesPattern(pattern, `${full}/`)).toBe(isOpen)
      }),
    )
  })

  it('that must fail costs one look at each character, whatever the text', () => {
    // a matcher that went back would take longer than anybody lives
    const pattern = `a${'/*'.repeat(23)}/b`
    expect(matchesPattern(pattern, `a${'/x'.repeat(1_000)}`)).toBe(false)
    expect(matchesPattern('a/*', `a/${'*'.repeat(100_000)}:`)).toBe(false)
  })
})

describe('the heads of a text', () => {
  it('are as many as a pattern may have segments', () => {
    expect(headsOf('a/b:c', 24)).toEqual(['a/', 'a/b:'])
    expect(headsOf('/'.repeat(2_048), 24)).toHaveLength(23)
  })
})

describe('a claim', () => {
  const claims = {
    project_id: 7,
    email_verified: true,
    'kubernetes.io': { namespace: 'agents', serviceaccount: { name: 'reader' } },
    'https://aws.amazon.com/': { account: '1' },
    'a/b': { '~': 'tilde' },
    groups: ['x'],
  }
  const found: [string, unknown][] = [
    ['project_id', 7],
    ['/kubernetes.io/namespace', 'agents'],
    ['/kubernetes.io/serviceaccount/name', 'reader'],
    ['/kubernetes.io/serviceaccount/name/0', undefined],
    ['/a~1b/~0', 'tilde'],
    ['/groups/0', undefined],
    ['https://aws.amazon.com/', claims['https://aws.amazon.com/']],
    ['/https:~1~1aws.amazon.com~1/account', '1'],
    ['constructor', undefined],
    ['/kubernetes.io/__proto__', undefined],
    ['/kubernetes.io/constructor/name', undefined],
    ['/', undefined],
    ['', undefined],
  ]
  it.each(found)('by the name %s', (name, value) => {
    expect(findClaim(claims, name)).toEqual(value)
  })

  it('of digits is no number, and the reverse', () => {
    expect([holdsRule('7', 7), holdsRule(7, '7'), holdsRule(7, 7), holdsRule('true', true)]).toEqual([
      false,
      false,
      true,
      false,
    ])
    expect(holdsRule({ pattern: 'a/*' }, ['a/b'])).toBe(false)
    expect(holdsRule({ pattern: 'a/*' }, { pattern: 'a/*' })).toBe(false)
  })
})

describe('two patterns', () => {
  it.each([
    ['a/*', 'a/*', true],
    ['a/*', 'a/**', true],
    ['a/**', 'a/*/b:c', true],
    ['a/*/c', 'a/b/*', true],
    ['a/*/c', 'a/*/d', false],
    ['a/*', 'a/*/b', false],
    ['a/*', 'a:*', false],
    ['a/*', 'b/**', false],
    ['a//*', 'a/*/*', false],
    ['a/x/**', 'a/*', false],
  ])('%s and %s can mean the same text: %s', (one, other, says) => {
    expect([canMeet(one, other), canMeet(other, one)]).toEqual([says, says])
  })

  it('can where a text is matched by both', () => {
    const piece = fc.array(fc.constantFrom('a', 'b', '*', '/', ':'), { maxLength: 8 }).map((parts) => parts.join(''))
    const pattern = fc.tuple(piece, fc.constantFrom('', '/*', ':**')).map(([head, tail]) => `a/${head}${tail}`)
    const text = fc.array(fc.constantFrom('a', 'b', '/', ':'), { maxLength: 8 }).map((parts) => `a/${parts.join('')}`)
    fc.assert(
      fc.property(pattern, pattern, text, (one, other, shown) => {
        fc.pre([one, other].every((each) => findPatternFault(each) === undefined))
        expect(canMeet(one, other) || !(matchesPattern(one, shown) && matchesPattern(other, shown))).toBe(true)
      }),
    )
  })
})

describe('two sets of rules', () => {
  it('are apart only where a claim can never be both', () => {
    expect(areDisjoint({ env: 'prod' }, { env: 'dev' })).toBe(true)
    expect(areDisjoint({ env: 'prod' }, { ref: 'main' })).toBe(false)
    expect(areDisjoint({ ref: { pattern: 'a/*' } }, { ref: 'b/c' })).toBe(true)
    expect(areDisjoint({ ref: 'b/c' }, { ref: { pattern: 'a/*' } })).toBe(true)
    expect(areDisjoint({ ref: { pattern: 'a/*' } }, { ref: { pattern: 'b/*' } })).toBe(false)
    expect(areDisjoint({ id: 7 }, { id: '7' })).toBe(true)
    expect(areDisjoint({}, {})).toBe(false)
  })
})
