import { expect, it } from 'vitest'
import type { LogEntry } from '../log-entry.ts'
import { idsToldOf } from './ids-told.ts'

const entry = (kind: LogEntry['kind'], subject: string, data: LogEntry['data'], touched: string[] = []): LogEntry => ({
  v: 1,
  org: 'acme',
  atMs: 5,
  kind,
  actor: { kind: 'identity', id: 'idn_1', chain: [{ identityId: 'idn_1', name: 'n', taskId: 'tsk_1' }] },
  subject: { kind: subject.startsWith('dlg_') ? 'delegation' : 'x', id: subject },
  data,
  touched,
})

it.each<[string, LogEntry, readonly string[]]>([
  ['an identity whose state is another one', entry('identity.suspended', 'idn_2', {}), ['idn_2']],
  ['an identity that it names', entry('identity.discovered', 'x', { identityId: 'idn_2' }), ['idn_2']],
  ['a task that is opened', entry('decision.permit', 'x', { decision: 'task', taskId: 'tsk_2' }), ['tsk_2']],
  ['a task that ends, and its approvals', entry('task.ended', 'tsk_2', { approvals: ['apr_1'] }), ['tsk_2', 'apr_1']],
  ['a task that is activated', entry('task.activated', 'tsk_2', {}), ['tsk_2']],
  ['a question, and whose it is', entry('decision.denial', 'tool', { approvalId: 'apr_1' }), ['apr_1', 'tsk_1']],
  [
    'an answer, and what it is about',
    entry('approval.voted', 'x', { approvalId: 'apr_1', subjectId: 'idn_2', taskId: 'tsk_2' }),
    ['apr_1', 'idn_2'],
  ],
  ['an approval that is used', entry('decision.permit', 'x', {}, ['approval_uses/apr_1']), ['apr_1']],
  [
    'a grant to act that is asked for',
    entry('approval.asked', 'dlg_1', { approvalId: 'apr_1', subjectId: 'dlg_1' }),
    ['apr_1', 'dlg_1'],
  ],
  ['a grant to act that ends', entry('delegation.ended', 'dlg_1', { taskId: 'tsk_2' }), ['dlg_1']],
  [
    'no approvals of what does not end with them',
    entry('task.activated', 'tsk_2', { approvals: ['apr_1'] }),
    ['tsk_2'],
  ],
  [
    'no task of an approval that is no decision',
    entry('approval.voted', 'x', { approvalId: 'apr_1', taskId: 'tsk_2' }),
    ['apr_1', 'x'],
  ],
  [
    'policies that come into force',
    { ...entry('policy.published', 'remit/000002', {}), policy: 'd' },
    ['remit/000002', 'd'],
  ],
  [
    'policies that a start loads',
    { ...entry('policy.loaded', 'remit/000001', {}), policy: 'd' },
    ['remit/000001', 'd'],
  ],
  ['no policies by what they decide', { ...entry('decision.denial', 'x', {}), policy: 'd' }, []],
  ['nothing of a call but that it was made', entry('decision.permit', 'x', { decision: 'call', taskId: 'tsk_2' }), []],
  ['nothing of what a call came to', entry('call.finished', 'x', { taskId: 'tsk_2' }), []],
])('an entry tells of %s', (_, said, ids) => {
  expect([...idsToldOf(said)].sort()).toEqual([...ids].sort())
})
