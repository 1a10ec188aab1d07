import { describe, expect, it } from 'vitest'
import { newTask } from '../../test/contract/nouns.ts'
import { atMs, kept, newGrant, newMember, newPurpose, newStanding } from '../../test/decide/nouns.ts'
import type { Approval } from '../contract/approval/approval.ts'
import type { Labels } from '../contract/label.ts'
import type { Task } from '../contract/task.ts'
import { digestOf } from '../ground/digest.ts'
import { createIds } from '../ground/ids.ts'
import { LIMITS } from '../ground/limits.ts'
import type { Hearing } from './hearing.ts'
import { holdToMayAct, type MayAct } from './laws/may-act.ts'
import type { Wish } from './laws/wish.ts'
import { askerOfTask, askersOf, type Birth, makeTask, type NewTask, nameAsker } from './new-task.ts'

const hearing = { ids: createIds(() => atMs), policies: { version: 'v1' }, atMs } as unknown as Hearing // as much of one as a birth takes
const labels: Labels = { confidentiality: 'internal', integrity: 'trusted' }
const wish: Wish = {
  atMs,
  member: newMember(),
  purposes: [newPurpose()],
  rules: [],
  goal: 'Read it',
  ticket: 'T-1',
  scope: [{ action: 'docs/read', resource: 'docs:/a' }],
  ceiling: 'internal',
  budget: { callsMax: 1, writesMax: 0, bytesMax: 1 },
  lifeSeconds: 60,
}
const birth: Birth = {
  parent: null,
  purpose: 'work',
  labels,
  delegationDepthLeft: 1,
  bindingId: 'bnd_1',
  requestedBy: ['idn_1', 'psn_1'],
}
const mayAct = holdToMayAct(newStanding())
const needs = [{ rule: 'law:x', sentence: 'A person has to see it.' }]

const make = (more: Partial<Birth> = {}, may: MayAct = mayAct): NewTask =>
  makeTask(hearing, wish, { ...birth, ...more }, may)

/** The question that is put to people with a new task. */
function questionOf({ changes }: NewTask): Approval {
  const found = changes.flatMap((each) => (each.op === 'insert' && each.table === 'approvals' ? [each.row] : []))
  if (found[0] === undefined) throw new Error('nobody is asked')
  return found[0]
}

