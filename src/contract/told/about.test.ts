import { describe, expect, it } from 'vitest'
import type { Actor, JsonObject, LogEntry, Subject } from '../log-entry.ts'
import {
  bindingIdOf,
  identityIdOf,
  isOutcome,
  openedTaskIdOf,
  opensTask,
  parentIdOf,
  scopeOf,
  taskIdOf,
  usesOf,
} from './about.ts'

const system: Actor = { kind: 'system', id: 'remit' }
const agent: Actor = { kind: 'identity', id: 'idn_actor' }
const link = (taskId: string) => ({ identityId: 'i', name: 'n', taskId })
const entry = (data: JsonObject, more: Partial<LogEntry> = {}): LogEntry => ({
  v: 1,
  org: 'acme',
  atMs: 5,
  kind: 'decision.permit',
  actor: system,
  subject: { kind: 'tool', id: 'docs/read' },
  data,
  touched: [],
  ...more,
})
const task: Subject = { kind: 'task', id: 'tsk_subject' }
const identity: Subject = { kind: 'identity', id: 'idn_subject' }

describe('the task of an entry', () => {
  it.each<[string, LogEntry, string | null]>([
    ['that it names', entry({ taskId: 'a', task: { id: 'b' } }, { subject: task }), 'a'],
    ['whose id it tells', entry({ task: { id: 'b' } }, { subject: task }), 'b'],
    ['that it was done to', entry({}, { subject: task }), 'tsk_subject'],
    ['in which its actor acted last', entry({}, { actor: { ...agent, chain: [link('a'), link('b')] } }), 'b'],
    ['of which there is none', entry({}, { actor: { ...agent, chain: [] } }), null],
    ['of which nothing is said', entry({}, { subject: identity }), null],
  ])('is the one %s', (_, said, id) => {
    expect(taskIdOf(said)).toBe(id)
  })

  const elsewhere: JsonObject = { decision: 'evaluation', domain: { name: 'crm', version: 'v' } }
  const refused: JsonObject = { decision: 'evaluation', code: 'asker_refused' }
  const own: JsonObject = { decision: 'evaluation', domain: { name: 'remit' } }

  it('is none where who asked calls the subject of a question a task, and Remit did not look for it', () => {
    for (const data of [elsewhere, refused]) {
      expect(taskIdOf(entry(data, { subject: task }))).toBeNull()
      expect(taskIdOf(entry(data, { subject: task, actor: { ...agent, chain: [link('a')] } }))).toBe('a')
      expect(identityIdOf(entry(data, { subject: identity }))).toBeNull()
      expect(identityIdOf(entry(data, { subject: identity, actor: agent }))).toBe('idn_actor')
    }
    expect([taskIdOf(entry(own, { subject: task })), identityIdOf(entry(own, { subject: identity }))]).toEqual([
      'tsk_subject',
      'idn_subject',
    ])
  })

  it('that opens, activates or ends it is the one that it names, or was done to', () => {
    expect([openedTaskIdOf(entry({ taskId: 'a' }, { subject: task })), openedTaskIdOf(entry({}))]).toEqual([
      'a',
      'docs/read',
    ])
  })
})

describe('the identity of an entry', () => {
  const handed = { helper: { id: 'idn_helper' }, identityId: 'a', identity: { id: 'b' } }
  it.each<[string, LogEntry, string | null]>([
    ['that takes a task', entry({ decision: 'delegation', ...handed }), 'idn_helper'],
    ['that it names where nothing is handed on', entry({ decision: 'call', ...handed }), 'a'],
    ['that it names', entry({ identityId: 'a', identity: { id: 'b' } }, { subject: identity }), 'a'],
    ['that it tells of', entry({ identity: { id: 'b' } }, { subject: identity }), 'b'],
    ['that it was done to', entry({}, { subject: identity, actor: agent }), 'idn_subject'],
    ['that did it', entry({}, { actor: agent }), 'idn_actor'],
    ['of which there is none', entry({}, { subject: task }), null],
  ])('is the one %s', (_, said, id) => {
    expect(identityIdOf(said)).toBe(id)
  })
})

describe('what an entry says of a task that is opened', () => {
  it('is out of which it is opened: by its name or, where it is handed on, by its own task', () => {
    expect(parentIdOf(entry({ decision: 'delegation', parentId: 'p', task: { id: 't' } }))).toBe('p')
    expect(parentIdOf(entry({ decision: 'delegation', task: { id: 't' } }))).toBe('t')
    expect(parentIdOf(entry({ decision: 'task', task: { id: 't' } }))).toBeNull()
  })

  it('is its scope: as it was granted, or as it was asked', () => {
    const [one, other] = [[{ action: 'a', resource: 'b' }], [{ action: 'c', resource: 'd' }]]
    expect(scopeOf(entry({ scope: one, asked: { scope: other } }))).toEqual(one)
    expect(scopeOf(entry({ asked: { scope: other } }))).toEqual(other)
    expect(scopeOf(entry({ scope: 'a', asked: {} }))).toBeNull()
  })

  it('counts only where it is the permit of a task or of one that is handed on', () => {
    const opens = (kind: LogEntry['kind'], data: JsonObject) => opensTask({ kind, data })
    expect(opens('decision.permit', { decision: 'task' })).toBe(true)
    expect(opens('decision.permit', { decision: 'delegation' })).toBe(true)
    expect(opens('decision.permit', { decision: 'call' })).toBe(false)
    expect(opens('decision.permit', {})).toBe(false)
    expect(opens('decision.denial', { decision: 'task' })).toBe(false)
  })
})

it('what becomes of a permit is one of four kinds', () => {
  const kinds = ['credential.issued', 'credential.failed', 'call.finished', 'act.reported']
  expect(kinds.map(isOutcome)).toEqual([true, true, true, true])
  expect(['', 'decision.permit', 'credential.revoked'].map(isOutcome)).toEqual([false, false, false])
})

it('an approval is used up by the counter that an entry touched, and by no other row', () => {
  const touched = ['approval_uses/apr_1', 'approval_uses/apr_2@1#d', 'approvals/apr_3', 'x/approval_uses/apr_4']
  expect(usesOf(entry({}, { touched }))).toEqual(['apr_1'])
})

it('the binding of a decision is the one that it names, or tells of', () => {
  expect(bindingIdOf(entry({ bindingId: 'a', binding: { id: 'b' } }))).toBe('a')
  expect(bindingIdOf(entry({ binding: { id: 'b' } }))).toBe('b')
  expect(bindingIdOf(entry({}))).toBeNull()
})
