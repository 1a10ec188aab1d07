import { describe, expect, it } from 'vitest'
import { findCallTarget, findNameFault, findRootFault, type TargetRule } from './call-target.ts'

const path: TargetRule = {
  resourceArgument: 'path',
  resourceKind: 'path',
  resourcePrefix: 'docs:/',
  resourceRoot: '/srv/docs',
}
const text: TargetRule = { ...path, resourceKind: 'text', resourcePrefix: 'crm:' }

describe('a path is judged as the file that it opens', () => {
  it.each([
    ['relative', 'a.md', 'docs:/a.md'],
    ['in a folder', 'handbook/a.md', 'docs:/handbook/a.md'],
    ['absolute under the root', '/srv/docs/handbook/a.md', 'docs:/handbook/a.md'],
    ['the root itself', '/srv/docs', 'docs:/'],
    ['the root with a slash', '/srv/docs/', 'docs:/'],
    ['the root as a dot', '.', 'docs:/'],
    ['with dots in it', './handbook/./a.md', 'docs:/handbook/a.md'],
    ['with doubled slashes', 'handbook//a.md', 'docs:/handbook/a.md'],
    ['with a slash at its end', 'handbook/', 'docs:/handbook'],
    ['with spaces inside', 'my notes/a b.md', 'docs:/my notes/a b.md'],
    ['with three dots', '.../a', 'docs:/.../a'],
    ['hidden', '.git/config', 'docs:/.git/config'],
    ['with a star', 'handbook/*', 'docs:/handbook/*'],
    ['beyond ASCII', 'é/日本.md', 'docs:/é/日本.md'],
    ['with a percent that codes nothing risky', 'a%20b', 'docs:/a%20b'],
    ['with quotation marks inside', 'a "b" c.md', 'docs:/a "b" c.md'],
    ['with a colon in a folder', 'handbook/a:b.md', 'docs:/handbook/a:b.md'],
    ['with a colon after what is no scheme', '7a:b.md', 'docs:/7a:b.md'],
    ['as long as a name may be', 'a'.repeat(1_018), `docs:/${'a'.repeat(1_018)}`],
  ])('%s', (_, given, resource) => {
    expect(findCallTarget(path, { path: given })).toEqual({ resources: [resource] })
  })

  it('is refused where the root itself climbs', () => {
    const climbing = { ...path, resourceRoot: '/srv/link/../docs' }
    expect(findCallTarget(climbing, { path: 'a.md' })).toHaveProperty('because')
    expect(findCallTarget(climbing, { path: '/srv/docs/a.md' })).toHaveProperty('because')
  })

  it('is refused where no root says what absolute means', () => {
    expect(findCallTarget({ ...path, resourceRoot: '' }, { path: '/etc/passwd' })).toHaveProperty('because')
    expect(findCallTarget({ ...path, resourceRoot: '' }, { path: 'a.md' })).toEqual({ resources: ['docs:/a.md'] })
  })
})

describe('the folder that paths are relative to', () => {
  it.each([
    ['whole', '/srv/docs', true, true],
    ['everything', '/', true, true],
    ['not told', '', true, false],
    ['relative', 'docs', true, false],
    ['in a home', '~/docs', true, false],
    ['climbing', '/srv/link/../docs', true, false],
    ['not told, on another machine', '', false, true],
    ['climbing, on another machine', '/srv/..', false, false],
  ])('%s (%j; here: %s)', (_, resourceRoot, isLocal, isWell) => {
    expect(findRootFault({ ...path, resourceRoot }, isLocal) === null).toBe(isWell)
  })

  it('is told what is wrong with it', () => {
    expect(findRootFault({ ...path, resourceRoot: 'docs' }, true)).toBe('the root of the tool is not an absolute path')
  })

  it('is no matter where the resource is no path, or is always the same', () => {
    expect(findRootFault({ ...text, resourceRoot: '' }, true)).toBeNull()
    expect(findRootFault({ ...path, resourceArgument: null, resourceRoot: '' }, true)).toBeNull()
  })
})