describe('a new task', () => {
  it('is active at once where nobody has to say yes, and asks nobody', () => {
    const made = make()
    expect(made.task).toMatchObject({
      identityId: 'idn_1',
      parentId: null,
      rootId: made.task.id,
      chain: [{ identityId: 'idn_1', name: 'reader', taskId: made.task.id }],
      state: 'active',
      approvalId: null,
      bindingId: 'bnd_1',
      endsMs: atMs + 60_000,
    })
    expect(made.task.id).toMatch(/^tsk_/)
    expect(made.task).not.toHaveProperty('foreignAct')
    expect(made.task).not.toHaveProperty('grantId')
    expect(made.changes.map((each) => [each.op, each.table])).toEqual([
      ['insert', 'tasks'],
      ['insert', 'task_usage'],
    ])
  })

  it('has the id that was settled before', () => {
    expect(make({ id: 'tsk_before' }).task).toMatchObject({ id: 'tsk_before', rootId: 'tsk_before' })
  })

  it('waits where a person has to say yes, whatever its tier, and tells them why and with which labels', () => {
    const made = make({ needs })
    const { approvalId } = made.task
    expect(made.task).toMatchObject({ state: 'waiting', approvalId: expect.stringMatching(/^apr_/) })
    const question = questionOf(made)
    expect(question).toMatchObject({
      id: approvalId,
      subject: 'task',
      subjectId: made.task.id,
      asker: 'task idn_1',
      requestedBy: ['idn_1', 'psn_1'],
      seats: ['security'],
      state: 'pending',
      createdMs: atMs,
      expiresMs: atMs + 60_000, // no later than the task would end
      asked: {
        identity: 'reader',
        chain: ['reader'],
        goal: 'Read it',
        ticket: 'T-1',
        scope: wish.scope,
        policy: 'v1',
        labels,
        needs: ['A person has to see it.'],
      },
    })
    expect(question.digest).toBe(digestOf(question.asked as never))
    expect(question).not.toHaveProperty('callback')
    expect(made.changes.map((each) => each.op === 'insert' && each.table)).toEqual([
      'tasks',
      'task_usage',
      'approvals',
      'approval_uses',
    ])
  })

  it('of a tier that asks for each tells no reason but that, and is answered within the time for answers', () => {
    const member = newMember({ tier: 'T3' })
    const made = makeTask(hearing, { ...wish, member, lifeSeconds: 10 * LIMITS.approvalSeconds }, birth, mayAct)
    expect(made.task.state).toBe('waiting')
    const { asked, expiresMs } = questionOf(made)
    expect(asked).not.toHaveProperty('needs')
    expect(asked).not.toHaveProperty('labels')
    expect(expiresMs).toBe(atMs + LIMITS.approvalSeconds * 1000)
  })

  it('has whoever opens it told of the answer where they want to be', () => {
    const callback = { endpoint: 'https://app.example/told' }
    const made = make({ needs, callback })
    expect(questionOf(made).callback).toEqual(callback)
    expect(made.changes.at(-1)).toEqual({
      op: 'insert',
      table: 'callbacks',
      row: { id: made.task.approvalId, state: 'waiting' },
    })
  })

  it('below another one takes its chain, its person and who acted elsewhere before', () => {
    const link = { identityId: 'idn_0', name: 'lead', taskId: 'tsk_0' }
    const foreignAct = { sub: 'agent', iss: 'https://idp.example' }
    const parent = newTask({ id: 'tsk_0', rootId: 'tsk_0', chain: [link], onBehalfOf: 'psn_9', foreignAct })
    const { task } = make({ parent, onBehalfOf: 'psn_other' })
    expect(task).toMatchObject({ parentId: 'tsk_0', rootId: 'tsk_0', onBehalfOf: 'psn_9', foreignAct })
    expect(task.chain.map(({ name }) => name)).toEqual(['lead', 'reader'])
    const { foreignAct: _, ...plain } = parent
    expect(make({ parent: plain }).task).not.toHaveProperty('foreignAct')
  })

  it('names the grant under which it was handed on', () => {
    const grant = kept(newGrant())
    expect(make({}, { ...mayAct, grant }).task.grantId).toBe('dlg_1')
  })
})

describe('who a question about a task counts for', () => {
  it.each<[string, Partial<Task>, string | undefined]>([
    ['the identity that opens its own', {}, 'task idn_1'],
    [
      'the identity that a person lets act for them by a grant',
      { rightIds: ['rgt_1'], grantId: 'dlg_1', onBehalfOf: 'psn_1' },
      'task idn_1',
    ],
    ['the identity that takes a part by its own proof', { parentId: 'tsk_0', bindingId: 'bnd_1' }, 'task idn_1'],
    ['nobody where a part was handed to it', { parentId: 'tsk_0' }, undefined],
    ['nobody where a part of a person was handed to it', { parentId: 'tsk_0', rightIds: ['rgt_1'] }, undefined],
    ['the person who opens it', { rightIds: ['rgt_1'], onBehalfOf: 'psn_1', bindingId: 'bnd_1' }, 'task psn_1'],
    [
      'both where somebody else says what the person lets it do',
      { rightIds: ['rgt_1'], onBehalfOf: 'psn_1', loginId: 'lgn_1' },
      'task idn_1 psn_1',
    ],
  ])('%s', (_, task, asker) => {
    const found = askerOfTask(newTask(task))
    expect(found && nameAsker(found)).toBe(asker)
  })

  it('is told with the question, and left out where it is nobody', () => {
    const parent = newTask({ id: 'tsk_0' })
    expect(questionOf(make({ needs, parent }))).toMatchObject({ asker: 'task idn_1' })
    expect(questionOf(make({ needs, parent, bindingId: null }))).not.toHaveProperty('asker')
  })
})

it('whoever asked for a task is each identity of its chain and each author of what they may do, once', () => {
  const chain = [
    { id: 'idn_1', authors: ['psn_1', 'psn_2'] },
    { id: 'idn_2', authors: ['psn_2'] },
  ]
  expect(askersOf(chain)).toEqual(['idn_1', 'psn_1', 'psn_2', 'idn_2'])
})
