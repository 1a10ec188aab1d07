import { describe, expect, it } from 'vitest'
import { ACTION_CLASSES } from '../../../contract/action-class.ts'
import type { Entity } from '../../cedar/entities.ts'
import { EvaluationFault } from '../../cedar/values/evaluation-fault.ts'
import { Datetime, EntityUid, IpAddress } from '../../cedar/values/value.ts'
import type { PolicyRequest } from '../engine.ts'
import { askTrial } from './ask-trial.ts'
import { readTrials, type TrialCase } from './trial-case.ts'

const uid = (type: string, id: string): EntityUid => new EntityUid(`Remit::${type}`, id)

/** Reads one case, which has no fault. */
function readOne(more: object): TrialCase {
  const text = JSON.stringify({ cases: [{ name: 'n', action: 'read', expect: 'permit', ...more }] })
  const [trial] = readTrials([{ name: 'a.test.json', text }]).cases
  return trial ?? expect.unreachable()
}
const ask = (more: object): PolicyRequest => askTrial(readOne(more))
const find = ({ entities }: PolicyRequest, type: string, id?: string): Entity =>
  entities.find((each) => each.uid.type === `Remit::${type}` && (id === undefined || each.uid.id === id)) ??
  expect.unreachable()
const attrsOf = (more: object, type: string, id?: string) => find(ask(more), type, id).attrs

describe('the standard story', () => {
  it('is of an active supervised agent of tier T2, with a team that it reaches', () => {
    expect(attrsOf({}, 'Identity')).toEqual({
      name: 'agent',
      kind: 'agent',
      runtime: 'own',
      state: 'active',
      tier: { name: 'T2', rank: 2 },
      autonomy: { name: 'supervised', rank: expect.any(Number) },
      reach: { name: 'team', rank: expect.any(Number) },
      owner: 'psn_owner',
      purpose: 'work',
    })
  })

  it('is of a task that has touched nothing yet, with an hour left', () => {
    expect(attrsOf({}, 'Task')).toEqual({
      identity: uid('Identity', 'idn_story'),
      purpose: 'work',
      goal: 'work',
      ceiling: { name: 'internal', rank: 1 },
      confidentiality: { name: 'public', rank: 0 },
      untrusted: false,
      depth: 0,
      hopsLeft: 1,
      calls: 0,
      callsMax: 100,
      writes: 0,
      writesMax: 10,
      bytes: 0,
      bytesMax: 1_000_000,
      secondsLeft: 3_600,
    })
  })

  it('happens on a Monday at noon, in production, from nowhere, with a key and without an approval', () => {
    const { context } = ask({})
    expect(context).toMatchObject({
      now: new Datetime(Date.UTC(2026, 2, 2, 12)),
      local: { weekday: 1, minuteOfDay: 720, date: '2026-03-02' },
      environment: 'production',
      proof: { strength: 'key-bound', possession: true },
      approved: false,
    })
    expect(context).not.toHaveProperty('source')
  })

  it.each(ACTION_CLASSES)('uses the reviewed tool of the class %s on a note', (actionClass) => {
    const request = ask({ action: actionClass })
    expect(request.action).toEqual(uid('Action', actionClass))
    expect(find(request, 'Tool').attrs).toMatchObject({
      name: `docs/${actionClass}`,
      server: 'docs',
      class: { name: actionClass },
      resultUntrusted: false,
    })
    expect(find(request, 'Resource')).toMatchObject({
      attrs: { name: 'docs:/notes.md', sensitivity: { name: 'internal', rank: 1 } },
      tags: {},
    })
  })

  it('opens a task, gets a token, and hands on to a helper', () => {
    expect(ask({ action: 'task' })).toMatchObject({ action: uid('Action', 'task'), resource: uid('Task', 'tsk_story') })
    expect(ask({ action: 'token' })).toMatchObject({
      action: uid('Action', 'token'),
      resource: uid('Audience', 'https://remit.example/mcp/docs'),
    })
    const handed = ask({ action: 'delegation' })
    expect(handed.resource).toEqual(uid('Task', 'tsk_child'))
    expect(handed.context).toMatchObject({ parent: uid('Task', 'tsk_story'), helper: uid('Identity', 'idn_helper') })
    expect(find(handed, 'Identity', 'idn_helper').attrs).toMatchObject({ name: 'helper', state: 'active' })
    expect(find(handed, 'Task', 'tsk_child').attrs).toMatchObject({ depth: 1, identity: uid('Identity', 'idn_helper') })
  })
})

