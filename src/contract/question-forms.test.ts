import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from './log-entry.ts'
import { firstPlaces, followFrom, followInContext, idFrom, shortType, tellQuestions } from './question.ts'

/** A decision that kept one question about these entities, with the first as who asks and what it is about. */
const ask = (entities: readonly Json[], row: Json = [[0], 'read', [0], {}], more: JsonObject = {}): JsonObject => ({
  decision: 'evaluation',
  outcome: 'permit',
  ...more,
  questions: { form: 1, atMs: 1_000, entities, asked: [row] },
})

function toldOf(data: JsonObject, beside: string | null = null) {
  const told = tellQuestions(data, beside)
  if (typeof told === 'string') throw new Error(told)
  return told
}

const attributesOf = (entity: Json, more: JsonObject = {}): unknown =>
  toldOf(ask([entity], undefined, more)).questions[0]?.entities[0]?.attrs
const toldAs = (value: Json): unknown => attributesOf([':A', 'a', { x: value }])

describe('a type', () => {
  it('is named without the namespace of Remit, and any other with a colon before it', () => {
    expect([shortType('Remit::Task'), shortType('User'), shortType('Other::Task')]).toEqual([
      'Task',
      ':User',
      ':Other::Task',
    ])
  })
})

describe('the id of an entity that is told by its type alone', () => {
  const data: JsonObject = {
    identityId: 'idn_1',
    taskId: 'tsk_1',
    action: { name: 'docs/read' },
    resources: [{ id: 'docs:/a' }, { id: 'docs:/b' }],
  }
  it.each([
    ['Identity', 'idn_1'],
    ['Task', 'tsk_1'],
    ['Tool', 'docs/read'],
    ['Resource', 'docs:/a'],
    ['Asked', 'request'],
    ['Arguments', 'given'],
    ['Numbers', 'given'],
    ['Decimals', 'given'],
    ['Lists', 'given'],
    ['Folder', undefined],
    ['constructor', undefined],
  ])('of type %s is %s', (type, id) => {
    expect(idFrom(data, type)).toBe(id)
  })

  it.each(['Identity', 'Task', 'Tool', 'Resource'])('of type %s is none where the entry does not say it', (type) => {
    expect(idFrom({}, type)).toBeUndefined()
    expect(idFrom({ identityId: 1, taskId: 2, action: { name: 3 }, resources: [4] }, type)).toBeUndefined()
    expect(idFrom({ action: 'docs/read', resources: 'docs:/a' }, type)).toBeUndefined()
  })
})

