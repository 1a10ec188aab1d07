import { describe, expect, it } from 'vitest'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { EntityUid } from '../cedar/values/value.ts'
import type { Mismatch } from '../policy/checked-engine.ts'
import type { PolicyEngine, PolicyRequest } from '../policy/engine.ts'
import { compileDomain } from './compile-domain.ts'
import type { Domain, DomainTexts } from './domain.ts'
import { tellReachable } from './domain-engine.ts'

const everything = 'permit (principal, action, resource);'
const texts = (policies: string, more: Partial<DomainTexts> = {}): DomainTexts => ({
  schema: null,
  entities: null,
  files: [{ name: 'a.cedar', text: policies }],
  ...more,
})
const compile = (policies: string, more: Partial<DomainTexts> = {}, name = 'app'): Domain =>
  compileDomain(name, texts(policies, more), (mismatch: Mismatch) => expect.unreachable(JSON.stringify(mismatch)))
const uid = (type: string, id: string): EntityUid => new EntityUid(type, id)
const json = (type: string, id: string, parents: readonly string[] = [], attrs: object = {}): object => ({
  uid: { type, id },
  attrs,
  parents: parents.map((parent) => ({ type, id: parent })),
})

function detailOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof RemitError && error.code === 'policies_invalid') return error.detail
    throw error
  }
  return expect.unreachable()
}

describe('the name of a domain', () => {
  it.each(['a', '0', 'a.b_c-d', 'remit2', 'x-remit', 'a'.repeat(100)])('may be %s', (name) => {
    expect(compile(everything, {}, name).name).toBe(name)
  })

  it.each(['', 'remit', 'A', '.a', '-a', '_a', 'a b', 'a/b', 'é', 'a\n', 'a'.repeat(101)])('is never %j', (name) => {
    expect(detailOf(() => compile(everything, {}, name))).toBe(
      'A domain is named by 1 to 100 of a-z, 0-9, ., _, -, and not remit, which is the own one.',
    )
  })
})

describe('the version of a domain', () => {
  const versionOf = (...of: Parameters<typeof compile>): string => compile(...of).version

  it('is the same for the same texts, whatever the domain is called', () => {
    expect(versionOf(everything)).toBe(versionOf(everything))
    expect(versionOf(everything, {}, 'other')).toBe(versionOf(everything))
    expect(versionOf(everything)).toMatch(/^[0-9a-f]{64}$|^[A-Za-z0-9_-]{43}$/)
  })

  it('is another where a policy, its place, the schema or an entity is', () => {
    const schema = 'entity user; action read appliesTo { principal: user, resource: user };'
    const all = [
      versionOf(everything),
      versionOf(`// moved\n${everything}`),
      versionOf(`@id("x") ${everything}`),
      versionOf(everything, { schema }),
      versionOf(everything, { entities: '[]' }),
      versionOf(everything, { entities: JSON.stringify([json('user', 'a')]) }),
    ]
    expect(new Set(all).size).toBe(all.length)
  })
})

describe('what a domain knows', () => {
  const schema = `
    entity user enum ["zoe", "ada"];
    entity doc in [doc];
    action all;
    namespace App {
      entity colour enum ["red"];
      action paint in [Action::"all"] appliesTo { principal: user, resource: doc };
    }`

  it('are all entities that a policy, an entity or the schema names, by type, in the order of their ids', () => {
    const domain = compile(
      `permit (principal == user::"ada", action, resource in doc::"q");
       permit (principal, action, resource) when { resource == doc::"b" };`,
      { schema, entities: JSON.stringify([json('doc', 'c', ['a']), json('doc', 'a')]) },
    )
    const named = [...domain.entities.byType].map(([type, uids]) => [type, uids.map(({ id }) => id)])
    expect(Object.fromEntries(named)).toEqual({
      user: ['ada', 'zoe'],
      doc: ['a', 'b', 'c', 'q'],
      'App::colour': ['red'],
    })
  })

  it('are the actions by their names, of every namespace', () => {
    const plain = {
      ...texts(everything),
      schema:
        'entity user; action write, read appliesTo { principal: user, resource: user }; namespace App { action paint; }',
    }
    expect([...compileDomain('app', plain, () => expect.unreachable()).entities.actions]).toEqual([
      ['paint', uid('App::Action', 'paint')],
      ['read', uid('Action', 'read')],
      ['write', uid('Action', 'write')],
    ])
    expect([
      ...compile('permit (principal, action == App::Action::"go", resource);').entities.actions.values(),
    ]).toEqual([uid('App::Action', 'go')])
  })

  it('is refused where two actions have one name, since a request says no more', () => {
    const twice = 'namespace A { action go; } namespace B { action go; }'
    expect(detailOf(() => compile(everything, { schema: twice }))).toMatch(
      /^[AB]::Action and [AB]::Action both have an action named "go"\.$/,
    )
  })

  it('are the groups of actions as the schema has them, also where entities say otherwise', () => {
    const domain = compile('permit (principal, action in Action::"all", resource);', {
      schema: 'entity user; action all; action read in [all] appliesTo { principal: user, resource: user };',
    })
    const ada = uid('user', 'ada')
    const ask = (id: string) =>
      domain.engine.decide({ principal: ada, action: uid('Action', id), resource: ada, context: {}, entities: [] })
    expect(ask('read')).toMatchObject({ allowed: true, determining: ['a.cedar#1'] })
    expect(ask('burn').allowed).toBe(false)
  })
})