describe('a path that a server could open as another file is refused', () => {
  it.each([
    ['empty', ''],
    ['climbing inside', 'handbook/../board/a.md'],
    ['climbing at its end', 'handbook/..'],
    ['absolute and climbing inside', '/srv/docs/x/../a.md'],
    ['absolute and climbing back in', '/srv/other/../docs/a.md'],
    ['climbing out', '../a.md'],
    ['climbing out later', 'a/../../b'],
    ['climbing out by many', '../../../../etc/passwd'],
    ['absolute and climbing out', '/srv/docs/../secret'],
    ['absolute above everything', '/../../srv/docs/a'],
    ['absolute elsewhere', '/etc/passwd'],
    ['absolute beside the root', '/srv/docs2/a.md'],
    ['the parent of the root', '/srv'],
    ['a NUL', 'a\0.md'],
    ['a line break', 'a\n.md'],
    ['an escape', 'a\u001b[0m'],
    ['a backslash', 'handbook\\a.md'],
    ['climbing by backslash', '..\\a.md'],
    ['a drive letter', 'C:/a.md'],
    ['a scheme', 'file:///etc/passwd'],
    ['the home sign', '~/docs/a.md'],
    ['the home of somebody', '~root/a'],
    ['white space before', ' /etc/passwd'],
    ['white space after', 'a.md '],
    ['a no-break space before', '\u00a0a.md'],
    ['quotation marks', '"a.md"'],
    ['one quotation mark', "'a.md"],
    ['percent-coded dots', '%2e%2e/a.md'],
    ['a percent-coded slash', 'handbook%2Fa.md'],
    ['a percent-coded NUL', 'a%00.md'],
    ['twice percent-coded', '%252e%252e/a'],
    ['a percent-coded letter', 'p%61y/a.md'],
    ['a percent-coded letter beyond ASCII', 'b%C3%BCro/a.md'],
    ['a turned direction', 'a\u202edm.exe'],
    ['not in normal form', 'e\u0301.md'],
    ['a lone surrogate', 'a\ud800'],
    ['too long', 'a'.repeat(2000)],
  ])('%s', (_, given) => {
    expect(findCallTarget(path, { path: given })).toHaveProperty('because')
  })
})

describe('a name that one server or another would read as climbing', () => {
  it.each([
    ['by two dots', 'public/../secret'],
    ['at its beginning', '../secret'],
    ['at its end', 'public/..'],
    ['by backslashes', 'public\\..\\secret'],
    ['with a parameter', 'public/..;/secret'],
    ['with a parameter of some length', 'public/..;a=b/secret'],
    ['with a parameter at its end', 'public/..;'],
    ['by dots in percent code', 'public/%2e%2e/secret'],
    ['by one dot in percent code', 'public/.%2E/secret'],
    ['by a slash in percent code', 'public/..%2fsecret'],
    ['by a backslash in percent code', 'public/..%5csecret'],
    ['by percent code of percent code', 'public/%252e%252e/secret'],
    ['by a capital in percent code', 'public/%53ecret'],
    ['by a small letter in percent code', 'public/%7Aoo'],
    ['by a digit in percent code', 'public/%30'],
    ['by a hyphen in percent code', 'public/a%2Db'],
    ['by full-width dots', 'public/．．/secret'],
    ['by full-width slashes', 'public／..／secret'],
    ['by a full-width backslash', 'public＼..＼secret'],
    ['by small dots', 'public/﹒﹒/secret'],
    ['by leaders of one dot', 'public/․․/secret'],
    ['by a leader of two dots', 'public/‥/secret'],
    ['by a full-width semicolon', 'public/..；/secret'],
    ['by a full-width percent sign', 'public/％2e％2e/secret'],
  ])('%s is refused as a path, as a text, and as what an enforcement point asks about', (_, name) => {
    expect(findCallTarget(path, { path: name })).toHaveProperty('because')
    expect(findCallTarget(text, { path: name })).toHaveProperty('because')
    expect(findNameFault(`docs:${name}`)).not.toBeNull()
  })

  it('is refused where it is longer than any name, and not where it is as long', () => {
    expect(findNameFault('x'.repeat(1_024))).toBeNull()
    expect(findNameFault('x'.repeat(1_025))).toContain('1024 characters')
  })

  it('is refused without being read through, however long', { timeout: 10_000 }, () => {
    for (const name of [':..;'.repeat(60_000), '/..;'.repeat(60_000), '\ufdfa'.repeat(200_000)])
      expect(findNameFault(name)).toContain('1024 characters')
  })

  it.each(['public/a..b', 'public/...', 'public/..a', 'public/a..', 'public/…', 'a%20b', '50 %', 'a;b/c', 'ａ／ｂ'])(
    'and %j is not',
    (name) => {
      expect(findCallTarget(path, { path: name })).toHaveProperty('resources')
      expect(findCallTarget(text, { path: name })).toHaveProperty('resources')
      expect(findNameFault(`docs:${name}`)).toBeNull()
    },
  )
})

