import { describe, expect, it } from 'vitest'
import {
  activated,
  child,
  judgeUse,
  type Line,
  permit,
  registered,
  submitted,
  task,
  vote,
} from '../../../test/contract/told-lines.ts'
import type { JsonObject } from '../log-entry.ts'
import { recordDelayMsMax } from './entry-law.ts'

const budget = { callsMax: 2, writesMax: 1, bytesMax: 10, spendMax: 5, callsPerMinuteMax: 9 }
const bounded = (more: JsonObject): readonly Line[] => [...registered, task({ budget: { ...budget, ...more } })]
const call = (actionClass = 'read', data: JsonObject = {}, more: Partial<Line> = {}): Line =>
  permit('call', { action: { name: 'docs/x', class: actionClass }, ...data }, more)
const spend = (adds: number): JsonObject => ({ tolls: [{ kind: 'spend', adds }] })

describe('what a task uses', () => {
  it.each<[string, readonly Line[], readonly string[]]>([
    ['calls as it may', [...bounded({}), call(), call()], []],
    [
      'a call too many',
      [...bounded({}), call(), call(), call()],
      ['budget: it permits one call more than the task tsk_a may make (2)'],
    ],
    ['calls in a task that is told without a budget', [...registered, task(), call(), call(), call()], []],
    [
      'the first call where none may be made',
      [...bounded({ callsMax: 0 }), call()],
      ['budget: it permits one call more than the task tsk_a may make (0)'],
    ],
    ['a write as it may', [...bounded({}), call('write')], []],
    [
      'a write too many',
      [...bounded({}), call('write'), call('write')],
      ['budget: it permits one write more than the task tsk_a may make (1)'],
    ],
    ['a read after the last write', [...bounded({}), call('write'), call()], []],
    ['money as it may', [...bounded({}), call('read', spend(2)), call('read', spend(3))], []],
    [
      'money beyond its budget',
      [...bounded({}), call('read', spend(2)), call('read', spend(4))],
      ['spend: with it the task tsk_a has spent 6, and may spend 5'],
    ],
    [
      'money where its budget names none',
      [...registered, task({ budget: { callsMax: 2, writesMax: 1, bytesMax: 10 } }), call('read', spend(1))],
      ['spend: with it the task tsk_a has spent 1, and may spend 0'],
    ],
    ['so many calls a minute', [...bounded({ callsPerMinuteMax: 1 }), call(), call('read', {}, { atMs: 64_000 })], []],
    [
      'too many calls a minute',
      [...bounded({ callsPerMinuteMax: 1 }), call(), call('read', {}, { atMs: 63_999 })],
      ['rate: with it the task tsk_a makes more than 1 calls in a minute'],
    ],
  ])('is %s', (_, lines, faults) => {
    expect(judgeUse(lines)).toEqual(faults)
  })

  const across = (scopes: Readonly<Record<string, string>>, more: Partial<Line> = {}): Line =>
    permit(
      'token',
      {
        asked: { across: { resource: 'https://chat.example', scopes: { ...scopes, 'chat.never': 'administer' } } },
        across: { resource: 'https://chat.example', scopes: Object.keys(scopes) },
      },
      more,
    )
  const [reads, writes] = [{ 'chat.read': 'read' }, { 'chat.write': 'write', 'chat.read': 'read' }]
  it.each<[string, readonly Line[], readonly string[]]>([
    ['one act each, as it may', [...bounded({}), across(reads), across(writes)], []],
    ['no act, of a token for this domain', [...bounded({}), ...Array<Line>(4).fill(permit('token', {}))], []],
    [
      'a call too many',
      [...bounded({}), call(), across(reads), across(reads)],
      ['budget: it permits one call more than the task tsk_a may make (2)'],
    ],
    [
      'a write too many',
      [...bounded({}), call('write'), across(writes)],
      ['budget: it permits one write more than the task tsk_a may make (1)'],
    ],
    ['a read after the last write', [...bounded({}), across(writes), across(reads)], []],
    [
      'too many a minute',
      [...bounded({ callsPerMinuteMax: 1 }), across(reads), across(reads)],
      ['rate: with it the task tsk_a makes more than 1 calls in a minute'],
    ],
  ])('is, of grants for another domain, %s', (_, lines, faults) => {
    expect(judgeUse(lines)).toEqual(faults)
  })

  it('falls, of a grant for another domain, once under the limit of each class that it may be of', () => {
    const limitOf = (of: string): Line => ({
      kind: 'limit.set',
      data: { name: of, of, per: 'chain', callsMax: 1, windowSeconds: 60, state: 'active' },
    })
    const limits = ['read', 'write', 'delete'].map(limitOf)
    const most = (name: string): string => `limit: with it more is done than the limit ${name} allows (1 in 60 seconds)`
    const wide = [...registered, task({})]
    expect(judgeUse([...wide, ...limits, across(writes)])).toEqual([])
    expect(judgeUse([...wide, ...limits, across(writes), across(reads)])).toEqual([most('read')])
    expect(judgeUse([...wide, ...limits, across(reads), across({ 'chat.write': 'write' })])).toEqual([])
    expect(judgeUse([...wide, ...limits, across({ 'chat.write': 'write' }), across(writes)])).toEqual([most('write')])
  })

  it('is counted for the tasks above it too', () => {
    const lines = [
      ...bounded({}),
      child('tsk_b'),
      call('read', { taskId: 'tsk_b' }),
      call(),
      call('read', { taskId: 'tsk_b' }),
    ]
    expect(judgeUse(lines)).toEqual(['budget: it permits one call more than the task tsk_a may make (2)'])
  })

  const limit = (more: JsonObject = {}): Line => ({
    kind: 'limit.set',
    data: { name: 'few', of: 'docs/*', per: 'chain', callsMax: 1, windowSeconds: 60, state: 'active', ...more },
  })
  it.each<[string, readonly Line[], readonly string[]]>([
    ['holds', [limit(), call(), call()], ['limit: with it more is done than the limit few allows (1 in 60 seconds)']],
    ['is not reached', [limit({ callsMax: 2 }), call(), call()], []],
    ['has ended', [limit(), limit({ state: 'ended' }), call(), call()], []],
    ['is of something else', [limit({ of: 'pay/*' }), call(), call()], []],
    ['has another window', [limit({ windowSeconds: 1 }), call(), call()], []],
  ])('under a limit that %s', (_, lines, faults) => {
    expect(judgeUse([...registered, task(), ...lines])).toEqual(faults)
  })
})

