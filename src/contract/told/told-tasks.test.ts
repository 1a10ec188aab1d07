import { describe, expect, it } from 'vitest'
import { type Said, tellAll } from '../../../test/prove/tell-all.ts'
import type { EntryKind, JsonObject } from '../log-entry.ts'
import { chainTasksMax, chainUpwards, tasksActing } from './told.ts'

const scope = [{ action: 'docs/read', resource: 'docs:*' }]
const open = (data: JsonObject = {}): Said => ({
  kind: 'decision.permit',
  data: { decision: 'task', taskId: 'tsk_1', identityId: 'idn_1', endsMs: 100, ...data },
})
const person = { kind: 'person', id: 'psn_1' } as const

describe('a task that is told', () => {
  it('is as the permit says that opened it', () => {
    const said = {
      identity: { name: 'docs' },
      helper: { name: 'other' },
      purpose: 'sum',
      goal: 'Sum it',
      ticket: 'T-1',
      scope,
      bindingId: 'bnd_1',
      onBehalfOf: 'psn_1',
      grantId: 'grt_1',
      fromCredentialId: 'crd_1',
      rightIds: ['rgt_1', 'rgt_2'],
      loginId: 'lgn_1',
      taskState: 'waiting',
      budget: { callsMax: 1, writesMax: 2, bytesMax: 3 },
      labels: { confidentiality: 'internal', integrity: 'untrusted' },
      asked: { purpose: 'x', goal: 'x', ticket: 'x', scope: [] },
    }
    const told = tellAll(open(said))
    expect(told.tasks.get('tsk_1')).toEqual({
      id: 'tsk_1',
      identityId: 'idn_1',
      parentId: null,
      chain: [{ identityId: 'idn_1', name: 'docs', taskId: 'tsk_1' }],
      depth: 1,
      purpose: 'sum',
      goal: 'Sum it',
      ticket: 'T-1',
      scope,
      bindingId: 'bnd_1',
      endsMs: 100,
      onBehalfOf: 'psn_1',
      grounds: ['grt_1', 'crd_1', 'psn_1', 'rgt_1', 'rgt_2', 'lgn_1'],
      budget: { callsMax: 1, writesMax: 2, bytesMax: 3, spendMax: 0 },
      isWaiting: true,
      entry: 0,
      atMs: 10,
      ended: null,
    })
    expect(told.labels.get('tsk_1')).toEqual(said.labels)
  })

  it('is as it was asked for where the permit says no more', () => {
    const told = tellAll(open({ asked: { purpose: 'sum', goal: 'Sum it', ticket: 'T-1', scope } }))
    expect(told.tasks.get('tsk_1')).toMatchObject({ purpose: 'sum', goal: 'Sum it', ticket: 'T-1', scope, grounds: [] })
    expect(told.labels.get('tsk_1')).toEqual({ confidentiality: 'public', integrity: 'trusted' })
  })

  it('is empty where nothing is said of it', () => {
    const bare = tellAll({ kind: 'decision.permit', data: { decision: 'task' }, actor: person }).tasks.get('tsk_1')
    const chain = [{ identityId: '', name: '', taskId: 'tsk_1' }]
    expect(bare).toMatchObject({
      identityId: '',
      purpose: '',
      goal: '',
      ticket: null,
      scope: null,
      budget: null,
      chain,
    })
    expect(bare?.endsMs).toBeNaN()
  })

  it('stays as it was opened, whatever opens it again', () => {
    const told = tellAll(open({ goal: 'first' }), open({ goal: 'second', endsMs: 900 }))
    expect(told.tasks.get('tsk_1')).toMatchObject({ goal: 'first', endsMs: 100, entry: 0 })
    expect(told.identities.get('idn_1')).toMatchObject({ untilMs: 100, permits: 2 })
  })

  const handed = (more: JsonObject = {}): Said => ({
    kind: 'decision.permit',
    actor: { kind: 'identity', id: 'idn_1', chain: [{ identityId: 'idn_1', name: 'docs', taskId: 'tsk_1' }] },
    data: {
      decision: 'delegation',
      taskId: 'tsk_2',
      task: { id: 'tsk_1' },
      identity: { name: 'docs' },
      helper: { id: 'idn_2', name: 'helper' },
      endsMs: 50,
      ...more,
    },
  })

  it('that is handed on stands under the one out of which it was, and is of who takes it', () => {
    const told = tellAll(open(), handed())
    expect(told.tasks.get('tsk_2')).toMatchObject({
      identityId: 'idn_2',
      parentId: 'tsk_1',
      depth: 2,
      chain: [
        { identityId: 'idn_1', name: 'docs', taskId: 'tsk_1' },
        { identityId: 'idn_2', name: 'helper', taskId: 'tsk_2' },
      ],
    })
    expect(told.identities.get('idn_1')).toMatchObject({ permits: 2, untilMs: 100 })
    expect(told.identities.get('idn_2')).toMatchObject({ permits: 0, untilMs: 50 })
  })

  it('that is handed on out of one that was not told is as deep as its chain', () => {
    expect(tellAll(handed()).tasks.get('tsk_2')?.depth).toBe(2)
  })

  it('waits until it is activated, which may set another end', () => {
    const activated: Said = { kind: 'task.activated', data: { taskId: 'tsk_1', endsMs: 70 } }
    expect(tellAll(open({ taskState: 'waiting' }), activated).tasks.get('tsk_1')).toMatchObject({
      isWaiting: false,
      endsMs: 70,
    })
    const plain: Said = { kind: 'task.activated' }
    expect(tellAll(open({ taskState: 'waiting' }), plain).tasks.get('tsk_1')).toMatchObject({
      isWaiting: false,
      endsMs: 100,
    })
    expect(tellAll(open(), activated).tasks.get('tsk_1')?.endsMs).toBe(100)
    expect(tellAll(activated).tasks.size).toBe(0)
  })

  it('ends once, for the reason that was told first, and so end the questions that it had', () => {
    const ended = (because: string): Said => ({
      kind: 'task.ended',
      data: { taskId: 'tsk_1', because, approvals: ['apr_1'] },
    })
    const told = tellAll(open(), ended('done'), ended('again'))
    expect(told.tasks.get('tsk_1')?.ended).toEqual({ entry: 1, atMs: 11, because: 'done' })
    expect(told.approvals.get('apr_1')?.state).toBe('expired')
    expect(tellAll(open(), { kind: 'task.ended' }).tasks.get('tsk_1')?.ended?.because).toBe('')
    expect(tellAll(ended('done')).tasks.size).toBe(0)
  })

  it('goes to the binding that takes its first token, and to no other by anything else', () => {
    const take = (decision: string): Said => ({ kind: 'decision.permit', data: { decision, bindingId: 'bnd_1' } })
    const taker = (...entries: readonly Said[]) => tellAll(...entries).tasks.get('tsk_1')?.bindingId
    expect(taker(open(), take('token'))).toBe('bnd_1')
    expect(taker(open(), take('call'))).toBeNull()
    expect(taker(open({ bindingId: 'bnd_0' }), take('token'))).toBe('bnd_0')
    const rotated: Said = { kind: 'binding.rotated', data: { bindingId: 'bnd_1', replacesId: 'bnd_0' } }
    expect(taker(open({ bindingId: 'bnd_0' }), rotated, take('token'))).toBe('bnd_1')
    expect(tellAll(take('token')).tasks.size).toBe(0)
  })
})