describe('what a case says', () => {
  it('stands in the place of the story, and null takes away', () => {
    expect(attrsOf({ principal: { name: 'x', owner: null } }, 'Identity')).toMatchObject({ name: 'x', kind: 'agent' })
    expect(attrsOf({ principal: { owner: null } }, 'Identity')).not.toHaveProperty('owner')
    expect(attrsOf({ tool: { server: 's' } }, 'Tool')).toMatchObject({ server: 's', name: 'docs/read' })
    expect(ask({ proof: { possession: false } }).context['proof']).toEqual({ strength: 'key-bound', possession: false })
  })

  it.each([
    ['principal', { tier: 'T4' }, 'Identity', { tier: { name: 'T4', rank: 4 } }],
    [
      'principal',
      { autonomy: 'autonomous' },
      'Identity',
      { autonomy: { name: 'autonomous', rank: expect.any(Number) } },
    ],
    ['principal', { reach: 'organisation' }, 'Identity', { reach: { name: 'organisation', rank: expect.any(Number) } }],
    ['task', { ceiling: 'restricted' }, 'Task', { ceiling: { name: 'restricted', rank: 3 } }],
    ['task', { confidentiality: 'confidential' }, 'Task', { confidentiality: { name: 'confidential', rank: 2 } }],
    ['resource', { sensitivity: 'public' }, 'Resource', { sensitivity: { name: 'public', rank: 0 } }],
    ['tool', { class: 'write' }, 'Tool', { class: { name: 'write', rank: ACTION_CLASSES.indexOf('write') } }],
    ['task', { ceiling: { name: 'own', rank: 9 } }, 'Task', { ceiling: { name: 'own', rank: 9 } }],
    ['principal', { constructor: 'x' }, 'Identity', { constructor: 'x' }],
  ])('names a step of a ladder by its word: %s %j', (noun, said, type, attrs) => {
    expect(attrsOf({ [noun]: said }, type)).toMatchObject(attrs)
  })

  it('tells the helper and both tasks of what is handed on apart', () => {
    const handed = ask({
      action: 'delegation',
      principal: { name: 'p' },
      helper: { name: 'h' },
      task: { goal: 'new' },
      parent: { goal: 'old' },
    })
    expect(find(handed, 'Identity', 'idn_story').attrs['name']).toBe('p')
    expect(find(handed, 'Identity', 'idn_helper').attrs['name']).toBe('h')
    expect(find(handed, 'Task', 'tsk_child').attrs['goal']).toBe('new')
    expect(find(handed, 'Task', 'tsk_story').attrs['goal']).toBe('old')
    expect(attrsOf({ action: 'token', resource: { name: 'aud' } }, 'Audience')).toEqual({ name: 'aud' })
  })

  it('gives tags to principal, resource and what is asked, and arguments as they are given', () => {
    const request = ask({
      principal: { tags: { a: 'x' } },
      resource: { tags: { b: 'y' }, sensitivity: 'public' },
      asked: { c: 'z' },
      arguments: { amount: 5, to: ['q'] },
    })
    expect(find(request, 'Identity')).toMatchObject({ tags: { a: 'x' }, attrs: { name: 'agent' } })
    expect(find(request, 'Identity').attrs).not.toHaveProperty('tags')
    expect(find(request, 'Resource')).toMatchObject({ tags: { b: 'y' }, attrs: { sensitivity: { rank: 0 } } })
    expect(find(request, 'Asked').tags).toEqual({ c: 'z' })
    expect(find(request, 'Numbers').tags).toEqual({ amount: 5 })
    expect(find(request, 'Lists').tags).toEqual({ to: ['q'] })
  })

  it('says when and where', () => {
    const { context } = ask({
      at: '2026-07-01T23:30:00Z',
      timeZone: 'Europe/Berlin',
      environment: 'staging',
      source: '10.0.0.1',
      approved: true,
    })
    expect(context).toMatchObject({
      now: new Datetime(Date.UTC(2026, 6, 1, 23, 30)),
      local: { date: '2026-07-02', minuteOfDay: 90 },
      environment: 'staging',
      source: new IpAddress(32, 0x0a000001n, 32),
      approved: true,
    })
  })

  it.each([
    '2026-03-01T00:00:00Z',
    '2026-03-01t00:00:00.5z',
    '2026-03-01T00:00:00.123+01:00',
    '2026-03-01T00:00:00-11:30',
  ])('takes the time %s', (at) => {
    expect(ask({ at }).context['now']).toEqual(new Datetime(Date.parse(at)))
  })

  it.each([
    '2026-03-01',
    '2026-03-01T00:00:00',
    '2026-03-01T00:00Z',
    '2026-03-01T00:00:00.1234Z',
    ' 2026-03-01T00:00:00Z',
    '2026-03-01T00:00:00Z ',
    '2026-13-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-04-31T12:00:00+02:00',
    '2026-03-01T24:00:00Z',
    '2026-03-01 00:00:00Z',
    '2026-03-01T00:00:00+0100',
    'now',
  ])('does not take the time %j', (at) => {
    expect(() => ask({ at })).toThrow(new EvaluationFault(`${at} is no time as RFC 3339 writes it`))
  })

  it.each([
    [{ action: 'fly' }, `fly is no action: task, delegation, token, ${ACTION_CLASSES.join(', ')}`],
    [{ timeZone: 'Moon/Base' }, 'Moon/Base is no name of a time zone, such as Europe/Berlin'],
    [{ timeZone: '+02:00' }, '+02:00 is no name of a time zone, such as Europe/Berlin'],
    [{ timeZone: '' }, ' is no name of a time zone, such as Europe/Berlin'],
    [{ principal: { tier: 'T9' } }, 'T9 is no tier: T0, T1, T2, T3, T4'],
    [{ asked: { a: null } }, 'null is no value'],
    [{ resource: { tags: 'x' } }, 'tags are an object of texts'],
    [{ history: { read: { permitted: -1 } } }, 'the history of read is told in whole numbers from 0'],
    [{ history: { read: { permitted: 0.5 } } }, 'the history of read is told in whole numbers from 0'],
    [{ history: { read: { succeeded: '1' } } }, 'the history of read is told in whole numbers from 0'],
    [{ history: { read: { minutesAgo: 1_000_000_001 } } }, 'the history of read is told in whole numbers from 0'],
    [{ history: { read: { minuteAgo: 40 } } }, 'the history of read says "minuteAgo", which means nothing here'],
    [{ history: { read: 3 } }, 'the history of read is told as an object'],
  ])('cannot be asked where it is %j', (more, why) => {
    expect(() => ask(more)).toThrow(new EvaluationFault(why))
  })
})

