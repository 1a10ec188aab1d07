import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../ground/limits.ts'
import { Datetime, EntityUid } from '../cedar/values/value.ts'
import type { EvaluationRequest } from '../requests.ts'
import { type AskFault, askDomain, type DomainQuestion } from './ask-domain.ts'
import { compileDomain } from './compile-domain.ts'
import type { DomainTexts } from './domain.ts'

const open: DomainTexts = {
  schema: null,
  files: [
    {
      name: 'a.cedar',
      text: `
        permit (principal, action == App::Action::"read", resource) when { principal has role && resource has owner };
        forbid (principal, action, resource) when { context has score && context.score > 5 };`,
    },
  ],
  entities: JSON.stringify([
    { uid: { type: 'team', id: 't' }, attrs: {}, parents: [] },
    {
      uid: { type: 'user', id: 'ada' },
      attrs: { role: 'guest', age: 7 },
      tags: { t: 'x' },
      parents: [{ type: 'team', id: 't' }],
    },
    { uid: { type: 'doc', id: 'd' }, attrs: { owner: 'ada' }, parents: [] },
  ]),
}
const declared: DomainTexts = {
  schema: `
    entity user { role?: String, since?: datetime };
    entity doc;
    action read, rest appliesTo { principal: user, resource: doc, context: { at?: datetime, action?: { soft?: Bool } } };`,
  files: [{ name: 'a.cedar', text: 'permit (principal, action, resource);' }],
  entities: null,
}
const compile = (texts: DomainTexts) => compileDomain('app', texts, () => expect.unreachable())

/** Asks about `user::"ada"`, who wants to read `doc::"d"`, but for what is said otherwise. */
function ask(
  texts: DomainTexts,
  more: { [K in 'subject' | 'action' | 'resource']?: Partial<EvaluationRequest[K]> } = {},
  context: EvaluationRequest['context'] = {},
): DomainQuestion | AskFault {
  return askDomain(compile(texts), {
    subject: { type: 'user', id: 'ada', properties: {}, ...more.subject },
    action: { name: 'read', properties: {}, ...more.action },
    resource: { type: 'doc', id: 'd', properties: {}, ...more.resource },
    context,
  })
}
function question(...asked: Parameters<typeof ask>): DomainQuestion {
  const said = ask(...asked)
  return 'request' in said ? said : expect.unreachable(said.sentence)
}

const ada = new EntityUid('user', 'ada')
const team = new EntityUid('team', 't')

describe('a request in the words of a domain', () => {
  it('asks of entities and of the action that has the name, with what is kept of them', () => {
    expect(question(open)).toEqual({
      request: {
        principal: ada,
        action: new EntityUid('App::Action', 'read'),
        resource: new EntityUid('doc', 'd'),
        context: {},
        entities: [
          { uid: ada, attrs: { role: 'guest', age: 7 }, tags: { t: 'x' }, parents: [team] },
          { uid: new EntityUid('doc', 'd'), attrs: { owner: 'ada' }, tags: {}, parents: [] },
        ],
      },
      overridden: [],
    })
  })

  it('asks of a plain action where no other has the name, and tells nothing of entities that nobody knows', () => {
    const { request } = question(open, { subject: { id: 'new' }, action: { name: 'burn' }, resource: { type: 'x::y' } })
    expect(request.action).toEqual(new EntityUid('Action', 'burn'))
    expect(request.entities).toEqual([])
  })

  it('wins over what is kept, name by name, and says where it was otherwise', () => {
    const said = question(open, {
      subject: { properties: { role: 'admin', age: 7, more: true } },
      resource: { properties: { owner: 'bob' } },
    })
    expect(said.request.entities).toEqual([
      { uid: ada, attrs: { role: 'admin', age: 7, more: true }, tags: { t: 'x' }, parents: [team] },
      { uid: new EntityUid('doc', 'd'), attrs: { owner: 'bob' }, tags: {}, parents: [] },
    ])
    expect(said.overridden).toEqual(['subject.role', 'resource.owner'])
  })

  it('tells an entity that is not kept by what it says alone', () => {
    const { request, overridden } = question(open, { subject: { id: 'new', properties: { role: 'x' } } })
    expect(request.entities[0]).toEqual({ uid: new EntityUid('user', 'new'), attrs: { role: 'x' }, parents: [] })
    expect(overridden).toEqual([])
  })

  it('of one entity in both places tells it once, where both say the same', () => {
    const both = (a: object, b: object) =>
      ask(open, { subject: { properties: { ...a } }, resource: { type: 'user', id: 'ada', properties: { ...b } } })
    const entities = (said: DomainQuestion | AskFault) => ('request' in said ? said.request.entities : said)
    expect(entities(both({}, {}))).toHaveLength(1)
    expect(entities(both({ n: 1 }, { n: 1 }))).toHaveLength(1)
    const twoWays = {
      rule: 'domain:attribute',
      sentence:
        'The request cannot be judged: the subject and the resource are one entity, and its properties are told in two ways.',
    }
    expect([entities(both({ n: 1 }, { n: 2 })), entities(both({ n: 1 }, {}))]).toEqual([twoWays, twoWays])
    const stranger = (a: object, b: object) =>
      ask(open, {
        subject: { id: 'x', properties: { ...a } },
        resource: { type: 'user', id: 'x', properties: { ...b } },
      })
    const told = [{ uid: new EntityUid('user', 'x'), attrs: { n: 1 }, parents: [] }]
    expect([entities(stranger({ n: 1 }, {})), entities(stranger({}, { n: 1 }))]).toEqual([told, told])
  })

  it('puts the properties of the action into the context, where nothing else passes for them', () => {
    const context = (asked: object, said: Readonly<Record<string, unknown>>) =>
      question(open, { action: { properties: { ...asked } } }, said).request.context
    expect(context({ soft: true }, { a: 1 })).toEqual({ a: 1, action: { soft: true } })
    expect(context({ soft: true }, { a: 1, action: { soft: false } })).toEqual({ a: 1, action: { soft: true } })
    expect(context({}, { a: 1, action: { soft: true } })).toEqual({ a: 1 })
  })

  it('is of whole characters', () => {
    const { request } = question(open, {
      subject: { id: '\ud800' },
      action: { name: '\ud800' },
      resource: { id: 'x\udc00' },
    })
    expect([request.principal.id, request.action.id, request.resource.id]).toEqual(['\ufffd', '\ufffd', 'x\ufffd'])
  })
})