describe('a domain that is too large is refused before it is read', () => {
  it('counts the bytes of policies and schema together, and those of the entities', () => {
    const max = LIMITS.policyBytesMax
    expect(detailOf(() => compile('x'.repeat(max - 1), { schema: 'é' }))).toBe(
      `The policies and the schema have ${max + 1} bytes; ${max} at most are taken.`,
    )
    expect(detailOf(() => compile('x'.repeat(max)))).not.toContain('at most are taken')
    const entities = LIMITS.domainEntitiesBytesMax
    expect(detailOf(() => compile(everything, { entities: 'x'.repeat(entities + 1) }))).toBe(
      `entities.json: The entities have ${entities + 1} bytes; ${entities} at most are taken.`,
    )
    expect(detailOf(() => compile(everything, { entities: 'x'.repeat(entities) }))).toMatch(
      /^entities\.json: The entities are no JSON/,
    )
  })

  it('counts what a schema comes to', () => {
    const types = Array.from({ length: 20 }, (_, at) => `type T${at + 1} = { a: T${at}, b: T${at} };`).join('')
    expect(detailOf(() => compile(everything, { schema: `type T0 = Long; ${types}` }))).toBe(
      'schema.cedarschema: The schema is not read: its types, written out, come to too much.',
    )
    const entities = Array.from({ length: LIMITS.domainDeclaredMax + 1 }, (_, at) => `entity E${at};`).join('')
    expect(detailOf(() => compile(everything, { schema: entities }))).toMatch(
      /^schema\.cedarschema: The schema is not read: it declares 501 types/,
    )
    const nested = `${'{ a: '.repeat(200)}Long${' }'.repeat(200)}`
    expect(detailOf(() => compile(everything, { schema: `type A = ${nested};` }))).toMatch(
      /^schema\.cedarschema: The schema is not read: /,
    )
  })
})

