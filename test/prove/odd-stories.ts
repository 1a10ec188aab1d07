import { expect } from 'vitest'
import type { EntryKind, JsonObject } from '../../src/contract/log-entry.ts'
import {
  cutOff,
  type Draft,
  decided,
  docs,
  onTask,
  person,
  release,
  type Story,
  system,
  tellStory,
  vote,
} from './story.ts'

export const startMs = 1_790_000_000_000

/** The whole story, told right. */
export const story = tellStory(startMs)
const at = (name: string): number => story.findIndex(([other]) => other === name)
const without = (...names: string[]): Story => story.filter(([name]) => !names.includes(name))
export const change = (name: string, data: object, more: Partial<Draft> = {}): Story =>
  story.map(
    ([other, draft]) =>
      [other, other === name ? { ...draft, ...more, data: { ...draft.data, ...data } } : draft] as const,
  )
export const putAfter = (name: string, ...added: Story): Story => putInto(story, name, ...added)
export const putInto = (told: Story, name: string, ...added: Story): Story =>
  told.flatMap((line) => (line[0] === name ? [line, ...added] : [line]))
const ofDomain = (name: string): Draft => ({
  kind: 'decision.permit',
  actor: { kind: 'person', id: 'psn_ann' },
  subject: { kind: 'user', id: 'alice' },
  data: { decision: 'evaluation', outcome: 'permit', domain: { name, version: 'a' }, reasons: [] },
})
const again = (name: string): Story[number] => [`${name} again`, story[at(name)]?.[1] ?? expect.unreachable()]

const draftOf = (name: string, data: JsonObject): Draft => {
  const draft = story[at(name)]?.[1] ?? expect.unreachable()
  return { ...draft, data: { ...draft.data, ...data } }
}
const onRelease = (kind: string, data: JsonObject): Draft => ({
  kind: kind as EntryKind, // a newer or a hostile log may say any text here
  actor: system,
  subject: { kind: 'identity', id: 'idn_release' },
  data: { identityId: 'idn_release', ...data },
})

export const callIn = (actor: typeof docs, taskId: string): Draft =>
  decided(actor, 'permit', { kind: 'tool', id: 'docs/x' }, { decision: 'call', taskId })
const self = vote('apr_idn_docs', { kind: 'identity', id: 'idn_docs' }, 'psn_eve', 'owner', 'approved')

const docsToken = decided(
  docs,
  'permit',
  { kind: 'credential', id: 'crd_2' },
  {
    decision: 'token',
    taskId: 'tsk_docs',
    binding: { id: 'bnd_docs' },
  },
)
const bound: Draft = {
  kind: 'binding.added',
  actor: person('psn_eve'),
  subject: { kind: 'identity', id: 'idn_release' },
  data: { identityId: 'idn_release', bindingId: 'bnd_release' },
}

