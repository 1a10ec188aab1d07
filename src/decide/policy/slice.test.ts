import { describe, expect, it } from 'vitest'
import { newIdentity, newTask } from '../../../test/contract/nouns.ts'
import { newUsage, type Task } from '../../contract/task.ts'
import type { Entity } from '../cedar/entities.ts'
import { EntityUid } from '../cedar/values/value.ts'
import { HERE_TOLD, HISTORY_TOLD } from '../facts/history.ts'
import { INPUTS_TOLD, readInputs, tellInputs } from '../facts/inputs.ts'
import { createSurroundings, DEFAULT_PLACE } from '../facts/surroundings.ts'
import type { PolicyRequest } from './engine.ts'
import { type ActAsked, askAboutAct, askAboutDelegation, askAboutTask, askAboutToken, type TaskFacts } from './slice.ts'

const atMs = 1_772_323_200_000
const on = createSurroundings(DEFAULT_PLACE)(atMs, '10.0.0.1')
const proof = { strength: 'bearer', possession: false }
const uid = (type: string, id: string): EntityUid => new EntityUid(`Remit::${type}`, id)
const identity = newIdentity()
const clean = { confidentiality: 'public', integrity: 'trusted' } as const
const facts = (more: Partial<Task> = {}, usage: Partial<TaskFacts['usage']> = {}): TaskFacts => {
  const task = newTask({
    chain: [{ identityId: 'idn_1', name: 'reader', taskId: 'tsk_1' }],
    endsMs: atMs + 90_999,
    ...more,
  })
  return { task, usage: { ...newUsage(task, clean), ...usage } }
}
const find = ({ entities }: PolicyRequest, of: EntityUid): Entity =>
  entities.find((each) => each.uid.key === of.key) ?? expect.unreachable()
const ofTask = (...of: Parameters<typeof facts>) =>
  find(askAboutTask(identity, facts(...of), proof, on), uid('Task', 'tsk_1')).attrs
const ofIdentity = (more: Parameters<typeof newIdentity>[0]) =>
  find(askAboutTask(newIdentity(more), facts(), proof, on), uid('Identity', 'idn_1')).attrs

describe('what the policies are told of an identity', () => {
  it('is who it is and how much friction it earns, by name and rank', () => {
    expect(ofIdentity({})).toEqual({
      name: 'reader',
      kind: 'agent',
      runtime: 'own',
      state: 'active',
      tier: { name: 'T1', rank: 1 },
      autonomy: { name: 'supervised', rank: 0 },
      reach: { name: 'team', rank: 1 },
      owner: 'psn_1',
      purpose: 'work',
    })
  })

  it('is its vendor and what it is made of, where there are any', () => {
    expect(ofIdentity({ vendor: 'acme' })['vendor']).toBe('acme')
    const composition = { model: 'large', promptDigest: 'p', toolsDigest: null }
    expect(ofIdentity({ composition })['composition']).toEqual({ model: 'large', promptDigest: 'p' })
    for (const name of ['vendor', 'composition']) expect(ofIdentity({})).not.toHaveProperty(name)
    expect(ofIdentity({ owner: null, purpose: null } as object)).not.toHaveProperty('owner')
  })
})

describe('what the policies are told of a task', () => {
  it('is what it is for, what it has touched and used, and how long it still lasts in whole seconds', () => {
    const usage = { calls: 3, writes: 2, bytes: 7, confidentiality: 2, integrity: 1 }
    expect(ofTask({ budget: { callsMax: 9, writesMax: 8, bytesMax: 70 }, delegationDepthLeft: 4 }, usage)).toEqual({
      identity: uid('Identity', 'idn_1'),
      purpose: 'work',
      goal: 'Do it',
      ceiling: { name: 'internal', rank: 1 },
      confidentiality: { name: 'confidential', rank: 2 },
      untrusted: true,
      depth: 0,
      hopsLeft: 4,
      calls: 3,
      callsMax: 9,
      writes: 2,
      writesMax: 8,
      bytes: 7,
      bytesMax: 70,
      secondsLeft: 90,
    })
    expect(ofTask({ endsMs: atMs - 1 })['secondsLeft']).toBe(-1)
    expect(ofTask()['untrusted']).toBe(false)
  })

  it('is the most sensitive where nobody knows what it has touched', () => {
    expect(ofTask({}, { confidentiality: 9 })['confidentiality']).toEqual({ name: 'restricted', rank: 9 })
  })

  it('is a ticket, a person, money and a rate where there are any', () => {
    const more = {
      ticket: 'REL-1',
      onBehalfOf: 'psn_9',
      budget: { callsMax: 1, writesMax: 1, bytesMax: 1, spendMax: 0, currency: 'EUR', callsPerMinuteMax: 6 },
    }
    expect(ofTask(more)).toMatchObject({
      ticket: 'REL-1',
      onBehalfOf: 'psn_9',
      spendMax: 0,
      currency: 'EUR',
      callsPerMinuteMax: 6,
    })
    for (const name of ['ticket', 'onBehalfOf', 'spendMax', 'currency', 'callsPerMinuteMax'])
      expect(ofTask()).not.toHaveProperty(name)
  })
})