describe('the tasks under which something is permitted', () => {
  const chained = (count: number): readonly Said[] =>
    Array.from(
      { length: count },
      (_, at): Said => ({
        kind: 'decision.permit',
        data: { decision: 'delegation', taskId: `t${at}`, parentId: `t${at - 1}`, endsMs: 9, helper: { id: 'i' } },
      }),
    )

  it('are the one that acts and those above it, as far as the longest chain goes', () => {
    const { tasks } = tellAll(...chained(chainTasksMax + 4))
    const last = chainUpwards(tasks, `t${chainTasksMax + 3}`).map(({ id }) => id)
    expect(last).toHaveLength(chainTasksMax)
    expect([last[0], last.at(-1)]).toEqual([`t${chainTasksMax + 3}`, 't4'])
    expect(chainUpwards(tasks, 't1').map(({ id }) => id)).toEqual(['t1', 't0'])
    expect([chainUpwards(tasks, null), chainUpwards(tasks, 'other')]).toEqual([[], []])
  })

  it('are of a task that is opened those above it, and of what is no permit none', () => {
    const told = tellAll(...chained(3))
    const acting = (kind: EntryKind, data: JsonObject) => {
      const said = { v: 1, org: 'o', atMs: 1, actor: person, subject: { kind: 'tool', id: 'x' }, touched: [] } as const
      return tasksActing(told, { ...said, kind, data }).map(({ id }) => id)
    }
    expect(acting('decision.permit', { decision: 'call', taskId: 't2' })).toEqual(['t2', 't1', 't0'])
    expect(acting('decision.permit', { decision: 'delegation', taskId: 't2', parentId: 't0' })).toEqual(['t0'])
    expect(acting('decision.denial', { decision: 'call', taskId: 't2' })).toEqual([])
  })

  it('touch what it touches, and a task that is opened touches nothing for those above it', () => {
    const after = { confidentiality: 'restricted', integrity: 'untrusted' }
    const call: Said = { kind: 'decision.permit', data: { decision: 'call', taskId: 't1', labels: { after } } }
    const told = tellAll(...chained(3), call)
    const clean = { confidentiality: 'public', integrity: 'trusted' }
    expect(['t0', 't1', 't2'].map((id) => told.labels.get(id))).toEqual([after, after, clean])
    const opened = open({ labels: { after }, parentId: 't1', decision: 'delegation', taskId: 't9' })
    expect(tellAll(...chained(2), opened).labels.get('t1')).toEqual(clean)
  })

  it('count the bytes that an act gave', () => {
    const bytes = (kind: EntryKind): Said => ({ kind, data: { taskId: 't1', resultBytes: 7 } })
    const told = tellAll(...chained(3), bytes('call.finished'), bytes('act.reported'))
    expect(['t0', 't1', 't2'].map((id) => told.uses.get(id)?.bytes)).toEqual([14, 14, undefined])
  })
})

