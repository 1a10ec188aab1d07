import { describe, expect, it } from 'vitest'
import type { JsonObject, LogEntry } from '../contract/log-entry.ts'
import type { ToldQuestions } from '../contract/question.ts'
import { explainLabels, explainStand } from './explain-stand.ts'

const entryOf = (data: JsonObject, more: Partial<LogEntry> = {}): LogEntry => ({
  v: 1,
  org: 'org_test',
  atMs: 0,
  kind: 'decision.permit',
  actor: { kind: 'identity', id: 'idn_1' },
  subject: { kind: 'task', id: 'tsk_1' },
  data,
  touched: [],
  ...more,
})
const entity = (type: string, id: string, attrs: JsonObject) => ({
  uid: { type: `Remit::${type}`, id },
  attrs,
  parents: [],
  tags: {},
})
const told: ToldQuestions = {
  atMs: 0,
  needs: [],
  approved: false,
  questions: [
    {
      principal: { type: 'Remit::Identity', id: 'idn_1' },
      action: { type: 'Remit::Action', id: 'read' },
      resource: { type: 'Remit::Resource', id: 'docs:/a' },
      context: {},
      entities: [
        entity('Task', 'tsk_1', {
          ceiling: { name: 'internal', rank: 1 },
          confidentiality: { name: 'public', rank: 0 },
          untrusted: true,
          calls: 3,
          callsMax: 9,
          writes: 1,
          writesMax: 2,
          hopsLeft: 1,
        }),
        entity('Tool', 'docs/read', { resultUntrusted: true }),
        entity('Resource', 'docs:/a', { sensitivity: { name: 'confidential', rank: 2 } }),
      ],
    },
  ],
}

describe('how a task stood', () => {
  const write = { decision: 'call', action: { class: 'write' } }
  const budget = (calls: number, writes: number) => [
    { what: 'calls', before: 3, after: 3 + calls, max: 9 },
    { what: 'writes', before: 1, after: 1 + writes, max: 2 },
  ]

  it.each<[string, LogEntry, readonly object[]]>([
    ['a permitted change takes a call and a write', entryOf(write), budget(1, 1)],
    ['a permitted read takes a call', entryOf({ ...write, action: { class: 'read' } }), budget(1, 0)],
    ['an act of a class that nobody knows takes a call', entryOf({ ...write, action: { class: 'x' } }), budget(1, 0)],
    [
      'a grant for another domain takes a call, and a write where it is one to change',
      entryOf({ decision: 'token', across: { classes: ['read', 'write'] } }),
      budget(1, 1),
    ],
    ['a grant to read takes a call', entryOf({ decision: 'token', across: { classes: ['read'] } }), budget(1, 0)],
    ['a token takes nothing', entryOf({ decision: 'token' }), budget(0, 0)],
    ['a denial takes nothing', entryOf(write, { kind: 'decision.denial' }), budget(0, 0)],
    ['an evaluation takes nothing', entryOf({ ...write, decision: 'evaluation' }), budget(0, 0)],
  ])('%s', (_, entry, expected) => {
    expect(explainStand(entry, told, 'tsk_1')).toEqual({
      ceiling: 'internal',
      confidentiality: 'public',
      integrity: 'untrusted',
      budget: expected,
    })
  })

  it('is told by the entry where the policies were not asked, of its own task alone', () => {
    const data = {
      taskId: 'tsk_1',
      task: { id: 'tsk_1', ceiling: 'public' },
      budget: { calls: [9, 9], writes: 7 },
      labels: { before: { confidentiality: 'internal', integrity: 'trusted' } },
    }
    expect(explainStand(entryOf(data), null, 'tsk_1')).toEqual({
      ceiling: 'public',
      confidentiality: 'internal',
      integrity: 'trusted',
      budget: [{ what: 'calls', before: 9, after: 9, max: 9 }],
    })
    expect(explainStand(entryOf(data), null, 'tsk_2')).toBeNull()
    const tolls = [
      { kind: 'spend', taskId: 'tsk_1', adds: 250, used: 100, max: 500 },
      { kind: 'rate', taskId: 'tsk_1', adds: 1, used: 3, max: '9' },
      { kind: 'spend', taskId: 'tsk_2', adds: 250, used: 100, max: 900 },
    ]
    const spent = { what: 'spend', before: 100, after: 350, max: 500 }
    expect(explainStand(entryOf({ ...data, tolls }), null, 'tsk_1')?.budget).toContainEqual(spent)
    expect(explainStand(entryOf({ ...data, tolls }), null, 'tsk_1')?.budget).toHaveLength(2)
    const denial = entryOf({ ...data, tolls }, { kind: 'decision.denial' })
    expect(explainStand(denial, null, 'tsk_1')?.budget).toContainEqual({ ...spent, after: 100 })
    expect(explainStand(entryOf({}), null, 'tsk_1')).toEqual({
      ceiling: null,
      confidentiality: null,
      integrity: null,
      budget: [],
    })
  })
})

describe('what a task has touched', () => {
  const before = { confidentiality: 'internal', integrity: 'trusted' }
  const asked = { confidentiality: 'confidential', integrity: 'untrusted' }
  const data = { decision: 'evaluation', labels: { before } }

  it('grows by what an enforcement point was permitted to let pass, and not by what a person asks', () => {
    expect(explainLabels(entryOf(data), told)).toMatchObject({ before, after: asked })
    const person = { kind: 'person', id: 'psn_1' } as const
    expect(explainLabels(entryOf(data, { actor: person }), told)?.after).toEqual(before)
    expect(explainLabels(entryOf(data, { kind: 'decision.denial' }), told)?.after).toEqual(before)
    expect(explainLabels(entryOf(data), null)?.after).toEqual(before)
  })

  it('grows by a grant for another domain, and is of other tasks where the policies were told of more', () => {
    const trusted = { confidentiality: 'public', integrity: 'trusted' }
    const remembered = { confidentiality: 'public', integrity: 'untrusted' }
    const token = { decision: 'token', labels: trusted }
    expect(explainLabels(entryOf({ ...token, across: {} }), told)).toMatchObject({ before: trusted, after: asked })
    expect(explainLabels(entryOf(token), told)).toEqual({
      before: trusted,
      after: trusted,
      remembered,
      rememberedFrom: [],
    })
    expect(explainLabels(entryOf({ ...token, taskId: 'tsk_2' }), told)?.remembered).toBeNull()
    expect(explainLabels(entryOf({ ...token, labels: asked }), told)?.remembered).toBeNull()
  })

  it('is what the entry says of it, with what is remembered of other tasks', () => {
    const labels = { before, after: asked, remembered: { ...asked, from: ['tsk_2', 7] } }
    expect(explainLabels(entryOf({ decision: 'call', labels }), told)).toEqual({
      before,
      after: asked,
      remembered: asked,
      rememberedFrom: ['tsk_2'],
    })
    expect(explainLabels(entryOf({ labels: before }), null)).toMatchObject({ before, after: before, remembered: null })
  })

  it.each<[string, JsonObject]>([
    ['no labels', {}],
    ['labels that are a text', { labels: 'public' }],
    ['labels that lack one', { labels: { before: { confidentiality: 'public' } } }],
  ])('is not guessed from %s', (_, odd) => {
    expect(explainLabels(entryOf(odd), told)).toBeNull()
  })
})