describe('what follows of an entity where nothing else is told', () => {
  const follow = (data: JsonObject, type: string, id: string): unknown => {
    const follows = Object.entries(followFrom(data, 10_000, type, id))
    return Object.fromEntries(follows.filter(([, value]) => value !== undefined && value !== null))
  }

  it('of an identity is what the entry says of it, and its purpose by its task or by what was asked', () => {
    const data: JsonObject = { identityId: 'i', identity: { name: 'docs', tier: 'T1', reach: 'team', owner: null } }
    const own = { name: 'docs', runtime: 'own', tier: ['T1', 1], reach: ['team', 1] }
    expect(follow(data, 'Identity', 'i')).toEqual(own)
    expect(follow({ ...data, asked: { purpose: 'c' } }, 'Identity', 'i')).toEqual({ ...own, purpose: 'c' })
    const both = { ...data, asked: { purpose: 'c' }, purpose: 'b' }
    expect(follow(both, 'Identity', 'i')).toEqual({ ...own, purpose: 'b' })
    expect(follow({ ...both, task: { purpose: 'a' } }, 'Identity', 'i')).toEqual({ ...own, purpose: 'a' })
    expect(follow(data, 'Identity', 'another')).toEqual({})
    expect(follow({ identityId: 'i', identity: { tier: 'T9', reach: 7 } }, 'Identity', 'i')).toEqual({ runtime: 'own' })
  })

  it('of a task is what the entry says of it, under its name or beside', () => {
    const task = { purpose: 'sum', goal: 'Sum it', ticket: 'T-1', ceiling: 'internal', endsMs: 12_999 }
    const said = { ...task, ceiling: ['internal', 1], secondsLeft: 2, identity: [0], depth: 0 }
    const { endsMs: _, ...follows } = said
    expect(follow({ taskId: 't', task }, 'Task', 't')).toEqual(follows)
    expect(follow({ taskId: 't', ...task }, 'Task', 't')).toEqual(follows)
    expect(follow({ taskId: 't', ...task, task: {} }, 'Task', 't')).toEqual({ identity: [0], depth: 0 })
    expect(follow({ taskId: 't', task }, 'Task', 'another')).toEqual({})
    expect(follow({ taskId: 't', endsMs: '12999' }, 'Task', 't')).toEqual({ identity: [0], depth: 0 })
  })

  it('of a task is what it had touched, where it remembers as it remembers it', () => {
    const labels = (remembered: JsonObject): JsonObject => ({
      taskId: 't',
      labels: { before: { confidentiality: 'public', integrity: 'trusted' }, ...remembered },
    })
    const clean = { identity: [0], depth: 0, confidentiality: ['public', 0], untrusted: false }
    expect(follow(labels({}), 'Task', 't')).toEqual(clean)
    const remembered = { confidentiality: 'internal', integrity: 'untrusted' }
    const tainted = { ...clean, confidentiality: ['internal', 1], untrusted: true }
    expect(follow(labels({ remembered }), 'Task', 't')).toEqual(tainted)
    expect(follow({ taskId: 't', labels: { before: {} } }, 'Task', 't')).toEqual({ identity: [0], depth: 0 })
  })

  it('of a task is what it has used and may use', () => {
    const budget = { calls: [1, 10], note: 'a text', spend: [0, null] }
    const used = { identity: [0], depth: 0, calls: 1, callsMax: 10, spend: 0 }
    expect(follow({ taskId: 't', budget }, 'Task', 't')).toEqual(used)
  })

  it('of a tool is its server and its class', () => {
    const data = { action: { class: 'write' } }
    const tool = { name: [], server: 'docs', class: ['write', 1], resultUntrusted: false }
    expect(follow(data, 'Tool', 'docs/files/write')).toEqual(tool)
    expect(follow({}, 'Tool', 'docs')).toEqual({ name: [], server: 'docs', resultUntrusted: false })
  })

  it('of a resource is how sensitive the entry says that this one is', () => {
    const resources = [7, { id: 'a', sensitivity: 'public' }, { id: 'b', sensitivity: 'restricted' }]
    expect(follow({ resources }, 'Resource', 'b')).toEqual({ name: [], sensitivity: ['restricted', 3] })
    expect(follow({ resources }, 'Resource', 'c')).toEqual({ name: [] })
    expect(follow({ resources: 'a' }, 'Resource', 'a')).toEqual({ name: [] })
    expect(follow({}, 'Resource', 'a')).toEqual({ name: [] })
  })

  it('of a server that is written to is its name, of what is given that it is whole, and of all else nothing', () => {
    expect(follow({}, 'Audience', 'crm')).toEqual({ name: [] })
    expect(follow({}, 'Arguments', 'given')).toEqual({ whole: true })
    expect([follow({}, 'Numbers', 'given'), follow({}, 'toString', 'x')]).toEqual([{}, {}])
  })
})

describe('what follows of a context where nothing else is told', () => {
  const base = { now: ['datetime', '5', 0], environment: 'production' }
  const history = {
    permitted: ['Counts', 'permitted'],
    succeeded: ['Counts', 'succeeded'],
    firstPermitted: ['Moments', 'firstPermitted'],
    lastPermitted: ['Moments', 'lastPermitted'],
    lastSucceeded: ['Moments', 'lastSucceeded'],
  }
  const follow = (types: readonly string[]) => followInContext(1, 5, new Map(types.map((type, place) => [type, place])))

  it('is when and where it was', () => {
    expect(follow([])).toEqual(base)
    expect(follow(['Identity', 'Resource'])).toEqual(base)
  })

  it('is a reference to the one entity of each type that it speaks of', () => {
    const all = follow(['Task', 'Tool', 'Asked', 'Arguments', 'Numbers', 'Decimals', 'Lists', 'Counts'])
    const references = { task: [0], tool: [1], asked: [2], arguments: [3], numbers: [4], decimals: [5], lists: [6] }
    expect(all).toEqual({ ...base, approved: false, ...references })
  })

  it('is of what is given a history that nobody looked at, unless that is told', () => {
    expect(follow(['Arguments'])).toEqual({ ...base, history, arguments: [0] })
    const places = new Map([['Arguments', 0]])
    const here = Object.fromEntries(Object.entries(history).map(([name, [type]]) => [name, [type, `here/${name}`]]))
    expect(followInContext(2, 5, places)).toEqual({ ...base, history, here, arguments: [0] })
    expect(followInContext(2, 5, new Map([['Counts', 0]]))).toEqual(base)
    expect(follow(['Arguments', 'Counts'])).toEqual({ ...base, arguments: [0] })
    expect(follow(['Counts'])).toEqual(base)
  })

  it('refers to the first of a type', () => {
    const types = ['Task', 'Tool', 'Task']
    expect(firstPlaces([0, 1, 2], (place) => types[place] ?? '')).toEqual(new Map(Object.entries({ Tool: 1, Task: 0 })))
  })
})