describe('the history of a case', () => {
  const nowMs = Date.UTC(2026, 2, 2, 12)
  const told = (history: object) => {
    const request = ask({ history })
    const tags = (type: string, id: string) => find(request, type, id).tags
    return {
      permitted: tags('Counts', 'permitted'),
      succeeded: tags('Counts', 'succeeded'),
      first: tags('Moments', 'firstPermitted'),
      last: tags('Moments', 'lastPermitted'),
      done: tags('Moments', 'lastSucceeded'),
    }
  }
  const at = (minutesAgo: number) => ({ read: new Datetime(nowMs - minutesAgo * 60_000) })

  it('is one success a minute ago where nothing else is said', () => {
    const once = { permitted: { read: 1 }, succeeded: { read: 1 }, first: at(1), last: at(1), done: at(1) }
    expect(told({ read: {} })).toEqual(once)
    expect(told({ read: null })).toEqual(once)
  })

  it('succeeded as often as it was permitted where nothing else is said', () => {
    expect(told({ read: { permitted: 3, minutesAgo: 5 } })).toEqual({
      permitted: { read: 3 },
      succeeded: { read: 3 },
      first: at(5),
      last: at(5),
      done: at(5),
    })
    expect(told({ read: { permitted: 3, succeeded: 1 } })).toMatchObject({
      permitted: { read: 3 },
      succeeded: { read: 1 },
    })
  })

  it('has no moment of a success where nothing succeeded', () => {
    expect(told({ read: { succeeded: 0 } })).toEqual({
      permitted: { read: 1 },
      succeeded: {},
      first: at(1),
      last: at(1),
      done: {},
    })
    expect(told({})).toEqual({ permitted: {}, succeeded: {}, first: {}, last: {}, done: {} })
    expect(told({ read: { minutesAgo: 0 } }).last).toEqual(at(0))
  })

  it('is told of the resource as well, and what was done to it was done', () => {
    const tags = (request: ReturnType<typeof ask>, id: string) => find(request, 'Counts', id).tags
    const here = ask({ here: { read: { permitted: 2 } } })
    expect([tags(here, 'here/permitted'), tags(here, 'permitted')]).toEqual([{ read: 2 }, { read: 2 }])
    const elsewhere = ask({ history: { read: {} } })
    expect([tags(elsewhere, 'here/permitted'), tags(elsewhere, 'permitted')]).toEqual([{}, { read: 1 }])
    const both = ask({ history: { read: { permitted: 5 } }, here: { read: {} } })
    expect([tags(both, 'here/permitted'), tags(both, 'permitted')]).toEqual([{ read: 1 }, { read: 5 }])
    expect(() => ask({ here: { read: 3 } })).toThrow(new EvaluationFault('the history of read is told as an object'))
  })
})