describe('the entries that are told', () => {
  it('count what became of each permit', () => {
    const told = tellAll(
      open(),
      { kind: 'call.finished', answers: 0 },
      { kind: 'refusal', answers: 0 },
      { kind: 'credential.issued' },
      { kind: 'call.finished', answers: 99 },
    )
    expect([0, 1, 2, 3, 99].map((at) => told.entries.get(at)?.outcomes)).toEqual([1, 0, 0, 0, undefined])
  })

  it('name the enforcement point that was permitted an act that counts', () => {
    const counts = { decision: 'evaluation', counts: true }
    const told = tellAll(
      { kind: 'decision.permit', data: counts },
      { kind: 'decision.denial', data: counts },
      { kind: 'decision.permit', data: { ...counts, counts: 'true' } },
    )
    expect([0, 1, 2].map((at) => told.entries.get(at)?.countedFor)).toEqual(['idn_1', null, null])
    expect(told.entries.get(0)).toMatchObject({ kind: 'decision.permit', decision: 'evaluation', taskId: 'tsk_1' })
  })

  it('count per identity what it was permitted, denied and given', () => {
    const told = tellAll(
      { kind: 'decision.permit' },
      { kind: 'decision.denial' },
      { kind: 'decision.denial' },
      { kind: 'credential.issued' },
      { kind: 'credential.issued', actor: person, data: { identityId: 'idn_2' } },
      { kind: 'credential.issued', actor: person, data: { identityId: '' } },
      { kind: 'credential.issued', actor: person },
    )
    expect(told.identities.get('idn_1')).toMatchObject({ permits: 1, denials: 2, credentials: 1, untilMs: null })
    expect(told.identities.get('idn_2')).toMatchObject({ permits: 0, denials: 0, credentials: 1 })
    expect([...told.identities.keys()]).toEqual(['idn_1', 'idn_2'])
  })

  it('keep the latest moment, though the clock was set back', () => {
    expect(tellAll({ kind: 'refusal', atMs: 9 }, { kind: 'refusal', atMs: 7 }).lastMs).toBe(9)
  })
})