describe('a kept value', () => {
  const reference = (type: string, id: string) => ({ __entity: { type, id } })
  const call = (fn: string, arg: Json) => ({ __extn: { fn, arg } })
  const values: [string, Json, unknown][] = [
    ['a text', 'a', 'a'],
    ['a number', 7, 7],
    ['a truth value', false, false],
    ['a record', { a: { b: [':U', 'u'] } }, { a: { b: reference('U', 'u') } }],
    ['a level', ['internal', 1], { name: 'internal', rank: 1 }],
    ['the id of the entity', [], 'a'],
    ['a reference', ['Task', 't'], reference('Remit::Task', 't')],
    ['a reference of another namespace', [':Crm::Deal', 'd'], reference('Crm::Deal', 'd')],
    ['a reference to a type that is named set', ['set', 's'], reference('Remit::set', 's')],
    ['a reference to an entity of the list', [0], reference('A', 'a')],
    ['a set', ['set', [1, ['set', []], [':U', 'u']]], [1, [], reference('U', 'u')]],
    ['a decimal', ['decimal', '1.5', 0], call('decimal', '1.5')],
    ['a duration', ['duration', '5', 0], call('duration', '5ms')],
  ]
  it.each(values)('%s is told as Cedar has it', (_, value, told) => {
    expect(toldAs(value)).toEqual({ x: told })
  })

  const broken: [string, Json][] = [
    ['of the id of no entity', [[]]],
    ['of a place that is a text', ['0']],
    ['of a place that is not there', [1]],
    ['of a reference with a number for its id and a number for its type', [9, 9]],
    ['of a reference whose id is a list', ['Task', []]],
    ['of a reference whose type is nothing', [null, 't']],
    ['of three numbers', [7, 7, 7]],
    ['of a function without a text', ['decimal', 7.5, 0].slice(0, 1)],
    ['of a set that is nested in a record that is broken', { a: ['set', [[8]]] }],
  ]
  it.each(broken)('%s is refused', (_, value) => {
    expect(tellQuestions(ask([[':A', 'a', { x: value }]]))).toBe('broken')
  })

  it('that is the id of the entity stands for it only among its own attributes', () => {
    expect(tellQuestions(ask([[':A', 'a', { x: { y: [] } }]]))).toBe('broken')
    expect(tellQuestions(ask([[':A', 'a']], [[0], 'read', [0], { x: [] }]))).toBe('broken')
  })

  it('of which there is none is left out, and no more', () => {
    expect(attributesOf([':A', 'a', { gone: null, zero: 0, empty: '', no: false }])).toEqual({
      zero: 0,
      empty: '',
      no: false,
    })
  })
})

describe('an entity that is kept', () => {
  it.each<[string, Json]>([
    ['by a type that is a number', [7, 'a']],
    ['by an id that is a number', [':A', 7]],
    ['by an id that is nothing', [':A', null]],
    ['without an id that would follow', [':A']],
    ['with attributes that are a text', [':A', 'a', 'x']],
    ['with attributes that are nothing', [':A', 'a', null]],
    ['with parents that are members', [':A', 'a', {}, {}]],
    ['with a parent that is a text', [':A', 'a', {}, ['x']]],
    ['with tags that are a list', [':A', 'a', {}, [], []]],
    ['as a text', 'A'],
    ['as members', {}],
  ])('%s is broken', (_, entity) => {
    expect(tellQuestions(ask([entity]))).toBe('broken')
  })

  it('has its own id, even where one would follow', () => {
    const data = ask([['Task', 'tsk_2', {}]], undefined, { taskId: 'tsk_1', task: { goal: 'of another' } })
    expect(toldOf(data).questions[0]?.entities).toEqual([
      { uid: { type: 'Remit::Task', id: 'tsk_2' }, attrs: {}, parents: [], tags: {} },
    ])
  })
})

