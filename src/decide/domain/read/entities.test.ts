import { schemaToJsonWithResolvedTypes } from '@cedar-policy/cedar-wasm/nodejs'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../ground/limits.ts'
import { Datetime, Decimal, Duration, EntityUid, IpAddress } from '../../cedar/values/value.ts'
import { findReadOver, readEntities, readEntity } from './entities.ts'
import { findShapes } from './shapes.ts'

const uid = (id: string, type = 'user') => ({ type, id })
const entity = (id: string, more: object = {}) => ({ uid: uid(id), attrs: {}, parents: [], ...more })
const read = (...list: readonly unknown[]) => {
  const { list: found, faults } = readEntities(JSON.stringify(list), null, null)
  expect(faults).toEqual([])
  return found.map((each) => readEntity(each, null))
}
const faultsOf = (text: string) => readEntities(text, null, null).faults

describe('the entities of a domain', () => {
  it('are read with attributes, tags and parents, named plainly or inside of __entity', () => {
    const list = [
      entity('a', { uid: { __entity: uid('a') }, attrs: { n: 1, set: ['x'] }, tags: { t: 'y' } }),
      entity('b', { parents: [uid('a')] }),
      entity('c', { parents: [{ __entity: uid('a') }, uid('b')], attrs: { boss: { __entity: uid('a') } } }),
    ]
    expect(read(...list)).toEqual([
      { uid: new EntityUid('user', 'a'), attrs: { n: 1, set: ['x'] }, tags: { t: 'y' }, parents: [] },
      { uid: new EntityUid('user', 'b'), attrs: {}, tags: {}, parents: [new EntityUid('user', 'a')] },
      {
        uid: new EntityUid('user', 'c'),
        attrs: { boss: new EntityUid('user', 'a') },
        tags: {},
        parents: [new EntityUid('user', 'a'), new EntityUid('user', 'b')],
      },
    ])
    expect(read()).toEqual([])
  })

  const unnamed = 'The entities cannot be read: one is not named by {"type": …, "id": …}.'
  const REFUSED: readonly (readonly [what: string, text: string, why: string])[] = [
    ['no list', '{}', 'The entities must be a list: [{"uid": …, "attrs": …, "parents": …}].'],
    ['a text', '"x"', 'The entities must be a list: [{"uid": …, "attrs": …, "parents": …}].'],
    ['nested deeply', '['.repeat(LIMITS.jsonDepthMax + 1), 'The entities are nested too deeply.'],
    ['a null among them', '[null]', unnamed],
    ['no name', '[{"attrs": {}, "parents": []}]', unnamed],
    ['a name of another form', '[{"uid": "user::\\"a\\"", "attrs": {}, "parents": []}]', unnamed],
    ['half a name', '[{"uid": {"type": "user"}, "attrs": {}, "parents": []}]', unnamed],
    ['a number as a name', '[{"uid": {"type": "user", "id": 7}, "attrs": {}, "parents": []}]', unnamed],
    ['a parent of another form', JSON.stringify([entity('a', { parents: ['x'] })]), unnamed],
    [
      'an unknown parent',
      JSON.stringify([entity('a', { parents: [uid('x "y"', 'team')] })]),
      'The entity user::"a" lies in team::"x \\"y\\"", which is not among the entities.',
    ],
  ]
  it.each(REFUSED)('are refused with %s', (_, text, why) => {
    expect(faultsOf(text)[0]?.sentence).toBe(why)
  })

  it.each([
    ['that are no JSON', '[{]', /^The entities are no JSON: .*JSON/],
    ['whose parents are no list', JSON.stringify([entity('a', { parents: 'x' })]), /^The entities cannot be read: ./],
    [
      'whose attributes are no object',
      JSON.stringify([entity('a', { attrs: [1] })]),
      /^The entities cannot be read: ./,
    ],
    [
      'with a fraction',
      JSON.stringify([entity('a', { attrs: { n: [{ m: 1 }, { m: 1.5 }] } })]),
      /^The entity user::"a" cannot be read: attrs\.n\[1\]\.m is 1\.5, which is no whole number .*decimal/,
    ],
    [
      'with null',
      JSON.stringify([entity('a', { tags: { t: null } })]),
      /^The entity user::"a" cannot be read: tags\.t is null, .*leave it out\.$/,
    ],
    [
      'with a number beyond 64 bits',
      '[{"uid":{"type":"user","id":"a"},"attrs":{"n":9223372036854775808},"parents":[]}]',
      /^The entity user::"a" cannot be read: attrs\.n is 9223372036854776000, which is no whole number of at most 53 bits/,
    ],
    [
      'with a number beyond 53 bits',
      '[{"uid":{"type":"user","id":"a"},"attrs":{"n":9007199254740993},"parents":[]}]',
      /^The entity user::"a" cannot be read: .*53 bits\.$/,
    ],
  ])('are refused %s', (_, text, why) => {
    expect(faultsOf(text)[0]?.sentence).toMatch(why)
  })

  it('are told by their place in the file, each that is wrong, and those that are not are not', () => {
    const text = `[
      ${JSON.stringify(entity('a', { attrs: { n: 1.5 } }))},
      ${JSON.stringify(entity('b'))},  ${JSON.stringify(entity('c', { parents: 'x', attrs: { t: '],[{,"' } }))},
      ${JSON.stringify(entity('d', { attrs: { x: null } }))}
    ]`
    expect(faultsOf(text)).toMatchObject([
      { file: 'entities.json', line: 2, column: 7 },
      {
        file: 'entities.json',
        line: 3,
        column: expect.any(Number),
        sentence: expect.stringMatching(/cannot be read: ./),
      },
      { file: 'entities.json', line: 4, column: 7 },
    ])
    const orphans = `[${JSON.stringify(entity('a', { parents: [uid('x')] }))},\n${JSON.stringify(entity('b', { parents: [uid('y')] }))}]`
    expect(faultsOf(orphans)).toMatchObject([
      { line: 1, sentence: expect.stringContaining('lies in user::"x"') },
      { line: 2, sentence: expect.stringContaining('lies in user::"y"') },
    ])
  })

  it('are told by the place where their file is no JSON any more, and without one where they are wrong together', () => {
    expect(faultsOf('[\n  {"uid": 1,}\n]')).toMatchObject([
      { file: 'entities.json', line: 2, column: 13, kind: 'syntax' },
    ])
    const ring = [entity('a', { parents: [uid('b')] }), entity('b', { parents: [uid('a')] })]
    expect(faultsOf(JSON.stringify(ring))).toMatchObject([
      { file: 'entities.json', line: 0, sentence: expect.stringMatching(/cycle/) },
    ])
  })

  it('are all told that are wrong, in their order: told twice, in a parent that is not there, of no form', () => {
    const lines = [
      entity('a', { attrs: { n: 1 } }),
      entity('b', { parents: [uid('gone')] }),
      entity('a', { attrs: { n: 2 } }),
      entity('c', { attrs: [1] }),
      entity('b', { parents: [uid('gone')] }),
    ]
    const text = `[\n${lines.map((each) => JSON.stringify(each)).join(',\n')}\n]`
    const lies = 'The entity user::"b" lies in user::"gone", which is not among the entities.'
    expect(faultsOf(text)).toMatchObject([
      { line: 3, sentence: lies },
      { line: 4, sentence: 'The entity user::"a" is told twice.' },
      { line: 5, sentence: expect.stringMatching(/^The entities cannot be read: ./) },
      { line: 6, sentence: lies },
    ])
    const same = JSON.stringify([entity('a', { attrs: { n: 1 } }), entity('a', { attrs: { n: 1 } })])
    expect(faultsOf(same)).toEqual([])
  })

  it('are told up to a bound', () => {
    const list = Array.from({ length: 500 }, (_, at) => entity(`e${at}`, { parents: [uid('nobody')] }))
    expect(faultsOf(JSON.stringify(list))).toHaveLength(LIMITS.domainEntityFaultsMax)
    const odd = Array.from({ length: 500 }, (_, at) => entity(`e${at}`, { attrs: { n: null } }))
    expect(faultsOf(JSON.stringify(odd))).toHaveLength(LIMITS.domainEntityFaultsMax)
  })

  it('are at most ten thousand', () => {
    const list = (count: number) => JSON.stringify(Array.from({ length: count }, () => null))
    expect(faultsOf(list(LIMITS.domainEntitiesMax + 1))[0]?.sentence).toBe(
      `There are ${LIMITS.domainEntitiesMax + 1} entities; a domain keeps at most ${LIMITS.domainEntitiesMax}.`,
    )
    expect(faultsOf(list(LIMITS.domainEntitiesMax))[0]?.sentence).toBe(unnamed)
  })

  it('lie in so many others, counted step by step over every way, and that is found before it is worked out', () => {
    // each of a layer lies in all of the layer above
    const layers = (count: number, width: number) =>
      Array.from({ length: count * width }, (_, at) => {
        const layer = Math.floor(at / width)
        const above = layer === 0 ? [] : Array.from({ length: width }, (_each, on) => uid(`${layer - 1}-${on}`))
        return entity(`${layer}-${at % width}`, { parents: above })
      })
    expect(read(...layers(4, 10))).toHaveLength(40)
    expect(faultsOf(JSON.stringify(layers(30, 30)))[0]?.sentence).toBe(
      `The entities lie in more than ${LIMITS.domainAncestorsMax} others, counted one by one.`,
    )
  })
})

