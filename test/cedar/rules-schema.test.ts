import { describe, expect, it } from 'vitest'
import { compileType, gatherDeclared } from '../../src/decide/cedar/check-type.ts'
import type { Entity } from '../../src/decide/cedar/entities.ts'
import { type CedarRecord, Datetime, EntityUid, IpAddress, type Value } from '../../src/decide/cedar/values/value.ts'
import { type PolicyRequest, unjudged } from '../../src/decide/policy/engine.ts'
import { declareApp, SOUND, uid } from './app-schema.ts'

const ada: Entity = { uid: uid('User', 'ada'), attrs: SOUND, parents: [uid('Team', 't')], tags: { a: [7] } }
const sound: PolicyRequest = {
  principal: ada.uid,
  action: uid('Action', 'read'),
  resource: uid('Doc', 'd'),
  context: { size: { width: 1 }, at: new Datetime(0) },
  entities: [ada],
}
const team = (attrs: CedarRecord, ...parents: readonly EntityUid[]): Entity => ({
  uid: uid('Team', 't'),
  attrs,
  parents,
})
const without = (name: string, from: CedarRecord): CedarRecord =>
  Object.fromEntries(Object.entries(from).filter(([each]) => each !== name))
const withUser = (change: Partial<Entity>): PolicyRequest => ({ ...sound, entities: [{ ...ada, ...change }] })
const withAttr = (name: string, value: Value): PolicyRequest => withUser({ attrs: { ...SOUND, [name]: value } })

/** What is asked, and what is wrong with it; null where nothing is. */
type Row = readonly [what: string, request: PolicyRequest, why: string | null]
const aUser = 'the entity App::User::"ada"'

const ROWS: readonly Row[] = [
  ['a sound request', sound, null],
  ['one that tells no entities', { ...sound, entities: [] }, null],
  [
    'an action of another application',
    { ...sound, action: new EntityUid('Action', 'read') },
    'the action is not declared',
  ],
  ['an action that nobody declared', { ...sound, action: uid('Action', 'fly') }, 'the action is not declared'],
  ['a group of actions', { ...sound, action: uid('Action', 'all') }, 'all is not for a App::User'],
  ['a principal for whom the action is not', { ...sound, principal: uid('Team', 't') }, 'read is not for a App::Team'],
  ['a resource to which it is not done', { ...sound, resource: uid('User', 'b') }, 'read is not done to a App::User'],
  [
    'the other type of principal',
    { ...sound, principal: uid('Team', 't'), action: uid('Action', 'write it'), context: {} },
    null,
  ],
  ['the other type of resource', { ...sound, resource: uid('Colour', 'red') }, null],
  [
    'a resource that its type does not list',
    { ...sound, resource: uid('Colour', 'green') },
    'App::Colour does not list "green"',
  ],
  ['a context without what it must hold', { ...sound, context: {} }, 'the context lacks size'],
  ['a context without what it may hold', { ...sound, context: { size: { width: 1 } } }, null],
  [
    'a context that holds more',
    { ...sound, context: { ...sound.context, more: 1 } },
    'the context has more, which is not declared',
  ],
  [
    'a context of another type',
    { ...sound, context: { size: 1 } },
    'the context has size, which is long, not a record',
  ],
  [
    'a member of a member of another type',
    { ...sound, context: { size: { width: 'wide' } } },
    'the context has size, which has width, which is string, not Long',
  ],
  [
    'a member of a member too many',
    { ...sound, context: { size: { width: 1, depth: 1 } } },
    'the context has size, which has depth, which is not declared',
  ],
  ['a member of a member that may be there', { ...sound, context: { size: { width: 1, height: 2 } } }, null],
  ['one that must be there', { ...sound, context: { size: { height: 2 } } }, 'the context has size, which lacks width'],
  ['an attribute that must be there', withUser({ attrs: without('name', SOUND) }), `${aUser} lacks name`],
  ['an attribute that may be missing', withUser({ attrs: without('wait', SOUND) }), null],
  ['an attribute that nobody declared', withAttr('more', 1), `${aUser} has more, which is not declared`],
  ['a number for a text', withAttr('name', 7), `${aUser} has name, which is long, not String`],
  ['a text for a number', withAttr('age', '7'), `${aUser} has age, which is string, not Long`],
  ['a large number', withAttr('age', -5), null],
  ['a text for a yes or no', withAttr('active', 'true'), `${aUser} has active, which is string, not Bool`],
  ['a text for an address', withAttr('from', 'home'), `${aUser} has from, which is string, not ipaddr`],
  ['a moment for an address', withAttr('from', new Datetime(0)), `${aUser} has from, which is datetime, not ipaddr`],
  [
    'an address for a moment',
    withAttr('since', new IpAddress(32, 1n, 32)),
    `${aUser} has since, which is ipaddr, not datetime`,
  ],
  ['a number for a decimal', withAttr('limit', 1), `${aUser} has limit, which is long, not decimal`],
  ['a moment for a duration', withAttr('wait', new Datetime(0)), `${aUser} has wait, which is datetime, not duration`],
  ['a text for a set', withAttr('words', 'x'), `${aUser} has words, which is string, not a set`],
  ['an empty set', withAttr('words', []), null],
  [
    'a set of which one is of another type',
    withAttr('words', ['x', 7]),
    `${aUser} has words, which has an item that is long, not String`,
  ],
  ['a set for a record', withAttr('size', []), `${aUser} has size, which is set, not a record`],
  [
    'a reference for a record',
    withAttr('size', ada.uid),
    `${aUser} has size, which is (entity of type \`App::User\`), not a record`,
  ],
  [
    'a record for a reference',
    withAttr('colour', {}),
    `${aUser} has colour, which is record, not an entity of type App::Colour`,
  ],
  [
    'a reference of another type',
    withAttr('colour', ada.uid),
    `${aUser} has colour, which is (entity of type \`App::User\`), not an entity of type App::Colour`,
  ],
  [
    'a reference that its type does not list',
    withAttr('colour', uid('Colour', 'green')),
    `${aUser} has colour, which is an entity that App::Colour does not list`,
  ],
  [
    'references of which one is of another type',
    withAttr('friends', [ada.uid, uid('Doc', 'd')]),
    `${aUser} has friends, which has an item that is (entity of type \`App::Doc\`), not an entity of type App::User`,
  ],
  ['a tag of another type', withUser({ tags: { a: [7], b: 7 } }), `${aUser} has the tag b, which is long, not a set`],
  [
    'a tag with an item of another type',
    withUser({ tags: { a: ['x'] } }),
    `${aUser} has the tag a, which has an item that is string, not Long`,
  ],
  ['no tags', withUser({ tags: {} }), null],
  [
    'a tag of a type that has none',
    { ...sound, entities: [{ ...team({}), tags: { a: 1 } }] },
    'the entity App::Team::"t" has the tag a, which is not declared',
  ],
  [
    'a parent of another type',
    withUser({ parents: [uid('Team', 't'), uid('Doc', 'd')] }),
    'a App::User cannot lie in a App::Doc',
  ],
  [
    'a parent of a type that lies in nothing',
    { ...sound, entities: [team({}, uid('Team', 'u'))] },
    'a App::Team cannot lie in a App::Team',
  ],
  ['an entity of a type that has no attributes', { ...sound, entities: [team({})] }, null],
  [
    'an attribute of a type that has none',
    { ...sound, entities: [team({ name: 'x' })] },
    'the entity App::Team::"t" has name, which is not declared',
  ],
  [
    'an entity of an undeclared type',
    { ...sound, entities: [{ uid: uid('Ghost', 'x'), attrs: {}, parents: [] }] },
    'the type App::Ghost is not declared',
  ],
  [
    'an entity that its type does not list',
    { ...sound, entities: [{ uid: uid('Colour', 'green'), attrs: {}, parents: [] }] },
    'App::Colour does not list "green"',
  ],
  [
    'an entity that its type lists',
    { ...sound, entities: [{ uid: uid('Colour', 'blue'), attrs: {}, parents: [] }] },
    null,
  ],
]