describe('a question to the policies', () => {
  it('about a task is asked by the identity, with how it proved itself, when and where', () => {
    const asked = askAboutTask(identity, facts(), proof, on)
    expect([asked.principal, asked.action, asked.resource]).toEqual([
      uid('Identity', 'idn_1'),
      uid('Action', 'task'),
      uid('Task', 'tsk_1'),
    ])
    expect(asked.context).toEqual({ ...on.told, proof })
    expect(asked.entities).toHaveLength(2)
    expect(find(asked, asked.principal).tags).toEqual({})
  })

  it('about a token names its audience and the task', () => {
    const asked = askAboutToken(identity, facts(), 'https://aud', proof, on)
    expect([asked.action, asked.resource]).toEqual([uid('Action', 'token'), uid('Audience', 'https://aud')])
    expect(asked.context).toEqual({ ...on.told, proof, task: uid('Task', 'tsk_1') })
    expect(find(asked, asked.resource)).toEqual({ uid: asked.resource, attrs: { name: 'https://aud' }, parents: [] })
    expect(asked.entities).toHaveLength(3)
  })

  it('about handing on is about the new task, beside the one it comes out of and who gets it', () => {
    const child = facts({
      id: 'tsk_2',
      identityId: 'idn_2',
      chain: [
        { identityId: 'idn_1', name: 'a', taskId: 'tsk_1' },
        { identityId: 'idn_2', name: 'b', taskId: 'tsk_2' },
      ],
    })
    const asked = askAboutDelegation(identity, facts(), newIdentity({ id: 'idn_2' }), child, on)
    expect([asked.principal, asked.action, asked.resource]).toEqual([
      uid('Identity', 'idn_1'),
      uid('Action', 'delegation'),
      uid('Task', 'tsk_2'),
    ])
    expect(asked.context).toEqual({ ...on.told, parent: uid('Task', 'tsk_1'), helper: uid('Identity', 'idn_2') })
    expect(asked.entities.map((each) => each.uid.id)).toEqual(['idn_1', 'idn_2', 'tsk_1', 'tsk_2'])
    expect(find(asked, asked.resource).attrs).toMatchObject({ depth: 1, identity: uid('Identity', 'idn_2') })
  })

  it('about an act names tool, resource and all that was said in its own words', () => {
    const inputs = tellInputs(readInputs({ a: 'x' }))
    const act: ActAsked = {
      name: 'docs/write_file',
      actionClass: 'write',
      server: 'docs',
      resultUntrusted: true,
      approved: true,
      proof,
      inputs,
      history: (resource) => [{ uid: uid('Counts', resource), attrs: {}, parents: [] }],
      tags: { identity: { i: '1' }, resource: { r: '2' }, asked: { q: '3' } },
    }
    const asked = askAboutAct(identity, facts(), act, { id: 'docs:/a', sensitivity: 'confidential' }, on)
    expect([asked.action, asked.resource]).toEqual([uid('Action', 'write'), uid('Resource', 'docs:/a')])
    expect(asked.context).toEqual({
      ...on.told,
      proof,
      approved: true,
      task: uid('Task', 'tsk_1'),
      tool: uid('Tool', 'docs/write_file'),
      asked: uid('Asked', 'request'),
      ...INPUTS_TOLD,
      history: HISTORY_TOLD,
      here: HERE_TOLD,
    })
    expect(find(asked, uid('Counts', 'docs:/a')).attrs).toEqual({})
    expect(find(asked, uid('Tool', 'docs/write_file')).attrs).toEqual({
      name: 'docs/write_file',
      server: 'docs',
      class: { name: 'write', rank: expect.any(Number) },
      resultUntrusted: true,
    })
    expect(find(asked, asked.resource)).toEqual({
      uid: asked.resource,
      attrs: { name: 'docs:/a', sensitivity: { name: 'confidential', rank: 2 } },
      parents: [],
      tags: { r: '2' },
    })
    expect([find(asked, asked.principal).tags, find(asked, uid('Asked', 'request'))]).toEqual([
      { i: '1' },
      { uid: uid('Asked', 'request'), attrs: {}, parents: [], tags: { q: '3' } },
    ])
    expect(asked.entities.slice(-5, -1)).toEqual(inputs)
  })
})