/** Stories that break laws: what is wrong, the story, and the laws with the line that breaks each. */
export const BROKEN: readonly (readonly [string, Story, readonly string[]])[] = [
  [
    'an answer to something later',
    [...story.slice(0, 14), story[14] ?? again('log')].map(
      ([name, draft], index) => [name, index === 3 ? { ...draft, answersTo: 'token' } : draft] as const,
    ),
    ['docs approval.voted: answers'],
  ],
  [
    'a credential without a permit',
    change('credential', {}, { answersTo: 'log' }),
    ['credential: credential', 'credential: once'],
  ],
  [
    'a credential that answers nothing',
    change('credential', {}, { answersTo: 'nothing' }),
    ['credential: credential', 'credential: once'],
  ],
  ['a credential on the permit of a task', change('credential', {}, { answersTo: 'task' }), ['credential: credential']],
  ['a credential for another task', change('credential', { taskId: 'tsk_docs' }), ['credential: credential']],
  [
    'a credential that outlives its task',
    change('credential', { expiresMs: startMs + 3_600_001 }),
    ['credential: credential'],
  ],
  ['a credential without an end', change('credential', { expiresMs: null }), ['credential: credential']],
  ['a permit spent twice', putAfter('credential', again('credential')), ['credential again: once']],
  ['a call that finished twice', putAfter('call finished', again('call finished')), ['call finished again: once']],
  [
    'an activation without an owner',
    change('docs identity.activated', { owner: null }),
    ['docs identity.activated: accountable'],
  ],
  [
    'an activation without a sponsor',
    change('docs identity.activated', { sponsor: '' }),
    ['docs identity.activated: accountable'],
  ],
  [
    'an activation without a purpose',
    change('docs identity.activated', { purpose: null }),
    ['docs identity.activated: accountable'],
  ],
  [
    'an owner who is the sponsor',
    change('docs identity.activated', { sponsor: 'psn_ann' }),
    ['docs identity.activated: accountable'],
  ],
  ['an activation that nobody approved', without('docs approval.voted'), ['docs identity.activated: approved']],
  ['an activation that nobody submitted', without('docs identity.submitted'), ['docs identity.activated: approved']],
  [
    'an activation on an approval from before',
    [
      ...story.slice(0, at('docs identity.activated')),
      again('docs identity.submitted'),
      ...story.slice(at('docs identity.activated')),
    ],
    ['docs identity.activated: approved'],
  ],
  [
    'an activation with a seat too few',
    without('docs approval.voted').toSpliced(3, 0, [
      'v',
      vote('apr_idn_docs', { kind: 'identity', id: 'idn_docs' }, 'psn_ann', 'security', 'approved'),
    ]),
    ['docs identity.activated: approved'],
  ],
  [
    'an activation in a tier that is none',
    change('docs identity.activated', { tier: 'T9' }),
    ['docs identity.activated: approved'],
  ],
  [
    'a vote of the requester',
    without('docs approval.voted').toSpliced(3, 0, ['v', self]),
    ['v: vote', 'docs identity.activated: approved'],
  ],
  [
    'a vote of a requester whom the vote leaves out',
    change('docs approval.voted', { requestedBy: [] }, { actor: person('psn_eve') }),
    ['docs approval.voted: vote', 'docs identity.activated: approved'],
  ],
  ['a second vote of the same person', putAfter('call vote', again('call vote')), ['call vote again: vote']],
  [
    'a vote on what is decided',
    putAfter('task vote', ['late', vote('apr_task', onTask('tsk_release'), 'psn_ann', 'security', 'approved')]),
    ['late: vote'],
  ],
  ['an approval used twice', putAfter('call', again('call')), ['call again: uses', 'call finished: once'].slice(0, 1)],
  ['an approval used before it was given', without('call vote'), ['call: uses']],
  ['an approval used that nobody asked for', change('call', {}, { uses: 'apr_none' }), ['call: uses']],
  [
    'an approval used after its task ended it',
    [
      ...story.slice(0, at('call')),
      [
        'end',
        {
          kind: 'task.ended',
          actor: system,
          subject: onTask('tsk_other'),
          data: { taskId: 'tsk_other', approvals: ['apr_call'] },
        },
      ],
      ...story.slice(at('call')),
    ],
    ['call: uses'],
  ],
  ['a task of an identity that is not active', without('release identity.activated'), ['task: active']],
  [
    'a task of an identity that is suspended',
    putAfter('release identity.activated', [
      's',
      {
        kind: 'identity.suspended',
        actor: system,
        subject: { kind: 'identity', id: 'idn_release' },
        data: { identityId: 'idn_release', to: 'suspended' },
      },
    ]),
    ['task: active'],
  ],
  ['a task of an identity that is unknown', change('task', { identity: { id: 'idn_who' } }), ['task: active']],
  ...['identity.drafted', 'identity.suspended', 'identity.rehearsed', 'identity.of.tomorrow'].map(
    (kind): [string, Story, string[]] => [
      `an identity that ${kind} calls active`,
      [...without('release identity.activated').slice(0, 9), ['other', onRelease(kind, { to: 'active' })]],
      ['other: accountable'],
    ],
  ),
  [
    'a task of an identity that only another kind of entry calls active',
    story.map(([name, draft]) =>
      name === 'release identity.activated'
        ? ['other', onRelease('identity.rehearsed', { to: 'active' })]
        : [name, draft],
    ),
    ['other: accountable', 'task: active'],
  ],
  [
    'an activation on an approval that was used for one before',
    putAfter('docs identity.activated', again('docs identity.activated')),
    ['docs identity.activated again: approved'],
  ],
  ['a task that opens once more', putAfter('task ended', again('task')), ['task again: opened']],
  [
    'a token in a task that ended and opens once more',
    putAfter('task ended', again('task'), ['late', draftOf('token', {})]),
    ['task again: opened', 'late: live'],
  ],
  ['a task activated once more', putAfter('task activated', again('task activated')), ['task activated again: opened']],
  [
    'a task activated that never was',
    change('task activated', { taskId: 'tsk_none' }),
    ['task activated: opened', 'token: live', 'child: live', 'call: live'],
  ],
  [
    'a task activated for longer than it asked',
    change('task activated', { endsMs: startMs + 3_600_000 + 60_000 }),
    ['task activated: opened'],
  ],
  ['a token in a task that waits', without('task activated'), ['token: live', 'child: live', 'call: live']],
  ['a call in a task that never was', change('call', { taskId: 'tsk_none' }), ['call: in-task']],
  [
    'a call in no task',
    change('call', { taskId: null }, { actor: { kind: 'identity', id: 'idn_docs' } }),
    ['call: in-task'],
  ],
  ['what another application decides in no task', putAfter('call', ['asked', ofDomain('records')]), []],
  ['the same under the name of the house', putAfter('call', ['asked', ofDomain('remit')]), ['asked: in-task']],
  ['a task without an end', change('task', { endsMs: null }), ['task: end']],
  ['a task activated without an end', change('task activated', { endsMs: null }), ['task activated: end']],
  ['a child that outlives its parent', change('child', { endsMs: startMs + 3_600_001 }), ['child: narrower']],
  [
    'a child with a wider scope',
    change('child', { asked: { scope: [{ action: 'docs/*', resource: 'docs:*' }] } }),
    ['child: narrower'],
  ],
  ['a child of a task that never was', change('child', { task: { id: 'tsk_none' } }), ['child: narrower']],
  [
    'a child activated beyond its parent',
    putAfter('child', [
      'late',
      {
        kind: 'task.activated',
        actor: system,
        subject: onTask('tsk_docs'),
        data: { taskId: 'tsk_docs', endsMs: startMs + 9_999_999 },
      },
    ]),
    ['late: opened', 'late: narrower'],
  ],
  ['a permit in a task that has ended', putAfter('child ended', ['late', callIn(docs, 'tsk_docs')]), ['late: live']],
  [
    'a permit under a task that has ended',
    [...without('child ended'), ['late', callIn(docs, 'tsk_docs')]],
    ['late: live', 'late: cut-off'],
  ],
  [
    'a token in a task that has ended',
    putAfter('task ended', ['late', story[at('token')]?.[1] ?? expect.unreachable()]),
    ['late: live'],
  ],
  [
    'a child of a task that has ended',
    putAfter('task ended', ['late', draftOf('child', { taskId: 'tsk_late' })]),
    ['late: live'],
  ],
  [
    'a permit after a cutoff of the identity',
    putAfter('child', ['cut', cutOff('identity', 'idn_docs')]),
    ['call: cut-off'],
  ],
  [
    'a permit after a cutoff of an identity above it',
    putAfter('child', ['cut', cutOff('identity', 'idn_release')]),
    ['call: cut-off'],
  ],
  ['a permit after a cutoff of the task', putAfter('child', ['cut', cutOff('task', 'tsk_docs')]), ['call: cut-off']],
  [
    'a permit after a cutoff of the chain',
    putAfter('child', ['cut', cutOff('chain', 'tsk_release')]),
    ['call: cut-off'],
  ],
  ['a permit after a cutoff of the owner', putAfter('child', ['cut', cutOff('owner', 'psn_ann')]), ['call: cut-off']],
  ['a call after a cutoff of the server', putAfter('child', ['cut', cutOff('upstream', 'docs')]), ['call: cut-off']],
  ...['docs', 'release'].map((name): [string, Story, string[]] => [
    `a permit after a cutoff of the vendor of ${name}`,
    putInto(change(`${name} identity.drafted`, { vendor: 'acme' }), 'child', ['cut', cutOff('vendor', 'acme')]),
    ['call: cut-off'],
  ]),
  [
    'a permit after a cutoff of the binding that opened the task above it',
    putInto(change('task', { bindingId: 'bnd_release' }), 'child', ['cut', cutOff('binding', 'bnd_release')]),
    ['call: cut-off'],
  ],
  [
    'a permit after a cutoff of the binding that took the task over',
    putAfter('child', ['docs token', docsToken], ['cut', cutOff('binding', 'bnd_docs')]),
    ['call: cut-off'],
  ],
  [
    'a task of an identity that was not approved again since its owner was cut off, and all in it',
    putAfter('release identity.activated', ['cut', cutOff('owner', 'psn_ann')]),
    ['task: cut-off', 'token: cut-off', 'child: cut-off', 'call: cut-off'],
  ],
  [
    'a task that is handed to an identity whose vendor was cut off',
    putInto(change('docs identity.drafted', { vendor: 'acme' }), 'credential', ['cut', cutOff('vendor', 'acme')]),
    ['child: cut-off', 'call: cut-off'],
  ],
  [
    'a task that a binding opens after it was cut off, and all in it',
    putInto(
      change('task', { bindingId: 'bnd_release' }),
      'release identity.activated',
      ['bound', bound],
      ['cut', cutOff('binding', 'bnd_release')],
    ),
    ['task: cut-off', 'token: cut-off', 'child: cut-off', 'call: cut-off'],
  ],
]

