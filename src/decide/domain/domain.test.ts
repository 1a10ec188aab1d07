import { describe, expect, it } from 'vitest'
import { CERTIFICATION } from '../../../test/authzen/certification.ts'
import { compile, policies, question, stage } from '../../../test/decide/domain-stage.ts'
import { personOf, reader, writer } from '../../../test/decide/world.ts'
import { compileDomain } from './compile-domain.ts'
import type { DomainTexts } from './domain.ts'

const archived = { id: 'record-2', properties: { status: 'archived' } }

describe('a domain', () => {
  it.each([
    ['1', {}, {}, {}, true],
    ['2', {}, { name: 'write' }, {}, true],
    ['3', { id: 'bob' }, {}, {}, true],
    ['4', { id: 'bob' }, { name: 'write' }, {}, false],
    ['5', {}, { name: 'write' }, archived, false],
    ['6', { id: 'bob', properties: { role: 'admin' } }, { name: 'write' }, archived, true],
    ['7', {}, { name: 'delete', properties: { soft: true } }, {}, true],
    ['8', {}, { name: 'delete', properties: { soft: false } }, {}, false],
  ])('keeps rule %s of the certification scenario', async (_, subject, action, resource, isPermitted) => {
    const { ask } = stage()
    for (const context of [{}, { time: '2025-06-27T18:03-07:00', ip: '192.168.1.1' }]) {
      const decision = await ask(subject, action, resource, context)
      expect(decision.outcome).toBe(isPermitted ? 'permit' : 'denial')
    }
  })

  it('is decided by kept attributes, and the request wins over them', async () => {
    const { ask } = stage()
    expect(await ask({ id: 'bob' }, { name: 'write' }, { id: 'record-2' })).toMatchObject({ outcome: 'permit' })
    const said = await ask({ id: 'bob', properties: { role: 'guest' } }, { name: 'write' }, { id: 'record-2' })
    expect(said).toMatchObject({ outcome: 'denial', entry: { data: { overridden: ['subject.role'] } } })
  })

  it('is named by the entry with its version and the rules that decided, and by no value of a property', async () => {
    const { world, ask } = stage()
    const decision = await ask({ properties: { phone: '555-secret' } })
    const { entry, policyVersion, reasons } = world.take(decision)
    expect(entry.policy).toBe(policyVersion)
    expect(reasons).toEqual([
      { rule: 'law:asker', sentence: 'Whoever asks may ask for decisions of the domain app.' },
      { rule: 'records:read', sentence: 'Whoever belongs to the staff reads every record.' },
    ])
    expect(entry.data).toMatchObject({
      domain: { name: 'app', version: policyVersion },
      asked: { subject: { type: 'user', id: 'alice' }, said: { subject: ['phone'] } },
    })
    expect(JSON.stringify(entry)).not.toContain('555-secret')
  })

  it('is named by the entry however long the sentences of the rules are that decided', async () => {
    const long = Array.from(
      { length: 16 },
      (_, at) => `@id("app:long-${at}") @sentence("${'ж'.repeat(1_700)}") permit (principal, action, resource);`,
    )
    const { world, ask } = stage(policies(long.join('\n')))
    const { entry, policyVersion } = world.take(await ask({}))
    expect(entry).toMatchObject({
      kind: 'decision.permit',
      data: { domain: { name: 'app', version: policyVersion }, asked: { action: expect.any(String) } },
    })
  })

  it.each([
    ['a subject that nobody knows', { id: 'mallory' }, 'policy:no-match'],
    ['a type that nobody knows', { type: 'spaceship' }, 'policy:no-match'],
    ['a type that Cedar has no form for', { type: 'my type' }, 'domain:type'],
    ['a word of Cedar as a type', { type: 'in' }, 'domain:type'],
    ['the own type of Cedar', { type: '__cedar::Long' }, 'domain:type'],
    ['a name of every object', { type: 'constructor', id: '__proto__' }, 'policy:no-match'],
    ['half a character', { id: '\ud800' }, 'policy:no-match'],
  ])('answers no to %s, and that is no error', async (_, subject, rule) => {
    expect(await stage().ask(subject)).toMatchObject({ outcome: 'denial', code: 'denied', reasons: [{ rule }] })
  })

  it('knows nothing of the house', async () => {
    const { world, ask } = stage(policies('permit (principal, action, resource) when { principal.kind == "agent" };'))
    expect(world.rows.get('identities', reader.id)?.kind).toBe('agent')
    for (const type of ['identity', 'Identity', 'Remit::Identity'])
      expect(await ask({ type, id: reader.id })).toMatchObject({ outcome: 'denial', code: 'policy_error' })
  })

  it('that is not there is not found, by whoever may know that', async () => {
    const { world } = stage()
    expect(await world.decide.evaluation(question(), personOf(world), 'other')).toMatchObject({
      outcome: 'denial',
      code: 'not_found',
      entry: { data: { domain: { name: 'other' } } },
    })
  })

  it('answers the same whether it is there or not, to whoever may not know', async () => {
    const { world } = stage()
    const asker = await world.start(writer.id)
    const ask = async (domain: string) => {
      const { decide } = world
      const evaluated = await decide.evaluation(question(), asker, domain)
      const unreadable = await decide.unreadable('It says nothing.', asker, domain)
      const search = { what: 'action', ...question() } as const
      const searched = await decide.search(search, { after: null, limit: 1, tasks: [] }, asker, domain)
      return JSON.stringify([evaluated, unreadable, searched]).replaceAll(domain, 'NAME')
    }
    expect(await ask('gone')).toBe(await ask('app'))
    expect(await ask('gone')).toContain('"code":"asker_refused"')
  })

  it('is named with its version by the no to a question that lacks something', async () => {
    const { world } = stage()
    const { domain } = world.domains.find('app') ?? {}
    expect(await world.decide.unreadable('It says nothing.', personOf(world), 'app')).toMatchObject({
      code: 'request_invalid',
      policyVersion: domain?.version,
      entry: { policy: domain?.version, data: { domain: { name: 'app', version: domain?.version } } },
    })
    expect(await world.decide.unreadable('It says nothing.', personOf(world))).toMatchObject({
      code: 'request_invalid',
      policyVersion: world.shelf.enforced().version,
    })
  })

  it('is guarded by what it stood on: a permit under a version that was replaced is never recorded', async () => {
    const { world } = stage()
    const row = world.rows.put('purposes', { code: 'x', title: 'X', classes: ['read'], ceiling: 'public' })
    const guards = [{ op: 'require', table: 'purposes', key: 'x', version: row.version } as const]
    world.domains.put({ domain: compile({}), guards })
    const decision = await world.decide.evaluation(question(), personOf(world), 'app')
    world.change('purposes', 'x', { title: 'Y' })
    expect(() => world.take(decision)).toThrow('conflict')
  })
})