describe('what is given out', () => {
  const made = { model: 'm-1', promptDigest: 'aa', toolsDigest: 'bb' }
  const known = (composition: JsonObject): readonly Line[] => [
    { ...submitted, data: { ...submitted.data, composition } },
    vote('psn_ann'),
    activated(),
  ]
  const token = (composition: JsonObject, more: JsonObject = {}): readonly Line[] => [
    ...known(made),
    task({ composition: made }),
    permit('token', { identityId: 'idn_a', asked: { composition }, ...more }),
  ]
  it.each<[string, readonly Line[], readonly string[]]>([
    ['a token to what was approved', token(made), []],
    [
      'a token to something else',
      token({ model: 'm-2', promptDigest: 'cc', toolsDigest: 'bb' }),
      ['composition: what it is given to is not what was approved, by its model, promptDigest'],
    ],
    [
      'a token to what says nothing',
      token({}),
      ['composition: what it is given to is not what was approved, by its model, promptDigest, toolsDigest'],
    ],
    ['a token whose entry had no room', token({}, { cut: true }), []],
    [
      'a task to something else',
      [...known(made), task({ composition: { ...made, toolsDigest: 'cc' } })],
      ['composition: what it is given to is not what was approved, by its toolsDigest'],
    ],
    ['a task that a person opens', [...known(made), { ...task(), by: 'psn_ann' }], []],
    ['a task to what was never declared', [...registered, task({ composition: made })], []],
  ])('is %s', (_, lines, faults) => {
    expect(judgeUse(lines)).toEqual(faults)
  })

  it('is not asked about in a part of a log', () => {
    expect(judgeUse(token({}), false)).toEqual([])
  })
})

describe('what is done on behalf of a person', () => {
  const right = (more: JsonObject = {}): Line => ({
    kind: 'right.granted',
    data: {
      personId: 'psn_zoe',
      rightId: 'rgt_1',
      scope: [{ action: 'docs/*', resource: 'docs:/a/*' }],
      classes: ['read'],
      ceiling: 'internal',
      endsMs: 50_000,
      ...more,
    },
  })
  const act = (id: unknown, sensitivity: unknown = 'internal', more: Partial<Line> = {}, decision = 'call'): Line =>
    permit(decision, { action: { name: 'docs/x', class: 'read' }, resources: [{ id, sensitivity }] as never }, more)
  const opened = [...registered, { ...task({ onBehalfOf: 'psn_zoe' }), by: 'psn_zoe' }]
  const fault = ['behalf: it permits something on docs:/a/b on behalf of psn_zoe, who may not do it']
  it.each<[string, readonly Line[], readonly string[]]>([
    ['what they may', [right(), act('docs:/a/b')], []],
    ['what nobody let them', [act('docs:/a/b')], fault],
    ['an evaluation that nobody let them', [act('docs:/a/b', 'internal', {}, 'evaluation')], fault],
    ['what is too sensitive', [right(), act('docs:/a/b', 'confidential')], fault],
    ['what is of another class', [right({ classes: ['write'] }), act('docs:/a/b')], fault],
    ['what lies elsewhere', [right({ scope: [{ action: 'docs/*', resource: 'docs:/c' }] }), act('docs:/a/b')], fault],
    [
      'what a right that ended let them',
      [right(), { kind: 'right.ended', data: right().data ?? {} }, act('docs:/a/b')],
      fault,
    ],
    [
      'what is written a little late',
      [right(), act('docs:/a/b', 'internal', { atMs: 50_000 + recordDelayMsMax - 1 })],
      [],
    ],
    ['what is too late', [right(), act('docs:/a/b', 'internal', { atMs: 50_000 + recordDelayMsMax })], fault],
    ['what was cut', [act('docs:/a… (900 characters)')], []],
    ['what has no name', [act(7)], []],
    ['what is of no sensitivity', [act('docs:/a/b', 'some')], []],
    ['a token', [act('docs:/a/b', 'internal', {}, 'token')], []],
  ])('is %s', (_, lines, faults) => {
    expect(judgeUse([...opened, ...lines])).toEqual(faults)
  })

  it('is not asked about in a part of a log', () => {
    expect(judgeUse([...opened, act('docs:/a/b')], false)).toEqual([])
  })
})