describe('the argument that names the resource', () => {
  it.each([
    ['missing', {}],
    ['null', { path: null }],
    ['a number', { path: 7 }],
    ['an object', { path: { toString: 'a' } }],
    ['an empty list', { path: [] }],
    ['a list with a number', { path: ['a', 7] }],
    ['a list with a bad path', { path: ['a', '../b'] }],
    ['a list in a list', { path: [['a']] }],
    ['a list that is too long', { path: Array.from({ length: 33 }, (_, at) => `f${at}`) }],
    ['only inherited', Object.create({ path: 'a' }) as Record<string, unknown>],
  ])('is refused when it is %s', (_, args) => {
    expect(findCallTarget(path, args)).toHaveProperty('because')
  })

  const both = { ...path, resourceArgument: 'from,to' }
  const reasons: [string, TargetRule, Record<string, unknown>, string][] = [
    ['one of two lists is empty', both, { from: ['a'], to: [] }, 'the list of resources is empty'],
    ['one of two is missing', both, { from: 'a' }, 'the argument from,to is no text'],
    ['there are too many', path, { path: Array.from({ length: 33 }, (_, at) => `f${at}`) }, 'more than 32 resources'],
    ['it has none', { ...path, resourceArgument: null, resourcePrefix: '' }, {}, 'it has no resource'],
    ['it lies elsewhere', path, { path: '/etc/passwd' }, 'it lies outside the root of the tool'],
    ['it is too long with its prefix', path, { path: 'a'.repeat(1_019) }, 'more than 1024 characters'],
    ['it is too long', path, { path: 'a'.repeat(1_025) }, 'more than 1024 characters'],
    [
      'its root climbs',
      { ...path, resourceRoot: '/a/../b' },
      { path: 'a' },
      'the root of the tool climbs with two dots',
    ],
  ]
  it.each(reasons)('is refused with the reason where %s', (_, rule, args, because) => {
    expect(findCallTarget(rule, args)).toEqual({ because: expect.stringContaining(because) })
  })

  it('may be a list as long as allowed', () => {
    const paths = Array.from({ length: 32 }, (_, at) => `f${at}`)
    expect(findCallTarget(path, { path: paths })).toEqual({ resources: paths.map((name) => `docs:/${name}`) })
  })

  it('may be a list, and each resource counts once', () => {
    expect(findCallTarget(path, { path: ['a', './a', 'b'] })).toEqual({ resources: ['docs:/a', 'docs:/b'] })
  })

  it('may be a text of any form that is not a path', () => {
    expect(findCallTarget(text, { path: '~ACME\\x "y": a%20b..c/...' })).toEqual({
      resources: ['crm:~ACME\\x "y": a%20b..c/...'],
    })
    expect(findCallTarget(text, { path: '' })).toHaveProperty('because')
    expect(findCallTarget(text, { path: 'a\0' })).toHaveProperty('because')
  })

  it('may be none, where the tool touches one thing only', () => {
    expect(findCallTarget({ ...path, resourceArgument: null }, { path: '../x' })).toEqual({ resources: ['docs:/'] })
    expect(findCallTarget({ ...path, resourceArgument: null, resourcePrefix: '' }, {})).toHaveProperty('because')
  })
})
