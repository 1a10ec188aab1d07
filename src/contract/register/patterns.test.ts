import { describe, expect, it } from 'vitest'
import { findUnused, generaliseNames, proposeNarrower, type UsedAct } from './entitlement-use.ts'
import { isLoopback, isRedirectUri, matchRedirect } from './redirect-uri.ts'
import { canMeet, findPatternFault, holdsRule, holdsRules, matchesPattern } from './value-rule.ts'

describe('what is wrong with a pattern', () => {
  it.each([
    ['a/b', 'it has no *, and so is an exact value'],
    ['', 'it has no *, and so is an exact value'],
    ['*', 'its first segment must be literal'],
    ['a*/b', 'its first segment must be literal'],
    ['/*', 'its first segment must be literal'],
    ['a/b*', '* must be one whole segment, between / or :'],
    ['a/*/b*', '* must be one whole segment, between / or :'],
    ['a/***', '* must be one whole segment, between / or :'],
    ['a/**/b', '** may only be the last segment'],
    ['a/*', undefined],
    ['a:**', undefined],
  ])('is said of %j', (pattern, fault) => {
    expect(findPatternFault(pattern)).toBe(fault)
  })
})

describe('a pattern', () => {
  it('takes a whole segment, wherever that ends', () => {
    expect(matchesPattern('a/*:c', 'a/b:c')).toBe(true)
    expect(matchesPattern('a/*', 'a/')).toBe(false)
    expect(matchesPattern('a/**', 'a/')).toBe(false)
    expect(matchesPattern('a/**', 'a/b')).toBe(true)
  })

  it('that is shorter than another meets it only where it is open', () => {
    expect([canMeet('a/*', 'a/*/b'), canMeet('a/*/b', 'a/*'), canMeet('a/**', 'a/*/b')]).toEqual([false, false, true])
    expect([canMeet('a/b', 'a:b'), canMeet('a/b', 'a/b')]).toEqual([false, true])
  })

  it('is held by a text that it matches, and by nothing that is no text', () => {
    const rule = { pattern: 'a/*' }
    expect([holdsRule(rule, 'a/b'), holdsRule(rule, 'b'), holdsRule(rule, 7), holdsRule(rule, null)]).toEqual([
      true,
      false,
      false,
      false,
    ])
  })
})

it('claims hold where each that is asked for is there and is as asked', () => {
  const rules = { tid: 't', '/a/b': { pattern: 'x/*' } }
  expect(holdsRules(rules, { tid: 't', a: { b: 'x/y' }, more: 1 })).toBe(true)
  expect(holdsRules(rules, { tid: 't', a: { b: 'x' } })).toBe(false)
  expect(holdsRules(rules, { tid: 'u', a: { b: 'x/y' } })).toBe(false)
  expect(holdsRules(rules, { tid: 't' })).toBe(false)
  expect(holdsRules({}, {})).toBe(true)
})

describe('names in few patterns', () => {
  it('give up the deepest folders first', () => {
    const names = ['docs:/a/b/c/1', 'docs:/a/b/c/2', 'docs:/x/1']
    expect(generaliseNames(names, 'docs:*', 2)).toEqual(['docs:/a/b/c/*', 'docs:/x/1'])
    expect(generaliseNames(names, 'docs:*', 1)).toEqual(['docs:/*'])
  })

  it('count a folder for what lies in it, and say of a name that cannot be said its beginning', () => {
    expect(generaliseNames(['docs:/a/*', 'docs:/a/1', 'docs:/a/2'], 'docs:*', 10)).toEqual(['docs:/a/*'])
    expect(generaliseNames(['docs:/a/b c', 'docs:/d'], 'docs:*', 10)).toEqual(['docs:/a/*', 'docs:/d'])
    expect(generaliseNames(['\u0000', ' x'], 'docs:*', 10)).toEqual(['docs:*'])
  })

  it('are no wider than what was granted', () => {
    expect(generaliseNames(['docs:/a/1', 'docs:/a/2', 'docs:/a/3'], 'docs:/a/*', 1)).toEqual(['docs:/a/*'])
    expect(generaliseNames(['docs:/a/1', 'docs:/b/1'], 'docs:*', 1)).toEqual(['docs:/*'])
  })
})

describe('what was done of what was granted', () => {
  const grant = { action: 'docs/*', resource: 'docs:*' }
  const act = (more: Partial<UsedAct> = {}): UsedAct => ({
    grant,
    action: 'docs/read',
    actionClass: 'read',
    resources: ['docs:/a'],
    sensitivity: 'public',
    calls: 1,
    firstMs: 1,
    lastMs: 2,
    ...more,
  })

  it('is what was granted where nothing narrower has room', () => {
    const acts = [act(), act({ action: 'docs/write', resources: ['docs:/b'] })]
    const asked = (grantsMax: number, charsMax: number) => proposeNarrower(acts, { grantsMax, charsMax })?.scope
    const narrow = [
      { action: 'docs/read', resource: 'docs:/a' },
      { action: 'docs/write', resource: 'docs:/b' },
    ]
    expect(asked(2, 33)).toEqual(narrow)
    expect(asked(2, 32)).toEqual([grant])
    expect(asked(1, 999)).toEqual([grant])
  })

  it('is the ceiling only where data so sensitive was touched', () => {
    const granted = { scope: [grant, { ...grant, resource: 'crm:*' }], classes: ['read'], ceiling: 'public' } as const
    expect(findUnused(granted, [act()])).toEqual({ grants: [granted.scope[1]], classes: [], ceiling: null })
    expect(findUnused(granted, [])).toEqual({ grants: granted.scope, classes: ['read'], ceiling: 'public' })
  })
})

describe('an address that an answer is sent to', () => {
  it.each([
    'https://a',
    'https://a.example:8443/cb?x=1',
    `https://a/${'x'.repeat(990)}`,
    'http://127.0.0.1',
    'http://localhost:1/',
    'com.example.app:/cb',
  ])('may be %s', (uri) => {
    expect(isRedirectUri(uri)).toBe(true)
  })

  it.each([
    `https://a/${'x'.repeat(991)}`,
    'xhttps://a',
    'xhttp://127.0.0.1',
    'http://127.0.0.1x',
    'Xcom.example:/cb',
    'com.example:/cb#x',
    'app:/cb',
  ])('is not %s', (uri) => {
    expect(isRedirectUri(uri)).toBe(false)
  })

  it('on this machine is the same at any port, with or without a path', () => {
    expect(matchRedirect(['http://127.0.0.1'], 'http://127.0.0.1:9')).toBe('http://127.0.0.1:9')
    expect(matchRedirect(['http://127.0.0.1/'], 'http://127.0.0.1:9')).toBeUndefined()
    expect(matchRedirect(['http://127.0.0.1'], 'https://127.0.0.1')).toBeUndefined()
    expect(isLoopback('http://127.0.0.10')).toBe(false)
  })
})
