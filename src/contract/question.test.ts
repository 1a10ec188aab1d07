import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from './log-entry.ts'
import { tellQuestions } from './question.ts'

/** An entry as it was written by form 1: what it says may never change. */
const kept: JsonObject = {
  decision: 'evaluation',
  outcome: 'permit',
  reasons: [{ rule: 'law:scope', sentence: 'Inside.' }],
  identityId: 'idn_1',
  taskId: 'tsk_1',
  identity: { id: 'idn_1', name: 'docs', kind: 'agent', state: 'active', tier: 'T2', owner: 'psn_1', reach: 'team' },
  task: {
    id: 'tsk_1',
    purpose: 'sum',
    goal: 'Sum it up',
    ticket: null,
    ceiling: 'internal',
    endsMs: 1_790_000_060_999,
  },
  action: { name: 'docs/read', class: 'read' },
  resources: [{ id: 'docs:/a', sensitivity: 'public' }],
  labels: { before: { confidentiality: 'internal', integrity: 'untrusted' } },
  budget: { calls: [1, 10], writes: [0, 5] },
  questions: {
    form: 1,
    atMs: 1_790_000_000_000,
    entities: [
      ['Identity', 0, { autonomy: ['bounded', 1], purpose: 'other', owner: null }],
      ['Task', 0, { extra: ['set', [1, ['Task', 'tsk_2'], [':User', 'u']]] }],
      ['Tool'],
      ['Resource', 0, {}, [['Folder', 'f']], { colour: 'red' }],
      ['Asked'],
    ],
    asked: [
      [[0], 'read', [3], { environment: 'test', for: ['duration', '5', 0], at: ['ip', '10.0.0.0/8', 0] }],
      [[0], [':Act', 'x'], [':User', 'u'], { now: null, environment: null }, [0]],
    ],
    needs: ['law:each-call'],
    approved: true,
  },
}

const moment = (ms: string): Json => ({
  __extn: {
    fn: 'offset',
    args: [{ __extn: { fn: 'datetime', arg: '1970-01-01' } }, { __extn: { fn: 'duration', arg: `${ms}ms` } }],
  },
})
const uid = (type: string, id: string) => ({ type, id })
const reference = (type: string, id: string): Json => ({ __entity: uid(type, id) })

const identity = {
  uid: uid('Remit::Identity', 'idn_1'),
  attrs: {
    name: 'docs',
    kind: 'agent',
    state: 'active',
    runtime: 'own',
    purpose: 'other',
    tier: { name: 'T2', rank: 2 },
    reach: { name: 'team', rank: 1 },
    autonomy: { name: 'bounded', rank: 1 },
  },
  parents: [],
  tags: {},
}