describe('a value that the policies cannot read', () => {
  const guarded = policies(`
    permit (principal, action, resource);
    forbid (principal, action, resource) when { context has score && context.score > 5 };`)

  it.each([
    ['null', { score: null }],
    ['a fraction', { score: 5.5 }],
    ['a number beyond 53 bits', { score: 2 ** 60 }],
    ['a number without end', { score: Number.POSITIVE_INFINITY }],
    ['a form of an extension that there is not', { score: { __extn: { fn: 'nothing', arg: '1' } } }],
  ])('is a no where a policy might read it by name: %s', async (_, context) => {
    expect(await stage(guarded).ask({}, {}, {}, context)).toMatchObject({
      outcome: 'denial',
      reasons: [{ rule: 'domain:attribute', sentence: expect.stringContaining('context.score') }],
    })
  })

  it('is passed over where no policy can', async () => {
    const strange = { other: null, fraction: 0.5, deep: { er: [1.5] } }
    expect(await stage(guarded).ask({ properties: strange }, {}, { properties: strange }, strange)).toMatchObject({
      outcome: 'permit',
    })
  })

  it('is a no where a policy reads the whole context', async () => {
    const whole = policies('permit (principal, action, resource) unless { context == {"a": 1} };')
    expect(await stage(whole).ask({}, {}, {}, { a: 1 })).toMatchObject({ outcome: 'denial' })
    expect(await stage(whole).ask({}, {}, {}, { a: 1, b: 0.5 })).toMatchObject({
      reasons: [{ rule: 'domain:attribute' }],
    })
  })

  it('of a wrong type makes the policy fail, and that is a no', async () => {
    expect(await stage(guarded).ask({}, {}, {}, { score: 'high' })).toMatchObject({ code: 'policy_error' })
  })

  it('may not pass for a property of the action', async () => {
    const { ask } = stage()
    const said = await ask({}, { name: 'delete' }, {}, { action: { soft: true } })
    expect(said).toMatchObject({ outcome: 'denial' })
  })

  it('is one where an entity is told in two ways', async () => {
    const { ask } = stage(policies('permit (principal, action, resource);'))
    const [a, b] = [
      { type: 'user', id: 'x', properties: { n: 1 } },
      { type: 'user', id: 'x', properties: { n: 2 } },
    ]
    expect(await ask(a, {}, b)).toMatchObject({ reasons: [{ rule: 'domain:attribute' }] })
    expect(await ask(a, {}, { ...b, properties: { n: 1 } })).toMatchObject({ outcome: 'permit' })
  })
})