describe('a request is held against the schema, and what is wrong is said', () => {
  it.each(ROWS)('%s', (_, request, why) => {
    const { ours, cedars } = declareApp()
    const own = ours.decide(request)
    const unasked = own.errors.filter((error) => error.startsWith(unjudged))
    expect(unasked).toEqual(why === null ? [] : [`${unjudged}: ${why}`])
    expect(cedars.decide(request)).toMatchObject({ allowed: own.allowed, determining: own.determining })
    expect(cedars.decide(request).errors.length).toBe(own.errors.length)
  })
})

describe('a type of a schema', () => {
  const declared = gatherDeclared({
    '': { entityTypes: { Plain: {} }, actions: {}, commonTypes: { Word: { type: 'String' } } },
    App: { entityTypes: { Colour: { enum: ['red'] } }, actions: {}, commonTypes: { Word: { type: 'Long' } } },
  })
  const TYPES: readonly (readonly [what: string, type: object, taken: Value, refused: Value, why: string])[] = [
    ['may be told by the full name that Cedar gives its own', { type: '__cedar::Long' }, 1, 'x', 'is string, not Long'],
    ['may be Boolean in full', { type: 'Boolean' }, true, 1, 'is long, not Boolean'],
    [
      'is an extension by its name',
      { type: 'Extension', name: 'ipaddr' },
      new IpAddress(32, 1n, 32),
      1,
      'is long, not ipaddr',
    ],
    ['is a common one by its name', { type: 'Word' }, 'x', 1, 'is long, not String'],
    ['is that of its namespace', { type: 'App::Word' }, 1, 'x', 'is string, not Long'],
    [
      'is a common one where it may be either',
      { type: 'EntityOrCommon', name: 'App::Word' },
      1,
      'x',
      'is string, not Long',
    ],
    [
      'without attributes takes the empty record alone',
      { type: 'Record' },
      {},
      { a: 1 },
      'has a, which is not declared',
    ],
    [
      'that lists its entities takes no other',
      { type: 'Entity', name: 'App::Colour' },
      uid('Colour', 'red'),
      uid('Colour', 'blue'),
      'is an entity that App::Colour does not list',
    ],
    [
      'that lists none takes any',
      { type: 'Entity', name: 'Plain' },
      new EntityUid('Plain', 'x'),
      'x',
      'is string, not an entity of type Plain',
    ],
  ]
  it.each(TYPES)('%s', (_, type, taken, refused, why) => {
    const check = compileType(type as Parameters<typeof compileType>[0], declared)
    expect([check(taken), check(refused)]).toEqual([undefined, why])
  })

  it.each([
    ['Ghost', { type: 'Ghost' }],
    ['Set', { type: 'Set' }],
    ['fraction', { type: 'Extension', name: 'fraction' }],
    ['EntityOrCommon', { type: 'EntityOrCommon', name: 'Ghost' }],
  ])('that is none is refused as the schema is compiled: %s', (name, type) => {
    expect(() => compileType(type as Parameters<typeof compileType>[0], declared)).toThrow(
      `the schema has no type ${name}`,
    )
  })
})
