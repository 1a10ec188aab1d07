import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../contract/log-entry.ts'
import { tellQuestions } from '../../contract/question.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
import { createIds } from '../../ground/ids.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Entity } from '../cedar/entities.ts'
import {
  type CedarRecord,
  Datetime,
  Decimal,
  Duration,
  EntityUid,
  equalValues,
  IpAddress,
} from '../cedar/values/value.ts'
import type { Asked } from '../policy/ask-policies.ts'
import type { PolicyRequest } from '../policy/engine.ts'
import { holdsPersonal, keepQuestions } from './keep-questions.ts'
import { readAsked } from './redecide.ts'
import { tellAsked } from './tell-asked.ts'

const atMs = 1_772_323_200_000
const uid = (type: string, id: string): EntityUid => new EntityUid(type, id)
const own = (type: string, id: string): EntityUid => uid(`Remit::${type}`, id)
const data: JsonObject = {
  decision: 'call',
  outcome: 'permit',
  identityId: 'idn_a',
  identity: { name: 'a', kind: 'agent' },
}

const ada: Entity = { uid: own('Identity', 'idn_a'), attrs: { name: 'a', kind: 'agent' }, parents: [] }
const question = (more: Partial<PolicyRequest> = {}): PolicyRequest => ({
  principal: ada.uid,
  action: own('Action', 'read'),
  resource: uid('App::Doc', 'd'),
  context: { now: new Datetime(atMs), environment: 'production' },
  entities: [],
  ...more,
})
const asking = (...questions: readonly PolicyRequest[]): Asked => ({ questions, needs: [], approved: false })
const withContext = (more: CedarRecord): PolicyRequest =>
  question({ context: { now: new Datetime(atMs), environment: 'production', ...more } })

/** Keeps questions as an entry does, and reads them back. */
function keepAndRead(asked: Asked, of: JsonObject = data): Asked {
  const kept = JSON.parse(
    canonicalJson({ ...of, questions: keepQuestions(asked, atMs, of) } as unknown as JsonObject),
  ) as JsonObject
  const told = tellQuestions(kept)
  return typeof told === 'string' ? expect.unreachable(told) : readAsked(told)
}
const uidsOf = (uids: readonly EntityUid[]): readonly string[] => uids.map(({ key }) => key)
function expectSame(read: readonly PolicyRequest[], asked: readonly PolicyRequest[]): void {
  expect(read).toHaveLength(asked.length)
  for (const [at, { principal, action, resource, context, entities }] of asked.entries()) {
    const back = read[at] ?? expect.unreachable()
    expect(uidsOf([back.principal, back.action, back.resource])).toEqual(uidsOf([principal, action, resource]))
    expect(equalValues(back.context, context)).toBe(true)
    expect(uidsOf(back.entities.map((each) => each.uid))).toEqual(uidsOf(entities.map((each) => each.uid)))
    for (const [place, { attrs, parents, tags = {} }] of entities.entries()) {
      const entity = back.entities[place] ?? expect.unreachable()
      expect(equalValues(entity.attrs, attrs) && equalValues(entity.tags ?? {}, tags)).toBe(true)
      expect(uidsOf(entity.parents)).toEqual(uidsOf(parents))
    }
  }
}
const entitiesOf = (asked: Asked) => keepQuestions(asked, atMs, data).entities
const rowsOf = (asked: Asked) => keepQuestions(asked, atMs, data).asked