describe('what the policies were asked', () => {
  it('is told by an entry of form 1 in the JSON of Cedar, with all that follows from the rest of it', () => {
    const told = tellQuestions(kept)
    if (typeof told === 'string') throw new Error(told)
    expect(told).toMatchObject({ atMs: 1_790_000_000_000, needs: ['law:each-call'], approved: true })
    expect(told.questions[1]).toEqual({
      principal: uid('Remit::Identity', 'idn_1'),
      action: uid('Act', 'x'),
      resource: uid('User', 'u'),
      context: {},
      entities: [identity],
    })
    expect(told.questions[0]).toEqual({
      principal: uid('Remit::Identity', 'idn_1'),
      action: uid('Remit::Action', 'read'),
      resource: uid('Remit::Resource', 'docs:/a'),
      context: {
        now: moment('1790000000000'),
        task: reference('Remit::Task', 'tsk_1'),
        tool: reference('Remit::Tool', 'docs/read'),
        asked: reference('Remit::Asked', 'request'),
        approved: false,
        environment: 'test',
        for: { __extn: { fn: 'duration', arg: '5ms' } },
        at: { __extn: { fn: 'ip', arg: '10.0.0.0/8' } },
      },
      entities: [
        identity,
        {
          uid: uid('Remit::Task', 'tsk_1'),
          attrs: {
            purpose: 'sum',
            goal: 'Sum it up',
            ceiling: { name: 'internal', rank: 1 },
            secondsLeft: 60,
            depth: 0,
            confidentiality: { name: 'internal', rank: 1 },
            untrusted: true,
            calls: 1,
            callsMax: 10,
            writes: 0,
            writesMax: 5,
            identity: reference('Remit::Identity', 'idn_1'),
            extra: [1, reference('Remit::Task', 'tsk_2'), reference('User', 'u')],
          },
          parents: [],
          tags: {},
        },
        {
          uid: uid('Remit::Tool', 'docs/read'),
          attrs: { name: 'docs/read', server: 'docs', class: { name: 'read', rank: 0 }, resultUntrusted: false },
          parents: [],
          tags: {},
        },
        {
          uid: uid('Remit::Resource', 'docs:/a'),
          attrs: { name: 'docs:/a', sensitivity: { name: 'public', rank: 0 } },
          parents: [uid('Remit::Folder', 'f')],
          tags: { colour: 'red' },
        },
        { uid: uid('Remit::Asked', 'request'), attrs: {}, parents: [], tags: {} },
      ],
    })
  })

  const change = (more: object): JsonObject => ({ ...kept, questions: { ...(kept['questions'] as object), ...more } })
  const without = (data: JsonObject): JsonObject => {
    const { questions: _, ...rest } = data
    return rest
  }
  const denial = (code: string, rule: string, more: JsonObject = {}): JsonObject =>
    without({ ...kept, outcome: 'denial', code, reasons: [{ rule, sentence: '' }], ...more })

  it.each<[string, JsonObject, string | null, string]>([
    ['an entry of no decision', { taskId: 'tsk_1' }, null, 'no-decision'],
    ['a permit that an older Remit wrote', without(kept), null, 'older'],
    ['a denial of a policy that an older Remit wrote', denial('denied', 'tier:observer-reads'), null, 'older'],
    [
      'a call that an older Remit held',
      denial('approval_required', 'law:each-call', { decision: 'call' }),
      null,
      'older',
    ],
    ['a denial of a law', denial('scope_exceeded', 'law:scope'), null, 'law'],
    ['a no of a domain that is not there', denial('not_found', 'domain:absent'), null, 'law'],
    ['what has no form in the words of a domain', denial('denied', 'domain:attribute'), null, 'law'],
    ['a denial after an error', denial('policy_error', 'error:internal'), null, 'law'],
    ['questions that stand in a payload that is gone', change({ beside: 'questions-00' }), null, 'beside'],
    ['a payload that is no JSON', change({ beside: 'questions-00' }), '{', 'broken'],
    ['a payload that is a list', change({ beside: 'questions-00' }), '[]', 'broken'],
    ['another form', change({ form: 3 }), null, 'broken'],
    ['questions that are a text', { ...kept, questions: 'x' }, null, 'broken'],
    ['no list of entities', change({ entities: {} }), null, 'broken'],
    ['an entity that is none', change({ entities: [7] }), null, 'broken'],
    ['an entity whose id does not follow', change({ entities: [['Folder', 0]] }), null, 'broken'],
    ['attributes that are a list', change({ entities: [['Asked', 0, []]] }), null, 'broken'],
    ['a reference to an entity that is not there', change({ asked: [[[9], 'read', [3], {}]] }), null, 'broken'],
    ['places of entities that are not there', change({ asked: [[[0], 'read', [3], {}, [0, 9]]] }), null, 'broken'],
    ['a place that is what every list has', change({ asked: [[[0], 'read', [3], {}, ['length']]] }), null, 'broken'],
    ['a question without a context', change({ asked: [[[0], 'read', [3]]] }), null, 'broken'],
  ])('is not guessed from %s', (_, data, beside, why) => {
    expect(tellQuestions(data, beside)).toBe(why)
  })
})