describe('a domain whose parts do not fit', () => {
  const schema = 'entity user { name?: String }; action read appliesTo { principal: user, resource: user };'
  it('is refused with the place of each policy that does not fit, and why', () => {
    const wrong = `${everything}\n@id("x") permit (principal, action, resource) when { principal.shoe };\npermit (principal is ship, action, resource);`
    const detail = detailOf(() => compile(wrong, { schema }))
    expect(detail).toMatch(/a\.cedar:2:54 \(x\): [^;]*shoe/)
    expect(detail).toMatch(/a\.cedar:3:\d+ \(a\.cedar#3\): [^;]*ship/)
    expect(detail.split('; ')).toHaveLength(2)
  })

  it('is warned of what permits or forbids everything, with a schema or without, and of what never matches', () => {
    expect(compile(everything).warnings).toMatchObject([{ kind: 'allow-all', file: 'a.cedar', line: 1 }])
    const closed = `permit (principal == user::"a", action, resource);\nforbid (principal, action, resource);`
    expect(compile(closed).warnings).toMatchObject([{ kind: 'deny-all', line: 2 }])
    const never = `permit (principal == user::"a", action, resource);\nforbid (principal, action, resource) when { false };`
    expect(compile(never, { schema }).warnings).toMatchObject([{ kind: 'never-matches', id: 'a.cedar#2', line: 2 }])
    const narrow = 'permit (principal == user::"a", action, resource) when { principal == resource };'
    expect(compile(narrow, { schema }).warnings).toEqual([])
    const untyped =
      'permit (principal, action, resource) when { context has x && context.x != true && context.x == "a" };'
    expect(compile(untyped).warnings).toEqual([])
  })

  it('is refused with all that is wrong at once, each in its file', () => {
    const files = [
      { name: 'a.cedar', text: `permit (principal, action, resource) when { principal. };\npermit (principal;` },
      {
        name: 'b.cedar',
        text: '@id("law:x") permit (principal, action, resource);\n@id("y") permit (principal is ship, action, resource);',
      },
    ]
    const entities = JSON.stringify([json('user', 'a', ['lost']), json('user', 'b', [], { shoe: 1 })])
    let faults: unknown
    try {
      compileDomain('app', { files, schema, entities }, () => expect.unreachable())
    } catch (error) {
      faults = error instanceof RemitError ? error.facts['faults'] : error
    }
    expect(faults).toMatchObject([
      { file: 'a.cedar', line: 1, kind: 'syntax' },
      { file: 'a.cedar', line: 2, kind: 'syntax' },
      { file: 'b.cedar', line: 1, kind: 'form' },
      { file: 'b.cedar', line: 2, kind: 'validation', id: 'y' },
      { file: 'entities.json', line: 1, sentence: expect.stringContaining('ancestor') },
      { file: 'entities.json', line: 1, sentence: expect.stringContaining('shoe') },
    ])
  })

  it.each([
    ['a schema that does not parse', { schema: 'entity' }, /^schema\.cedarschema:1:7: The schema does not parse: ./],
    [
      'a schema that names what is not there',
      { schema: 'entity user in [ghost];' },
      /^schema\.cedarschema:1:1: The schema does not parse: .*ghost/,
    ],
  ])('is refused with %s', (_, more, why) => {
    expect(detailOf(() => compile(everything, more))).toMatch(why)
  })

  it('is refused where a policy holds the name that large numbers go by', () => {
    expect(
      detailOf(() => compile(`${everything}\npermit (principal, action, resource) when { {"remit:long": 1} == {} };`)),
    ).toBe('a.cedar:2:1: a policy must not hold "remit:long"')
  })
})

describe('the entities that a domain keeps', () => {
  const kept = JSON.stringify([
    json('user', 'ada', ['staff'], { boss: { __entity: { type: 'user', id: 'bob' } }, level: 1 }),
    json('user', 'staff', ['all']),
    json('user', 'all'),
    json('user', 'bob', [], {
      level: 9,
      mates: [{ __entity: { type: 'user', id: 'cy' } }],
      deep: { of: { __entity: { type: 'user', id: 'di' } } },
    }),
    json('user', 'cy', [], { level: 3 }),
    json('user', 'di', [], { level: 4 }),
  ])
  const domain = compile(
    `@id("a:boss") permit (principal, action, resource) when { principal.boss.level > 5 };
     @id("b:all") forbid (principal, action, resource) unless { principal in user::"all" };`,
    { entities: kept },
  )
  const ada = uid('user', 'ada')
  const request: PolicyRequest = {
    principal: ada,
    action: uid('Action', 'x'),
    resource: uid('doc', 'd'),
    context: {},
    entities: [],
  }

  it('count in a decision, with what they lie in, and the attributes of a request stand in their place', () => {
    expect(domain.engine.decide(request)).toEqual({ allowed: true, determining: ['a:boss'], errors: [] })
    const said = { uid: ada, attrs: { boss: uid('user', 'cy') }, parents: [] }
    expect(domain.engine.decide({ ...request, entities: [said] })).toEqual({
      allowed: false,
      determining: [],
      errors: [],
    })
    const stranger = { ...request, principal: uid('user', 'bob') }
    expect(
      domain.engine.decide({
        ...stranger,
        entities: [{ uid: uid('user', 'bob'), attrs: { boss: uid('user', 'bob'), level: 9 }, parents: [] }],
      }),
    ).toMatchObject({ determining: ['b:all'] })
  })

  it('are told to an engine that keeps none, all that can be reached, each once, and no more', () => {
    const told: PolicyRequest[] = []
    const oracle: PolicyEngine = {
      decide: (asked) => {
        told.push(asked)
        return { allowed: false, determining: [], errors: [] }
      },
    }
    const ids = (asked: PolicyRequest, named: readonly EntityUid[] = []): readonly string[] => {
      tellReachable(oracle, domain.entities, named).decide(asked)
      return (told.at(-1)?.entities ?? []).map((entity) => entity.uid.id).sort()
    }
    expect(ids({ ...request, principal: uid('user', 'cy') })).toEqual(['cy'])
    expect(ids({ ...request, principal: uid('user', 'staff') })).toEqual(['all', 'staff'])
    expect(ids({ ...request, principal: uid('user', 'bob') })).toEqual(['bob', 'cy', 'di'])
    expect(ids(request)).toEqual(['ada', 'all', 'bob', 'cy', 'di', 'staff'])
    const nobody = { ...request, principal: uid('user', 'x') }
    expect(ids(nobody)).toEqual([])
    expect(ids({ ...nobody, resource: uid('user', 'cy') })).toEqual(['cy'])
    expect(ids({ ...nobody, action: uid('user', 'cy') })).toEqual(['cy'])
    expect(ids({ ...nobody, context: { of: [{ a: uid('user', 'cy') }], n: 1 } })).toEqual(['cy'])
    expect(ids(nobody, [uid('user', 'di')])).toEqual(['di'])
    const said = { uid: ada, attrs: {}, parents: [], tags: { t: uid('user', 'di') } }
    expect(ids({ ...request, entities: [said] })).toEqual(['ada', 'di'])
    expect(told.at(-1)?.entities.find((entity) => entity.uid.key === ada.key)).toBe(said)
  })
})