describe('a question that is kept is read back as it was', () => {
  const VALUES: readonly (readonly [what: string, value: CedarRecord[string], kept: unknown])[] = [
    ['a text', 'x', 'x'],
    ['a number', -7, -7],
    ['a truth value', false, false],
    ['a set', ['x', ['y']], ['set', ['x', ['set', ['y']]]]],
    ['an empty set', [], ['set', []]],
    ['a record', { a: { b: 1 } }, { a: { b: 1 } }],
    ['an empty record', {}, {}],
    ['a step of a ladder', { name: 'T2', rank: 2 }, ['T2', 2]],
    ['more than a step', { name: 'T2', rank: 2, more: 1 }, { name: 'T2', rank: 2, more: 1 }],
    ['less than a step', { name: 'T2' }, { name: 'T2' }],
    ['a name that is no text', { name: 1, rank: 2 }, { name: 1, rank: 2 }],
    ['a rank that is no number', { name: 'T2', rank: '2' }, { name: 'T2', rank: '2' }],
    ['a reference of ours', own('Task', 't'), ['Task', 't']],
    ['a reference of another namespace', uid('App::Doc', 'd'), [':App::Doc', 'd']],
    ['a moment', new Datetime(-1), ['datetime', '-1', 0]],
    ['a moment far away', new Datetime(2n ** 60n), ['datetime', '1152921504606846976', 0]],
    ['a duration', new Duration(5), ['duration', '5', 0]],
    ['a decimal', new Decimal(-15_000), ['decimal', '-1.5000', 0]],
    ['an address', new IpAddress(32, 1n, 24), ['ip', '0.0.0.1/24', 0]],
    [
      'names that every object has',
      JSON.parse('{"__proto__": 1, "constructor": 2}') as CedarRecord,
      JSON.parse('{"__proto__": 1, "constructor": 2}'),
    ],
  ]
  it.each(VALUES)('with %s', (_, value, kept) => {
    const asked = asking(withContext({ value }))
    const [row] = rowsOf(asked) as readonly (readonly JsonObject[])[]
    expect(canonicalJson(row?.[3]?.['value'] ?? null)).toBe(canonicalJson(kept as JsonObject))
    expectSame(keepAndRead(asked).questions, asked.questions)
  })

  it('with an action, entities, parents and tags of any namespace', () => {
    const doc: Entity = {
      uid: uid('App::Doc', 'd'),
      attrs: { id: 'd', owner: ada.uid, of: uid('App::Doc', 'd') },
      parents: [uid('App::Folder', 'f'), ada.uid],
      tags: { t: 'x', __proto__own: 'y' },
    }
    const folder: Entity = { uid: uid('App::Folder', 'f'), attrs: {}, parents: [uid('App::Folder', 'g')] }
    const bare: Entity = { uid: uid('App::Bare', 'b'), attrs: {}, parents: [] }
    const asked = asking(
      question({ action: uid('App::Action', 'paint'), entities: [doc, folder, ada, bare] }),
      question({ entities: [ada] }),
      question({ entities: [] }),
      question({ entities: [bare, ada] }),
    )
    expectSame(keepAndRead(asked).questions, asked.questions)
    expect(keepQuestions(asked, atMs, data).entities).toHaveLength(4)
  })

  it('where an entity is told otherwise in another question', () => {
    const other: Entity = { ...ada, attrs: { ...ada.attrs, state: 'active' } }
    const tagged: Entity = { ...ada, tags: { t: 'x' } }
    const placed: Entity = { ...ada, parents: [own('Team', 't')] }
    const all = [ada, other, tagged, placed, other, { ...ada }, tagged, { ...ada, tags: {} }]
    const asked = asking(...all.map((entity) => question({ entities: [entity] })))
    expect(entitiesOf(asked)).toHaveLength(4)
    expectSame(keepAndRead(asked).questions, asked.questions)
  })

  it('where another entity has the same attributes', () => {
    const [bob, more] = [
      { ...ada, uid: own('Identity', 'idn_b') },
      { ...ada, attrs: { kind: 'agent' } },
    ]
    const alike: Entity = { ...bob, attrs: more.attrs }
    const asked = asking(...[alike, ada, more].map((entity) => question({ entities: [entity] })))
    expectSame(keepAndRead(asked).questions, asked.questions)
  })

  it.each<[what: string, attrs: CedarRecord]>([
    ['as it says', { tier: { name: 'T2', rank: 2 }, name: 'a' }],
    ['another step', { tier: { name: 'T1', rank: 1 } }],
    ['a step of another rank', { tier: { name: 'T2', rank: 1 } }],
    ['a rank under another name', { tier: { name: 'T1', rank: 2 } }],
    ['more than a step', { tier: { name: 'T2', rank: 2, more: 1 } }],
    ['the name of a step alone', { tier: { name: 'T2' } }],
    ['a text for a step', { tier: 'T2' }],
    ['the own id for a step', { tier: 'idn_a' }],
    ['a set for a step', { tier: ['T2'] }],
    ['a record with the places of a step', { tier: { 0: 'T2', 1: 2 } }],
    ['a reference for a step', { tier: own('Tier', 'T2') }],
    ['a step for a text', { kind: { name: 'T2', rank: 2 } }],
    ['a record for a text', { kind: { agent: 'agent' } }],
    ['the own id for a text', { name: 'idn_a' }],
    ['a record for what the entry says is none', { owner: { id: 'x' }, state: {} }],
    ['a text for what the entry says is none', { owner: 'x' }],
  ])('where the entry tells it otherwise: %s', (_, attrs) => {
    const of = { ...data, identity: { name: 'a', kind: 'agent', tier: 'T2', owner: null } }
    const asked = asking(question({ entities: [{ ...ada, attrs }] }))
    expectSame(keepAndRead(asked, of).questions, asked.questions)
  })

  it('where what the entry says is the own id', () => {
    const named: Entity = { ...ada, attrs: { name: 'idn_a' } }
    const asked = asking(question({ entities: [named] }))
    expectSame(keepAndRead(asked, { ...data, identity: { name: 'idn_a' } }).questions, asked.questions)
  })

  const unpermittedAt = (place: string) =>
    Object.fromEntries([
      ['succeeded', own('Counts', `${place}succeeded`)],
      ...['firstPermitted', 'lastPermitted', 'lastSucceeded'].map((each) => [each, own('Moments', `${place}${each}`)]),
    ]) as CedarRecord
  const historyAt = (place: string): CedarRecord => ({
    ...unpermittedAt(place),
    permitted: own('Counts', `${place}permitted`),
  })
  const inherited = JSON.parse('{"__proto__": {}}') as CedarRecord
  const given: Entity = { uid: own('Arguments', 'given'), attrs: { whole: true }, parents: [] }
  const whole = { history: historyAt(''), here: historyAt('here/') }
  const toldIn = (context: CedarRecord): Asked =>
    asking({ ...withContext({ ...context, arguments: given.uid }), entities: [given] })
  it.each<[what: string, history: (place: string) => CedarRecord[string], isLeftOut: boolean]>([
    ['that nobody looks at', historyAt, true],
    ['with another reference', (at) => ({ ...historyAt(at), permitted: own('Counts', 'other') }), false],
    ['with a reference of another type', (at) => ({ ...historyAt(at), permitted: own('Moments', 'permitted') }), false],
    ['with more', (at) => ({ ...historyAt(at), more: 1 }), false],
    ['with less', (at) => ({ permitted: own('Counts', `${at}permitted`) }), false],
    ['with another name', (at) => ({ ...unpermittedAt(at), other: own('Counts', `${at}permitted`) }), false],
    ['with a name that every object has', (at) => ({ ...unpermittedAt(at), ...inherited }), false],
    ['that is a text', () => 'history', false],
    ['that is a set', (at) => [own('Counts', `${at}permitted`)], false],
  ])('with a history %s', (_, tell, isLeftOut) => {
    for (const [member, place] of [
      ['history', ''],
      ['here', 'here/'],
    ] as const) {
      const asked = toldIn({ ...whole, [member]: tell(place) })
      expectSame(keepAndRead(asked).questions, asked.questions)
      const [row] = rowsOf(asked) as readonly (readonly JsonObject[])[]
      expect(Object.keys(row?.[3] ?? {})).toEqual(isLeftOut ? [] : [member])
    }
  })

  it('without a history of the resource, as it was asked before there was one', () => {
    const asked = toldIn({ history: whole.history })
    expectSame(keepAndRead(asked).questions, asked.questions)
    const older = { ...keepQuestions(toldIn(whole), atMs, data), form: 1 } as unknown as JsonObject
    const read = tellQuestions({ ...data, decision: 'call', questions: older })
    expect(typeof read === 'string' ? read : read.questions[0]?.context['here']).toBeUndefined()
    expect(typeof read === 'string' ? read : read.questions[0]?.context['history']).toBeDefined()
  })

  it('with what a person had to approve, and did', () => {
    const held: Asked = { questions: [question()], needs: ['law:x'], approved: true }
    expect(keepQuestions(held, atMs, data)).toMatchObject({ form: 2, atMs, needs: ['law:x'], approved: true })
    expect(keepAndRead(held)).toMatchObject({ needs: ['law:x'], approved: true })
    expect(Object.keys(keepQuestions(asking(question()), atMs, data)).sort()).toEqual([
      'asked',
      'atMs',
      'entities',
      'form',
    ])
  })

  it('never where what stands for a value is none', () => {
    const none = null as unknown as string
    const bare: Entity = { ...ada, attrs: { none } }
    for (const asked of [asking(withContext({ none })), asking(question({ entities: [bare] }))])
      expect(() => keepQuestions(asked, atMs, data)).toThrow(TypeError)
  })

  it('never where a number has no place in JSON', () => {
    const cause = expect.objectContaining({ message: '1152921504606846976 has no place in JSON' }) as unknown
    expect(() => keepQuestions(asking(withContext({ n: 2n ** 60n })), atMs, data)).toThrow(
      expect.objectContaining({ code: 'internal', cause }),
    )
  })
})

