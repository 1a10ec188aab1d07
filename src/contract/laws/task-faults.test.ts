import { describe, expect, it } from 'vitest'
import {
  child,
  endsMs,
  inTask,
  judge,
  type Line,
  opened,
  permit,
  registered,
  scope,
  submitted,
  task,
} from '../../../test/contract/told-lines.ts'
import type { JsonObject } from '../log-entry.ts'
import { chainTasksMax } from '../told/told.ts'
import { recordDelayMsMax } from './entry-law.ts'

describe('what a task was given on', () => {
  const given = { fromCredentialId: 'crd_a', onBehalfOf: 'psn_cam', rightIds: ['rgt_a', 'rgt_b'] }
  const resting = [...registered, task(given)]
  const fault = (id: string): readonly string[] => [
    `ground: it permits something in the task tsk_a, which rests on ${id}, and that is no more`,
  ]
  const fall = (kind: string, data: JsonObject): Line => ({ kind, on: 'tsk_a', data })
  it.each<[string, readonly Line[], readonly string[]]>([
    ['stands', [permit('call')], []],
    [
      'is a token that was taken back',
      [fall('credential.revoked', { credentialId: 'crd_a' }), permit('call')],
      fault('crd_a'),
    ],
    [
      'is a token, and another was taken back',
      [fall('credential.revoked', { credentialId: 'crd_b' }), permit('call')],
      [],
    ],
    [
      'is a right that was ended',
      [fall('right.ended', { personId: 'psn_cam', rightId: 'rgt_b' }), permit('call')],
      fault('rgt_b'),
    ],
    ['is a person who left', [fall('person.left', { personId: 'psn_cam' }), permit('call')], fault('psn_cam')],
    [
      'fell above it',
      [child('tsk_b'), fall('person.left', { personId: 'psn_cam' }), permit('call', { taskId: 'tsk_b' })],
      fault('psn_cam'),
    ],
  ])('and %s', (_, lines, faults) => {
    expect(judge([...resting, ...lines])).toEqual(faults)
    expect(judge([...resting, ...lines], false)).toEqual(faults)
  })
})

