import { describe, expect, it } from 'vitest'
import { CERTIFICATION } from '../../../../test/authzen/certification.ts'
import { readDomain } from './domain.ts'

const entities = JSON.stringify([{ uid: { type: 'user', id: 'ada' }, attrs: { level: 3 }, parents: [] }])
const warningsOf = (text: string, schema: string | null = null) =>
  readDomain('app', { schema, files: [{ name: 'a.cedar', text }], entities }).warnings
const unguardedIn = (conditions: string, scope = 'principal, action, resource'): readonly string[] =>
  warningsOf(`permit (${scope}) ${conditions};`)
    .filter(({ kind }) => kind === 'unguarded')
    .map(({ sentence }) => /^it reads (.*) without asking/.exec(sentence)?.[1] ?? sentence)

describe('a policy of a domain without a schema', () => {
  it('is warned of, with its place, where it reads what a question need not say', () => {
    const text =
      'permit (principal == user::"x", action, resource);\n  @id("net") forbid (principal, action, resource) when { context.ip == "1" };'
    expect(warningsOf(text)).toEqual([
      {
        file: 'a.cedar',
        line: 2,
        column: 3,
        id: 'net',
        kind: 'unguarded',
        sentence:
          'it reads context.ip without asking whether it is there: where a question lacks it, that is an error, and a no',
        hint: 'ask first, as in: context has ip && …',
      },
    ])
  })

  it.each([
    ['when { principal has a && principal.a == 1 }', []],
    ['when { principal.a == 1 && principal has a }', ['principal.a']],
    ['when { principal has a || principal.a == 1 }', ['principal.a']],
    ['when { !(principal has a) || principal.a == 1 }', []],
    ['unless { !(principal has a) || principal.a == 1 }', []],
    ['unless { principal has a && principal.a == 1 }', []],
    ['when { principal has a } unless { principal.a == 1 }', []],
    ['unless { principal has a } when { principal.a == 1 }', ['principal.a']],
    [
      'when { (principal has a && principal has b) || (principal has a) } when { principal.a == principal.b }',
      ['principal.b'],
    ],
    ['unless { !(principal has a && principal has b) } when { principal.a == principal.b }', []],
    [
      'unless { !(principal has a || principal has b) } when { principal.a == principal.b }',
      ['principal.a, principal.b'],
    ],
    ['when { if context has a then context.a == 1 else resource.b == 2 }', ['resource.b']],
    ['when { if !(context has a) then true else context.a == 1 }', []],
    ['when { if context == resource then context has a else context has a } when { context.a }', []],
    ['when { context has a.b && context.a.b }', []],
    ['when { context has a && context.a has b && context.a.b }', []],
    ['when { context has a && context.a.b }', ['context.a.b']],
    ['when { context.a has b }', ['context.a']],
    ['when { context["a b"] == 1 && context has "c d" && context["c d"] == 1 }', ['context["a b"]']],
    ['when { [context.a].contains(1) && {x: resource.b}.x == 1 }', ['context.a, resource.b']],
    ['when { ip(context.ip).isLoopback() }', ['context.ip']],
    ['when { {"has": context.a, b: context.b}.b == {"!": resource.c} }', ['context.b, context.a, resource.c']],
    ['when { context.a == 1 && context.a < 2 } unless { context.a == 3 }', ['context.a']],
    ['when { resource.getTag("a") == 1 }', ['resource.getTag("a")']],
    [
      'when { resource.hasTag("a") && resource.getTag("a") == 1 && resource.getTag("b") == 1 }',
      ['resource.getTag("b")'],
    ],
    ['when { resource.hasTag(context.n) }', ['context.n']],
    ['when { user::"ada".level == 3 && principal == resource && principal in team::"a" && principal is user }', []],
    ['when { {a: 1}.a == 1 && principal has toString }', []],
  ])('%s is said to read without a guard %j', (conditions, names) => {
    expect(unguardedIn(conditions)).toEqual(names)
  })

  it('may read what the one entity that it is about is kept with', () => {
    const conditions = 'when { principal.level == 3 && resource.level == 3 && principal.name == "a" }'
    expect(unguardedIn(conditions, 'principal == user::"ada", action, resource == user::"ada"')).toEqual([
      'principal.name',
    ])
    expect(unguardedIn(conditions, 'principal == user::"bob", action, resource')).toHaveLength(1)
    expect(unguardedIn('when { principal.level == 3 }', 'principal in user::"ada", action, resource')).toHaveLength(1)
  })

  it('is named with a few of many names, however many it reads', () => {
    const many = Array.from({ length: 150 }, (_, at) => `context.member${at}`).join(' && ')
    expect(unguardedIn(`when { ${many} }`)[0]?.length).toBeLessThan(250)
  })

  it('is left alone where it asks first, and with a schema, which declares what is there', () => {
    expect(readDomain('app', CERTIFICATION).warnings).toEqual([])
    const schema = 'entity user { level: Long }; action read appliesTo { principal: user, resource: user };'
    const text = 'permit (principal is user, action == Action::"read", resource is user) when { principal.level == 3 };'
    expect(warningsOf(text, schema)).toEqual([])
    expect(warningsOf(text)).toHaveLength(1)
  })
})