describe('what follows from the entry is not told again', () => {
  it('of an entity: its id, what the entry says of it, and what would follow and is not there', () => {
    const told = (entity: Entity) => entitiesOf(asking(question({ entities: [entity] })))[0]
    expect(told({ ...ada, attrs: { ...ada.attrs, runtime: 'own' } })).toEqual(['Identity'])
    expect(told(ada)).toEqual(['Identity', 0, { runtime: null }])
    expect(told({ ...ada, attrs: { kind: 'script', runtime: 'own', more: 1 } })).toEqual([
      'Identity',
      0,
      { name: null, kind: 'script', more: 1 },
    ])
    expect(told({ uid: own('Identity', 'idn_b'), attrs: {}, parents: [] })).toEqual(['Identity', 'idn_b'])
    expect(told({ uid: own('Audience', 'aud'), attrs: { name: 'aud' }, parents: [] })).toEqual(['Audience', 'aud'])
    expect(told({ uid: uid('App::Doc', 'd'), attrs: { self: 'd' }, parents: [] })).toEqual([
      ':App::Doc',
      'd',
      { self: [] },
    ])
    expect(told({ uid: uid('App::Doc', 'd'), attrs: {}, parents: [ada.uid] })).toEqual([
      ':App::Doc',
      'd',
      {},
      [['Identity', 'idn_a']],
    ])
    expect(told({ uid: uid('App::Doc', 'd'), attrs: {}, parents: [], tags: { t: 'x' } })).toEqual([
      ':App::Doc',
      'd',
      {},
      [],
      { t: 'x' },
    ])
  })

  it('of a question: the time, the place, and its entities where they are all', () => {
    const [row] = rowsOf(asking(question({ entities: [ada] })))
    expect(row).toEqual([[0], 'read', [':App::Doc', 'd'], {}])
    const elsewhere = question({
      context: { now: new Datetime(atMs + 1), environment: 'staging' },
      action: uid('App::Action', 'go'),
    })
    expect(rowsOf(asking(elsewhere))).toEqual([
      [
        ['Identity', 'idn_a'],
        [':App::Action', 'go'],
        [':App::Doc', 'd'],
        { now: ['datetime', String(atMs + 1), 0], environment: 'staging' },
      ],
    ])
    expect(rowsOf(asking(question({ context: {} })))).toEqual([
      [['Identity', 'idn_a'], 'read', [':App::Doc', 'd'], { now: null, environment: null }],
    ])
    const bob: Entity = { ...ada, uid: own('Identity', 'idn_b') }
    const places = rowsOf(
      asking(question({ entities: [ada, bob] }), question({ entities: [bob, ada] }), question({ entities: [ada] })),
    ).map((each) => (each as readonly unknown[])[4])
    expect(places).toEqual([undefined, [1, 0], [0]])
  })
})