describe('a type that Cedar has no name for', () => {
  const longest = 'a'.repeat(LIMITS.resourceCharsMax)
  it.each(['user', '_u1', 'App::user', 'A::b::C_9', 'trueish', 'In', 'login', 'basis', 'alike', longest])(
    'is not %s',
    (type) => {
      expect(ask(open, { subject: { type } })).toHaveProperty('request')
      expect(ask(open, { resource: { type } })).toHaveProperty('request')
    },
  )

  it.each([
    '',
    '1a',
    'a b',
    'a-b',
    'é',
    'a:b',
    'a::',
    '::a',
    'a::::b',
    'a::1',
    'a\n',
    ' a',
    `${longest}a`,
    'true',
    'false',
    'if',
    'then',
    'else',
    'in',
    'is',
    'like',
    'has',
    '__cedar',
    'App::in',
    '__cedar::Long',
  ])('is %j, and that is a no', (type) => {
    // biome-ignore format: words
    const shown = JSON.stringify(type.slice(0, LIMITS.nameCharsMax))
    const fault = { rule: 'domain:type', sentence: `The domain app knows no entities of the type ${shown}.` }
    expect(ask(open, { subject: { type } })).toEqual(fault)
    expect(ask(open, { resource: { type } })).toEqual(fault)
  })
})

describe('what has no form in Cedar', () => {
  const cannot = (what: string) => ({ rule: 'domain:attribute', sentence: `The request cannot be judged: ${what}.` })
  it('is a no where a policy reads an attribute of the name, wherever it stands', () => {
    expect(ask(open, { subject: { properties: { role: null } } })).toEqual(cannot('subject.role: null is no value'))
    expect(ask(open, { subject: { properties: { owner: null } } })).toEqual(cannot('subject.owner: null is no value'))
    expect(ask(open, { resource: { properties: { owner: 0.5 } } })).toEqual(
      cannot('resource.owner: it is no whole number of at most 53 bits'),
    )
    expect(ask(open, {}, { score: [null] })).toEqual(cannot('context.score: null is no value'))
  })

  it('is left out where none does, and the rest is read', () => {
    const { request } = question(open, { subject: { properties: { more: null, age: 8 } } }, { other: 0.5, n: 1 })
    expect(request.entities[0]?.attrs).toEqual({ role: 'guest', age: 8 })
    expect(request.context).toEqual({ n: 1 })
  })

  it('is a no in the context where a policy reads that as a whole', () => {
    const whole = {
      ...open,
      files: [{ name: 'a.cedar', text: 'permit (principal, action, resource) unless { context == {} };' }],
    }
    expect(ask(whole, {}, { other: null })).toEqual(cannot('context.other: null is no value'))
    expect(ask(whole, { subject: { properties: { other: null } } })).toHaveProperty('request')
  })

  it('is named in short', () => {
    const name = 'x'.repeat(LIMITS.nameCharsMax + 1)
    const reads = {
      ...open,
      files: [{ name: 'a.cedar', text: `permit (principal, action, resource) when { context has ${name} };` }],
    }
    expect(ask(reads, {}, { [name]: null })).toEqual(cannot(`context.${name.slice(1)}: null is no value`))
  })
})

describe('a domain with a schema', () => {
  it('reads what is declared as what it is declared to be, and nothing else', () => {
    const said = question(
      declared,
      { subject: { properties: { role: 'x', since: '1970-01-01', more: null } } },
      { at: '1970-01-01', more: 0.5 },
    )
    expect(said.request.entities).toEqual([{ uid: ada, attrs: { role: 'x', since: new Datetime(0) }, parents: [] }])
    expect(said.request.context).toEqual({ at: new Datetime(0) })
    const acting = question(declared, { action: { properties: { soft: true, more: 1 } } })
    expect(acting.request.context).toEqual({ action: { soft: true } })
  })

  it('says what of it cannot be read, and not what was said', () => {
    expect(ask(declared, { subject: { properties: { since: 'noon' } } })).toEqual({
      rule: 'domain:attribute',
      sentence: 'The request cannot be judged: subject.since: it is no date and time.',
    })
    expect(ask(declared, {}, { at: 'noon' })).toMatchObject({
      sentence: expect.stringContaining('context.at: it is no'),
    })
  })

  it('knows the types that it declares, and of an action that it does not no context', () => {
    expect(ask(declared, { resource: { type: 'ship' } })).toMatchObject({ rule: 'domain:type' })
    expect(question(declared, { action: { name: 'burn' } }, { at: '1970-01-01' }).request.context).toEqual({})
  })
})