describe('the attributes of a type that is declared', () => {
  const schema = `
    type Size = { width: Long, since?: datetime };
    entity team;
    entity user in [team] = {
      at?: datetime, gap?: duration, price?: decimal, from?: ipaddr, boss?: user, size?: Size,
      days?: Set<datetime>, sizes?: Set<Size>, name?: String, flag?: Bool,
    } tags String;
    action read appliesTo { principal: user, resource: team, context: { from?: ipaddr, size?: Size } };
    action rest;
    namespace App {
      entity member = { at?: datetime };
      action write appliesTo { principal: member, resource: member, context: { at?: datetime } };
    }`
  const parsed = schemaToJsonWithResolvedTypes(schema)
  const shapes = findShapes(parsed.type === 'success' ? parsed.json : expect.unreachable(JSON.stringify(parsed.errors)))
  const readOne = (attrs: object) => {
    const { list, faults } = readEntities(JSON.stringify([entity('a', { attrs })]), schema, shapes)
    expect(faults).toEqual([])
    return readEntity(list[0], shapes).attrs
  }

  it.each([
    ['at', '1970-01-02', new Datetime(86_400_000)],
    ['gap', '1m', new Duration(60_000)],
    ['price', '1.5', new Decimal(15_000)],
    ['from', '10.0.0.1', new IpAddress(32, 0x0a000001n, 32)],
    ['from', { __extn: { fn: 'ip', arg: '::1' } }, new IpAddress(128, 1n, 128)],
    ['boss', uid('b'), new EntityUid('user', 'b')],
    ['boss', { __entity: uid('b') }, new EntityUid('user', 'b')],
    ['size', { width: 1, since: '1970-01-01' }, { width: 1, since: new Datetime(0) }],
    ['days', ['1970-01-01', '1970-01-02'], [new Datetime(0), new Datetime(86_400_000)]],
    ['sizes', [{ width: 1 }], [{ width: 1 }]],
    ['name', '1970-01-01', '1970-01-01'],
    ['flag', true, true],
  ])('are read as what they are declared to be: %s as %j', (name, json, value) => {
    expect(readOne({ [name]: json })).toEqual({ [name]: value })
  })

  const user = shapes.ofEntity('user') ?? expect.unreachable()
  it.each([
    ['at', 'noon', '"noon" is no date and time', 'it is no date and time'],
    ['boss', { type: 'user' }, undefined, undefined],
    ['size', 7, 'a record is expected', 'a record is expected'],
    ['size', [1], 'a record is expected', 'a record is expected'],
    ['size', null, 'a record is expected', 'a record is expected'],
    [
      'size',
      { width: 1.5 },
      'width: 1.5 is no whole number of at most 53 bits',
      'width: it is no whole number of at most 53 bits',
    ],
    ['days', '1970-01-01', 'a set is expected', 'a set is expected'],
    ['days', ['noon'], '"noon" is no date and time', 'it is no date and time'],
    ['name', null, 'null is no value', 'null is no value'],
  ])('are told where they cannot be read: %s as %j', (name, json, why, plain) => {
    const reader = user.get(name) ?? expect.unreachable()
    if (why === undefined) return expect(reader(json)).toEqual({ type: 'user' })
    expect(() => reader(json)).toThrow(expect.objectContaining({ message: why, plain }))
  })

  it('are those of the type in its namespace, and of a context those of its action', () => {
    expect([...(shapes.ofEntity('App::member') ?? [])].map(([name]) => name)).toEqual(['at'])
    expect(shapes.ofEntity('team')?.size).toBe(0)
    expect(shapes.ofEntity('ghost')).toBeUndefined()
    expect([...(shapes.ofContext('Action\nread')?.keys() ?? [])]).toEqual(['from', 'size'])
    expect([...(shapes.ofContext('App::Action\nwrite')?.keys() ?? [])]).toEqual(['at'])
    expect(shapes.ofContext('Action\nrest')?.size).toBe(0)
    expect(shapes.ofContext('Action\nfly')).toBeUndefined()
  })
})

