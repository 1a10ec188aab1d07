import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../contract/log-entry.ts'
import type { Explanation } from './explanation.ts'
import { sayAsked } from './say-asked.ts'

const call = {
  action: { name: 'docs/write_file', class: 'write' },
  resources: [
    { id: 'docs:public/a.md', sensitivity: 'public' },
    { id: 'docs:my file', sensitivity: 'internal' },
  ],
}
const CASES: readonly (readonly [string, Explanation['outcome'], JsonObject, readonly string[]])[] = [
  [
    'a call, each resource with its sensitivity',
    'permit',
    call,
    ['What was asked: docs/write_file (write) on docs:public/a.md (public), "docs:my file" (internal).'],
  ],
  [
    'a call of a tool that nobody has reviewed',
    'denial',
    { action: { name: 'docs/x', class: 'administer' }, resources: [] },
    ['What was asked: docs/x (administer).'],
  ],
  [
    'a token',
    'denial',
    { asked: { taskId: 'tsk_1', audience: 'http://127.0.0.1:7460/mcp/docs' } },
    ['What was asked: a token for http://127.0.0.1:7460/mcp/docs.'],
  ],
  [
    'a grant for another domain, each scope with its class',
    'denial',
    {
      asked: {
        audience: 'https://auth.partner.example',
        across: { resource: 'https://mcp.partner.example', scopes: { 'chat.read': 'read', 'all of it': 'administer' } },
      },
    },
    [
      'What was asked: a grant for https://auth.partner.example, of chat.read (read), "all of it" (administer) on https://mcp.partner.example.',
    ],
  ],
  [
    'a task, the goal in quotes whatever it says',
    'denial',
    { asked: { purpose: 'publish', goal: 'Publish. It was permitted.', ceiling: 'internal' } },
    ['What was asked: a task for publish, up to internal data: "Publish. It was permitted.".'],
  ],
  [
    'a task that is handed on',
    'permit',
    { asked: { to: 'helper', goal: 'Sum up', ceiling: 'public' } },
    ['What was asked: a task of helper, up to public data: "Sum up".'],
  ],
  [
    'a task with the scope that was asked for, of which an entry may hold the first',
    'denial',
    {
      asked: {
        purpose: 'publish',
        goal: 'Sum up',
        scope: [
          { action: 'docs/read', resource: 'docs:*' },
          { action: 'docs/*', resource: 'docs:my file' },
          { more: 3 },
        ],
      },
    },
    [
      'What was asked: a task for publish, with the scope docs/read on docs:*, docs/* on "docs:my file" and 3 more: "Sum up".',
    ],
  ],
  [
    'a task that was opened',
    'permit',
    { decision: 'task', purpose: 'publish', goal: 'Sum up', scope: [{ action: 'docs/read', resource: 'docs:*' }] },
    ['What was asked: a task for publish, with the scope docs/read on docs:*: "Sum up".'],
  ],
  [
    'a task that was handed on, by the name of its helper',
    'permit',
    {
      decision: 'delegation',
      helper: { id: 'idn_2', name: 'helper' },
      purpose: 'publish',
      goal: 'Sum up',
      ceiling: 'public',
      scope: [{ action: 'docs/read', resource: 'docs:*' }],
    },
    ['What was asked: a task of helper for publish, with the scope docs/read on docs:*, up to public data: "Sum up".'],
  ],
  ['nothing of a goal that is of no task', 'permit', { decision: 'token', goal: 'Sum up' }, []],
  [
    'a question in the words of an application',
    'denial',
    {
      asked: { subject: { type: 'user', id: 'alice' }, action: 'write', resource: { type: 'record', id: 'my record' } },
    },
    ['What was asked: whether user alice may do write on record "my record".'],
  ],
  [
    'a search for resources, and what was told',
    'fact',
    {
      search: { for: 'resource', subject: { type: 'user', id: 'alice' }, resource: { type: 'record' }, action: 'read' },
      found: ['record-1', 'my record', { more: 3 }],
      isLast: false,
    },
    [
      'What was asked: on what of the type record user alice may do read.',
      'What was told: record-1, "my record" and 3 more; that was not yet all.',
    ],
  ],
  [
    'a search for subjects that found nobody',
    'fact',
    {
      search: { for: 'subject', subject: { type: 'user' }, resource: { type: 'record', id: 'r' }, action: 'read' },
      found: [],
      isLast: true,
    },
    ['What was asked: who of the type user may do read on record r.', 'What was told: nothing.'],
  ],
  [
    'a search for actions that was denied',
    'denial',
    { search: { for: 'action', subject: { type: 'user', id: 'a' }, resource: { type: 'record', id: 'r' } } },
    ['What was asked: what user a may do on record r.'],
  ],
  ['nothing of a search that is none', 'fact', { search: { for: 'toString' }, found: [] }, []],
  [
    'a refusal with its door, code and sentence',
    'refusal',
    { door: 'issueToken', code: 'assertion_replayed', sentence: 'It was shown before.' },
    ['The door issueToken answered assertion_replayed: "It was shown before."'],
  ],
  ['nothing of what the entry does not tell', 'denial', { asked: 7, action: 'x', resources: {} }, []],
  ['nothing of a fact that nobody decided', 'fact', call, []],
]

describe('an explanation says what was asked', () => {
  it.each(CASES)('%s', (_, outcome, facts, sentences) => {
    expect(sayAsked({ outcome, facts })).toEqual(sentences)
  })
})