describe('a domain with a schema', () => {
  const schema = `
    entity team;
    entity user in [team] { role?: String, since?: datetime, boss?: user };
    entity record { status: String };
    action read, write appliesTo { principal: user, resource: record, context: { now?: datetime, from?: ipaddr } };`
  const declared: Partial<DomainTexts> = {
    schema,
    files: [
      {
        name: 'a.cedar',
        text: `
          permit (principal, action == Action::"read", resource);
          permit (principal, action == Action::"write", resource)
          when { context has now && context.now < datetime("2030-01-01") && principal has boss };`,
      },
    ],
    entities: JSON.stringify([
      { uid: { type: 'user', id: 'alice' }, attrs: { boss: { type: 'user', id: 'bob' } }, parents: [] },
      { uid: { type: 'record', id: 'record-1' }, attrs: { status: 'active' }, parents: [] },
    ]),
  }

  it('reads what is declared, texts as what they are declared to be, and passes over the rest', async () => {
    const { ask } = stage(declared)
    const said = { department: 'Sales', score: 1.5 }
    const context = { now: '2026-01-01T00:00:00Z', from: '10.0.0.1', time: 'noon' }
    expect(await ask({ properties: said }, { name: 'write' }, { properties: said }, context)).toMatchObject({
      outcome: 'permit',
    })
  })

  it.each([
    ['a time that is none of RFC 3339', {}, {}, { now: '2025-06-27T18:03-07:00' }, 'domain:attribute'],
    ['a number where a text is declared', { properties: { role: 7 } }, {}, {}, 'error'],
    ['null where a text is declared', { properties: { role: null } }, {}, {}, 'domain:attribute'],
    [
      'a required attribute that is nowhere',
      {},
      { id: 'new', properties: { status: undefined } },
      {},
      'domain:attribute',
    ],
    ['a type that is not declared', { type: 'spaceship' }, {}, {}, 'domain:type'],
    ['a declared type that the action is not for', { type: 'record' }, {}, {}, 'error'],
  ])('answers no to %s', async (_, subject, resource, context, rule) => {
    const decision = await stage(declared).ask(subject, {}, resource, context)
    expect(decision.outcome).toBe('denial')
    expect(decision.reasons[0]?.rule).toMatch(rule)
  })

  it('answers no to an action that is not declared', async () => {
    expect(await stage(declared).ask({}, { name: 'burn' })).toMatchObject({ outcome: 'denial' })
  })

  it.each([
    [
      'a policy that does not fit it',
      { files: [{ name: 'b.cedar', text: '\npermit (principal, action, resource) when { principal.shoe == 1 };' }] },
      /b\.cedar:2.*shoe/,
    ],
    [
      'an entity that does not',
      { entities: JSON.stringify([{ uid: { type: 'user', id: 'a' }, attrs: { role: 1 }, parents: [] }]) },
      /role/,
    ],
    [
      'an entity with what is not declared',
      { entities: JSON.stringify([{ uid: { type: 'user', id: 'a' }, attrs: { x: 1 }, parents: [] }]) },
      /x/,
    ],
    ['a schema that does not parse', { schema: 'entity;' }, /schema does not parse/],
  ])('is refused with %s', (_, more, sentence) => {
    expect(() => compile({ ...declared, ...more })).toThrow(sentence)
  })
})