describe('what may be about a person stands beside the entry', () => {
  const tagged = (type: string, tags: CedarRecord) =>
    question({ entities: [{ uid: own(type, 'x'), attrs: {}, parents: [], tags }] })
  it.each([
    ['nothing in its own words', question({ entities: [ada] }), false],
    ['no tags', tagged('Asked', {}), false],
    ['a tag', tagged('Asked', { mail: 'x' }), true],
    ['where it came from', withContext({ source: new IpAddress(32, 1n, 32) }), true],
    ['a history, which is told in names of tools', tagged('Counts', { read: 1 }), false],
    ['the moments of one', tagged('Moments', { read: new Datetime(0) }), false],
  ])('that is: %s', (_, asked, isPersonal) => {
    expect(holdsPersonal([asked])).toBe(isPersonal)
    expect(holdsPersonal([question(), asked])).toBe(isPersonal)
    const { beside, data: told } = tellAsked({ atMs, ids: createIds(() => atMs) }, asking(asked), data)
    expect([beside.length, Object.hasOwn(told['questions'] as object, 'beside')]).toEqual(
      isPersonal ? [1, true] : [0, false],
    )
  })

  it('or is taken to be, and then under a name that tells nothing of it', () => {
    const ids = createIds(() => atMs)
    const tell = () => tellAsked({ atMs, ids }, { ...asking(question()), isPersonal: true }, data)
    const [one, other] = [tell(), tell()]
    expect(one.data['questions']).toEqual({ beside: expect.stringMatching(/^questions-[0-9a-f]{64}$/) })
    expect(one.data['questions']).not.toEqual(other.data['questions'])
    const [change] = one.beside
    expect(change).toMatchObject({
      op: 'insert',
      table: 'payloads',
      row: {
        id: (one.data['questions'] as JsonObject)['beside'],
        body: canonicalJson(keepQuestions(asking(question()), atMs, data) as unknown as JsonObject),
      },
    })
  })

  it('or has no room in it', () => {
    const long = (chars: number) =>
      tellAsked({ atMs, ids: createIds(() => atMs) }, asking(withContext({ x: 'x'.repeat(chars) })), data)
    expect(long(100).beside).toEqual([])
    expect(long(LIMITS.decisionDataBytesMax).beside).toHaveLength(1)
  })
})
