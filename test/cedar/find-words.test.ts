import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs'
import { describe, expect, it } from 'vitest'
import { findWords } from '../../src/decide/cedar/find-words.ts'

function wordsOf(condition: string, scope = 'principal, action, resource'): ReturnType<typeof findWords> {
  const answer = policyToJson(`permit (${scope}) when { ${condition} };`)
  return findWords([answer.type === 'success' ? answer.json : expect.unreachable(JSON.stringify(answer.errors))])
}
const list = (words: ReadonlySet<string> | 'all'): readonly string[] | 'all' => (words === 'all' ? words : [...words])

describe('what a policy names', () => {
  it.each<[string, readonly string[]]>([
    ['principal.a == 1', ['a']],
    ['principal has a', ['a']],
    ['principal has a.b.c', ['a', 'b', 'c']],
    ['context.a.b == {c: 1}', ['b', 'a']],
    ['(if principal.a then resource else resource).b == 1', ['b', 'a']],
    ['[principal.a].contains("b")', ['a']],
    ['principal.hasTag("a")', []],
    ['principal is User', []],
  ])('are the attributes that it reads: %s', (condition, attributes) => {
    expect(list(wordsOf(condition).attributes)).toEqual(attributes)
  })

  it.each<[string, readonly string[] | 'all']>([
    ['principal.hasTag("a") && principal.getTag("b") == 1', ['a', 'b']],
    ['principal.hasTag(principal.a)', 'all'],
    ['principal.hasTag("a") && principal.getTag(if true then "b" else "c") == 1', 'all'],
    ['principal.a == "hasTag"', []],
    ['principal.getTag("a").b == resource.getTag("c")', ['a', 'c']],
  ])('are the tags that it looks at: %s', (condition, tags) => {
    expect(list(wordsOf(condition).tags)).toEqual(tags)
  })

  it('are the entities, wherever they stand', () => {
    const { uids } = wordsOf(
      'resource in [Doc::"d", App::Doc::"e"] && principal.boss == User::"b" && {a: User::"b"} == {}',
      'principal in Group::"g", action in [Action::"read", Action::"all"], resource is Doc in Doc::"d"',
    )
    const names = uids.map(({ type, id }) => `${type} ${id}`)
    expect(names.toSorted()).toEqual(['Action all', 'Action read', 'App::Doc e', 'Doc d', 'Group g', 'User b'])
  })

  it('are all its texts, since an attribute may be any of them', () => {
    const { texts } = wordsOf('context.a == "b" && principal has c && principal.hasTag("d") && {e: "f"} == context.g')
    for (const text of ['a', 'b', 'c', 'd', 'f', 'g']) expect(texts.has(text)).toBe(true)
    expect(texts.has('z')).toBe(false)
  })

  it.each([
    ['context.a == 1', false],
    ['context has a', false],
    ['context has a.b && context.a.b == 1', false],
    ['principal == resource', false],
    ['context == {}', true],
    ['[context].contains({})', true],
    ['(if true then context else {a: 1}).a == 1', true],
    ['context.a == context', true],
    ['principal.a == {b: context}', true],
  ])('and whether it looks at the context as a whole: %s', (condition, isWhole) => {
    expect(wordsOf(condition).readsWholeContext).toBe(isWhole)
  })

  it('are those of several policies together, and of none nothing', () => {
    const [one, other] = ['context.a == 1', 'context == {}'].map((condition) => {
      const answer = policyToJson(`permit (principal, action, resource) when { ${condition} };`)
      return answer.type === 'success' ? answer.json : expect.unreachable()
    })
    expect(findWords([one, other])).toMatchObject({ attributes: new Set(['a']), readsWholeContext: true })
    expect(findWords([])).toEqual({
      texts: new Set(),
      attributes: new Set(),
      uids: [],
      tags: new Set(),
      readsWholeContext: false,
    })
    expect(findWords([null, 7])).toMatchObject({ tags: new Set(), uids: [] })
  })

  it('are more than it reads rather than less, where a form is none', () => {
    expect(findWords([{ getTag: null }]).tags).toBe('all')
    expect(findWords([{ hasTag: { right: { Value: 7 } } }]).tags).toBe('all')
    expect(findWords([{ '.': null, has: { left: null, attr: 7 } }])).toMatchObject({ attributes: new Set() })
    expect(findWords([{ type: 'User', id: 7 }, { type: 7, id: 'a' }, { id: 'a' }]).uids).toEqual([])
  })
})