/** Stories that look odd and break nothing. */
export const SOUND: readonly (readonly [string, Story])[] = [
  ['a cutoff of another identity', putAfter('child', ['cut', cutOff('identity', 'idn_other')])],
  ...['owner', 'vendor', 'binding', 'upstream'].map((target): [string, Story] => [
    `a cutoff of another ${target}`,
    putAfter('child', ['docs token', docsToken], ['cut', cutOff(target, 'other')]),
  ]),
  [
    'an identity that was approved after it and its owner were cut off',
    putAfter(
      'release identity.drafted',
      ['cut', cutOff('identity', 'idn_release')],
      ['cut more', cutOff('owner', 'psn_ann')],
    ).filter(([name]) => name !== 'child' && !name.startsWith('call')),
  ],
  [
    'a token after a cutoff of a server, with which nothing is called',
    putAfter('task activated', ['cut', cutOff('upstream', 'docs')]).filter(
      ([name]) => name !== 'call' && name !== 'call finished',
    ),
  ],
  ['a child without a scope that its entry shows whole', change('child', { asked: { scope: [{ more: 60 }] } })],
  [
    'a denial after the end',
    putAfter('task ended', [
      'late',
      decided(release, 'denial', onTask('tsk_release'), { decision: 'call', taskId: 'tsk_release' }),
    ]),
  ],
]