describe('a domain that cannot be used is refused', () => {
  const entity = (id: string, parents: readonly string[]): object => ({
    uid: { type: 'team', id },
    attrs: {},
    parents: parents.map((parent) => ({ type: 'team', id: parent })),
  })

  it.each([
    [
      'entities that lie in each other',
      { entities: JSON.stringify([entity('a', ['b']), entity('b', ['a'])]) },
      /cycle/,
    ],
    ['an entity that lies in itself', { entities: JSON.stringify([entity('a', ['a'])]) }, /cycle/],
    [
      'a parent that nobody tells of',
      { entities: JSON.stringify([entity('a', ['lost'])]) },
      /team::"a" lies in team::"lost"/,
    ],
    [
      'an entity that is told twice',
      { entities: JSON.stringify([entity('a', []), { ...entity('a', []), attrs: { x: 1 } }]) },
      /entities\.json:1:\d+: The entity team::"a" is told twice/,
    ],
    ['entities that are no list', { entities: '{}' }, /must be a list/],
    ['entities that are no JSON', { entities: '[{]' }, /no JSON/],
    ['entities that are nested too deeply', { entities: '['.repeat(99) }, /too deeply/],
    ['a null in an entity', { entities: JSON.stringify([{ ...entity('a', []), attrs: { x: null } }]) }, /null/],
    [
      'too many entities',
      { entities: JSON.stringify(Array.from({ length: 10_001 }, (_, at) => entity(`t${at}`, []))) },
      /10001 entities/,
    ],
    [
      'a policy that does not parse',
      policies('permit (principal, action, resource)\nwhen { principal. };'),
      /a\.cedar:2:/,
    ],
    ['a template', policies('permit (principal == ?principal, action, resource);'), /template/],
    ['no policy', policies('// nothing'), /no policy at all/],
    [
      'an id twice',
      policies('@id("x")permit (principal, action, resource);\n@id("x")permit (principal, action, resource);'),
      /a\.cedar:2.*x already/,
    ],
    ['an id of the house', policies('@id("law:scope")permit (principal, action, resource);'), /cannot be the id/],
    ['too large a set', policies(`permit (principal, action, resource); //${'x'.repeat(1024 * 1024)}`), /bytes/],
    [
      'two actions of one name',
      policies(
        'permit (principal, action == A::Action::"go", resource);permit (principal, action == B::Action::"go", resource);',
      ),
      /both have an action/,
    ],
  ] as [string, Partial<DomainTexts>, RegExp][])('for %s', (_, texts, sentence) => {
    expect(() => compile(texts)).toThrow(sentence)
  })

  it.each(['remit', '', 'A', '../x', 'x'.repeat(101)])('for the name %j', (name) => {
    expect(() => compileDomain(name, CERTIFICATION, () => expect.unreachable())).toThrow(/named by/)
  })
})