describe('a fault of a task is told as what is wrong', () => {
  const nobody = task({ identityId: 'idn_b' })
  it.each<[string, readonly Line[], readonly string[]]>([
    ['nobody registered', [nobody], ['active: it opens a task for an identity that nobody registered']],
    [
      'was only heard of',
      [{ kind: 'decision.denial', by: 'idn_b', data: {} }, nobody],
      ['active: it opens a task for an identity that nobody registered'],
    ],
    ['waits for approval', [submitted, task()], ['active: it opens a task for an identity that is pending']],
  ])('opened for an identity that %s', (_, lines, faults) => {
    expect(judge(lines)).toEqual(faults)
  })

  const waiting = [...registered, task({ taskState: 'waiting' })] // asked at 3,000
  const wake = (data: JsonObject): Line => ({ kind: 'task.activated', on: 'tsk_a', data: { taskId: 'tsk_a', ...data } })
  it.each<[string, readonly Line[], readonly string[]]>([
    ['is opened twice', [...opened, task()], [`opened: it opens the task tsk_a, which entry ${inTask - 1} had opened`]],
    ['was never opened', [wake({ endsMs })], ['opened: it activates a task that was never opened']],
    [
      'does not wait',
      [...opened, wake({ endsMs })],
      ['opened: it activates the task tsk_a, which does not wait for that'],
    ],
    ['gets as long as it asked for', [...waiting, wake({ endsMs: endsMs + 1_000 + recordDelayMsMax })], []],
    [
      'gets longer than it asked for',
      [...waiting, wake({ endsMs: endsMs + 1_001 + recordDelayMsMax })],
      ['opened: it gives the task tsk_a a longer time than it asked for'],
    ],
    ['has no end', [...registered, task({ endsMs: null })], ['end: it opens a task that has no end']],
    ['is activated without an end', [...waiting, wake({})], ['end: it opens a task that has no end']],
  ])('one that %s', (_, lines, faults) => {
    expect(judge(lines)).toEqual(faults)
  })

  it.each<[string, readonly Line[], readonly string[]]>([
    ['ends with its parent', [child('tsk_b')], []],
    [
      'has a parent that was never opened',
      [child('tsk_b', { parentId: 'tsk_x' })],
      ['narrower: its parent task tsk_x was never opened'],
    ],
    ['outlives its parent', [child('tsk_b', { endsMs: endsMs + 1 })], ['narrower: the task outlives its parent tsk_a']],
    [
      'reaches further than its parent',
      [child('tsk_b', { scope: [{ action: '*', resource: '*' }] })],
      ['narrower: the scope of the task is not inside that of its parent tsk_a'],
    ],
    ['has a scope that was shortened', [child('tsk_b', { scope: 'many' })], []],
    [
      'is activated for longer than its parent lasts',
      [
        child('tsk_b', { taskState: 'waiting' }),
        { kind: 'task.activated', on: 'tsk_b', data: { taskId: 'tsk_b', endsMs: endsMs + 1 } },
      ],
      ['narrower: the task outlives its parent tsk_a'],
    ],
  ])('a child that %s', (_, lines, faults) => {
    expect(judge([...opened, ...lines])).toEqual(faults)
  })

  it('a child of a task whose scope was shortened is held to what its own entry says of that', () => {
    const parent = [...registered, task({ scope: 'many' })]
    const handed = (inner: string): Line => ({
      kind: 'decision.permit',
      by: 'idn_a',
      data: {
        decision: 'delegation',
        helper: { id: 'idn_a' },
        task: { id: 'tsk_a', scope },
        taskId: 'tsk_b',
        scope: [{ action: 'docs/*', resource: inner }],
        endsMs,
      },
    })
    expect(judge([...parent, handed('docs:/a/b')])).toEqual([])
    expect(judge([...parent, handed('docs:/b')])).toEqual([
      'narrower: the scope of the task is not inside that of its parent tsk_a',
    ])
  })

  it('a chain that is longer than any may be', () => {
    const chain = (length: number): readonly Line[] =>
      Array.from({ length }, (_, at) => child(`tsk_${at}`, { parentId: at === 0 ? 'tsk_a' : `tsk_${at - 1}` }))
    expect(judge([...opened, ...chain(chainTasksMax - 1)])).toEqual([])
    expect(judge([...opened, ...chain(chainTasksMax)])).toEqual([
      `narrower: the chain of tasks is longer than ${chainTasksMax}`,
    ])
  })

  const ended: Line = { kind: 'task.ended', on: 'tsk_a', data: { taskId: 'tsk_a', because: 'done' } }
  it.each<[string, readonly Line[], readonly string[]]>([
    [
      'no task',
      [{ kind: 'decision.permit', by: 'psn_ann', data: { decision: 'call' } }],
      ['in-task: it permits something in no task'],
    ],
    [
      'a task that was never opened',
      [permit('call', { taskId: 'tsk_x' })],
      ['in-task: it permits something in the task tsk_x, which was never opened'],
    ],
    [
      'a task that has ended',
      [...opened, ended, permit('call')],
      [`live: it permits something in the task tsk_a, which had ended with entry ${inTask}`],
    ],
    [
      'a task that waits',
      [...waiting, permit('call')],
      ['live: it permits something in the task tsk_a, which waits for a person'],
    ],
    ['a task whose end is just over', [...opened, permit('call', {}, { atMs: endsMs + recordDelayMsMax - 1 })], []],
    [
      'a task whose end is over',
      [...opened, permit('call', {}, { atMs: endsMs + recordDelayMsMax })],
      ['live: it permits something in the task tsk_a after its end'],
    ],
    [
      'another domain, which asks about nobody here',
      [permit('evaluation', { taskId: null, domain: { name: 'app' } })],
      [],
    ],
    [
      'a domain without a name',
      [...opened, permit('evaluation', { taskId: 'tsk_x', domain: { name: 5 } })],
      ['in-task: it permits something in the task tsk_x, which was never opened'],
    ],
    [
      'a call that names a domain',
      [permit('call', { taskId: 'tsk_x', domain: { name: 'app' } })],
      ['in-task: it permits something in the task tsk_x, which was never opened'],
    ],
  ])('a permit in %s', (_, lines, faults) => {
    expect(judge(lines)).toEqual(faults)
  })
})

describe('what was cut off', () => {
  const openedMs = (inTask - 1) * 1_000
  const cut = (target: string, targetId: string, atMs = 900_000): Line => ({
    kind: 'cutoff.made',
    by: 'psn_ann',
    on: targetId,
    data: { target, targetId, atMs },
  })
  const named = { action: { name: 'files/read' } }
  const rests = (id: string): readonly string[] => [
    `cut-off: it permits something that rests on ${id}, which was cut off`,
  ]
  it.each<[string, readonly Line[], readonly string[]]>([
    [
      'at the moment in which the task was opened',
      [cut('task', 'tsk_a', openedMs), permit('call')],
      rests('task:tsk_a'),
    ],
    ['before the task was opened', [cut('task', 'tsk_a', openedMs - 1), permit('call')], []],
    ['with its chain', [cut('chain', 'tsk_a'), permit('call')], rests('chain:tsk_a')],
    [
      'with the root of its chain',
      [child('tsk_b'), cut('chain', 'tsk_a'), permit('call', { taskId: 'tsk_b' })],
      rests('chain:tsk_a'),
    ],
    ['with its owner', [cut('owner', 'psn_ann'), permit('call')], rests('owner:psn_ann')],
    ['as another task', [cut('task', 'tsk_b'), permit('call')], []],
    ['as the server that a call reaches', [cut('upstream', 'files'), permit('call', named)], rests('upstream:files')],
    ['as another server', [cut('upstream', 'docs'), permit('call', named)], []],
    [
      'as the binding that takes it with a token',
      [cut('binding', 'bnd_a'), permit('token', { bindingId: 'bnd_a' })],
      rests('binding:bnd_a'),
    ],
    ['as a binding that a call only names', [cut('binding', 'bnd_a'), permit('call', { bindingId: 'bnd_a' })], []],
  ])('%s', (_, lines, faults) => {
    expect(judge([...opened, ...lines])).toEqual(faults)
  })
})