describe('a question that is kept', () => {
  const entities: readonly Json[] = [
    [':A', 'a'],
    [':B', 'b'],
  ]
  it.each<[string, Json]>([
    ['a text', 'x'],
    ['empty', []],
    ['without what it is done to', [[0], 'read']],
    ['by nobody', [null, 'read', [1], {}]],
    ['of no action', [[0], null, [1], {}]],
    ['about nothing', [[0], 'read', null, {}]],
    ['with a context that is a list', [[0], 'read', [1], []]],
    ['with a context that is nothing', [[0], 'read', [1], null]],
  ])('%s is broken', (_, row) => {
    expect(tellQuestions(ask(entities, row))).toBe('broken')
  })

  it('is about all entities that are kept, or about those that it names', () => {
    const uids = (row: Json) => toldOf(ask(entities, row)).questions[0]?.entities.map(({ uid }) => uid.id)
    expect([uids([[0], 'read', [1], {}]), uids([[0], 'read', [1], {}, [1]]), uids([[0], 'read', [1], {}, []])]).toEqual(
      [['a', 'b'], ['b'], []],
    )
  })

  it('has of its context what follows only of the entities that it names', () => {
    const both: readonly Json[] = [['Asked'], ['Task', 't']]
    const context = (row: Json) => Object.keys(toldOf(ask(both, row)).questions[0]?.context ?? {})
    expect(context([[0], 'read', [1], {}])).toEqual(['now', 'environment', 'task', 'asked'])
    expect(context([[0], 'read', [1], {}, [0]])).toEqual(['now', 'environment', 'asked'])
  })
})

describe('the questions of a decision', () => {
  const kept = { form: 1, atMs: 7, entities: [], asked: [] }
  const decided = (questions: Json, more: JsonObject = {}): JsonObject => ({ decision: 'call', ...more, questions })

  it('are told with the laws that asked for a person, and whether one had approved', () => {
    expect(tellQuestions(decided(kept))).toEqual({ atMs: 7, questions: [], needs: [], approved: false })
    expect(tellQuestions(decided({ ...kept, needs: ['law:a', 7], approved: 1 }))).toEqual({
      atMs: 7,
      questions: [],
      needs: ['law:a'],
      approved: false,
    })
  })

  it.each<[string, Json]>([
    ['nothing', null],
    ['a list', [kept]],
    ['of another form', { ...kept, form: '1' }],
    ['at a time that is a text', { ...kept, atMs: '7' }],
    ['without entities', { ...kept, entities: null }],
    ['without questions', { ...kept, asked: 7 }],
    ['with needs that are a text', { ...kept, needs: 'law:a' }],
  ])('that are %s are broken', (_, questions) => {
    expect(tellQuestions(decided(questions))).toBe('broken')
  })

  it('stand beside where they say so', () => {
    const data = decided({ beside: 'questions-00' })
    expect(toldOf(data, JSON.stringify(kept))).toMatchObject({ atMs: 7, questions: [] })
    expect([tellQuestions(data), tellQuestions(data, '7'), tellQuestions(data, 'null')]).toEqual([
      'beside',
      'broken',
      'broken',
    ])
  })

  it.each<[string, JsonObject, string]>([
    ['no rule', { outcome: 'denial', reasons: [] }, 'older'],
    ['no reasons', { outcome: 'denial' }, 'older'],
    ['reasons that are a text', { outcome: 'denial', reasons: 'law:scope' }, 'older'],
    ['a rule that is a number', { outcome: 'denial', reasons: [{ rule: 7 }] }, 'older'],
    ['a rule with the word of a law in it', { outcome: 'denial', reasons: [{ rule: 'x:law:y' }] }, 'older'],
    ['a law that let it pass', { outcome: 'permit', reasons: [{ rule: 'law:scope' }] }, 'older'],
    ['a law', { outcome: 'denial', reasons: [{ rule: 'law:scope' }] }, 'law'],
    [
      'a law that would hold a call',
      { outcome: 'denial', code: 'approval_required', reasons: [{ rule: 'law:x' }] },
      'older',
    ],
    ['a law that denied a call', { outcome: 'denial', code: 'denied', reasons: [{ rule: 'law:x' }] }, 'law'],
  ])('were not asked, or are not known, where they name %s', (_, more, why) => {
    expect(tellQuestions({ decision: 'call', ...more })).toBe(why)
  })

  it('were not asked by a law that wants a person for anything but a call', () => {
    const held = { outcome: 'denial', code: 'approval_required', reasons: [{ rule: 'law:x' }] }
    expect(tellQuestions({ decision: 'task', ...held })).toBe('law')
  })
})