describe('what is read over in entities', () => {
  it('is a member that means nothing, and a name that stands twice in one object, told by the place of the entity', () => {
    const text = `[
      {"uid": {"type": "user", "id": "a"}, "attrs": {"x": 1, "tag": 2, "uid": 3}, "parents": [], "tags": {}},
      {"uid": {"type": "user", "id": "b"}, "attrs": {}, "parents": [], "tag": {}},
      {"uid": {"type": "user", "id": "c"}, "attrs": {"x": [1, {"y": 1, "\\u0079": 2}]}, "parents": []}
    ]`
    expect(findReadOver(text)).toMatchObject([
      { file: 'entities.json', line: 3, column: 7, sentence: 'An entity says "tag", which means nothing here.' },
      { file: 'entities.json', line: 4, column: 7, sentence: 'An entity names "y" twice in one object.' },
    ])
  })

  it('is nothing where entities cannot be read at all, and told of so many', () => {
    expect([findReadOver('{"a": 1, "a": 2}'), findReadOver('[')]).toEqual([[], []])
    const many = JSON.stringify(Array.from({ length: LIMITS.domainEntityFaultsMax + 1 }, () => entity('a', { b: 1 })))
    expect(findReadOver(many)).toHaveLength(LIMITS.domainEntityFaultsMax)
  })
})
