import type { JsonObject } from '../../src/contract/log-entry.ts'
import { change, putAfter, putInto, startMs, story } from './odd-stories.ts'
import { type Draft, decided, docs, onTask, person, release, type Story } from './story.ts'

type Told = { readonly confidentiality: string; readonly integrity: string }

const clean: Told = { confidentiality: 'public', integrity: 'trusted' }
const secret: Told = { confidentiality: 'confidential', integrity: 'trusted' }
const doubtful: Told = { confidentiality: 'internal', integrity: 'untrusted' }
const tainted: Told = { confidentiality: 'confidential', integrity: 'untrusted' }

/** The story up to where a task is handed on, without what is done in it. */
const base = (told: Story = story): Story => told.filter(([name]) => !/^(call|denial)/.test(name))

const act = (
  actor: typeof docs,
  actionClass: string,
  labels: JsonObject | null,
  more: JsonObject & { readonly uses?: string } = {},
): Draft => {
  const taskId = actor === docs ? 'tsk_docs' : 'tsk_release'
  const { uses, ...data } = more
  const said = {
    decision: 'call',
    taskId,
    action: { name: 'docs/x', class: actionClass },
    resources: [{ id: 'docs:/a/1', sensitivity: 'public' }],
    labels,
    ...data,
  }
  const draft = decided(actor, 'permit', { kind: 'tool', id: 'docs/x' }, said)
  return uses === undefined ? draft : { ...draft, uses }
}
const reads = (after: Told, actor = docs): Draft => act(actor, 'read', { before: clean, after })
const writes = (before: Told, more: JsonObject & { readonly uses?: string } = {}): Draft =>
  act(docs, 'write', { before, after: before }, more)

/** A task is handed on by one that has read this, to a helper that stands like that. */
const handing = (data: JsonObject, ...before: Story): Story => {
  const told = base(change('child', { by: stand({ tier: 'T2' }), helper: stand({}), ceiling: 'internal', ...data }))
  return told.flatMap((line): Story => (line[0] === 'child' ? [...before, line] : [line]))
}
const stand = (more: JsonObject): JsonObject => ({
  id: 'idn_docs',
  kind: 'agent',
  tier: 'T1',
  reach: 'team',
  runtime: 'own',
  vendor: null,
  ...more,
})
const purpose: Draft = {
  kind: 'purpose.defined',
  actor: person('psn_dee'),
  subject: { kind: 'purpose', id: 'docs' },
  data: { code: 'docs', title: 'Docs', classes: ['read'], ceiling: 'internal' },
}

const budget = { callsMax: 9, writesMax: 9, bytesMax: 10 }
const gives = (
  name: string,
  resultBytes: number,
  kind: 'call.finished' | 'act.reported' = 'call.finished',
): Story[number] => [
  name,
  {
    kind,
    actor: docs,
    subject: { kind: 'tool', id: 'docs/x' },
    data: { taskId: 'tsk_docs', resultBytes },
    answersTo: name.slice(0, 5),
  },
]
const bounded = (line: 'task' | 'child', ...added: Story): Story =>
  putInto(base(change(line, { budget })), 'child', ...added)
const use = (name: string): Story[number] => [name, reads(clean)]

const point = {
  kind: 'identity',
  id: 'idn_point',
  chain: [{ identityId: 'idn_point', name: 'point', taskId: 'tsk_point' }],
} as const
const counting = (more: JsonObject = {}): Draft => ({
  kind: 'entitlement.proposed',
  actor: person('psn_eve'),
  subject: { kind: 'identity', id: 'idn_point' },
  data: {
    identityId: 'idn_point',
    entitlementId: 'ent_point',
    scope: [{ action: 'read', resource: 'domain:remit' }],
    classes: ['read'],
    ceiling: 'internal',
    counts: [{ action: 'docs/*', resource: 'docs:/a/*' }],
    endsMs: startMs + 3_600_000,
    ...more,
  },
})
const counts = (more: JsonObject = {}, actor: Draft['actor'] = point): Draft =>
  decided(actor, 'permit', onTask('tsk_docs'), {
    decision: 'evaluation',
    taskId: 'tsk_docs',
    identityId: 'idn_docs',
    action: { name: 'docs/x', class: 'read' },
    resources: [{ id: 'docs:/a/1', sensitivity: 'public' }],
    counts: true,
    countedBy: 'ent_point',
    ...more,
  })
const reports = (answersTo: string, actor: Draft['actor'] = point, taskId = 'tsk_docs'): Draft => ({
  kind: 'act.reported',
  actor,
  subject: onTask(taskId),
  data: { taskId, end: 'completed', resultBytes: 0 },
  answersTo,
})
const entitled = (draft: Draft, ...added: Story): Story => putInto(base(), 'child', ['entitled', draft], ...added)
const ended: Draft = {
  ...counting(),
  kind: 'entitlement.ended',
  data: { identityId: 'idn_point', entitlementId: 'ent_point', reason: 'gone' },
}

/** Stories in which something flows as it may not: what is wrong, the story, and the law with the line that breaks it. */
export const FLOWING: readonly (readonly [string, Story, readonly string[]])[] = [
  ['a call that tells of no label', putInto(base(), 'child', ['x', act(docs, 'read', null)]), ['x: labels']],
  [
    'a call after which the task has touched less',
    putInto(base(), 'child', ['x', act(docs, 'read', { before: secret, after: clean })]),
    ['x: labels'],
  ],
  [
    'a call after which content is trusted again',
    putInto(base(), 'child', [
      'x',
      act(docs, 'read', { before: doubtful, after: { ...doubtful, integrity: 'trusted' } }),
    ]),
    ['x: labels'],
  ],
  [
    'a call that does not count what it reads',
    putInto(base(), 'child', [
      'x',
      act(
        docs,
        'read',
        { before: clean, after: clean },
        { resources: [{ id: 'docs:/a/1', sensitivity: 'confidential' }] },
      ),
    ]),
    ['x: labels'],
  ],
  [
    'a task that is handed on clean by one that has read',
    putInto(base(), 'credential', ['x', reads(secret, release)]),
    ['child: inherited'],
  ],
  [
    'a task that is handed on with less than its parent has touched',
    putInto(base(change('child', { labels: { ...tainted, integrity: 'trusted' } })), 'credential', [
      'x',
      reads(tainted, release),
    ]),
    ['child: inherited'],
  ],
  [
    'a task that is handed on clean by one whose other helper has read',
    putInto(base(), 'child', ['x', reads(secret)], ['again', handOn('tsk_more', {})]),
    ['again: inherited'],
  ],
  [
    'a change after untrusted content and confidential data',
    putInto(base(), 'child', ['x', reads(tainted)], ['y', writes(clean)]),
    ['y: flow'],
  ],
  [
    'a change after both were read one after the other',
    putInto(base(), 'child', ['x', reads(secret)], ['z', reads(doubtful)], ['y', writes(doubtful)]),
    ['y: flow'],
  ],
  ['a change that says so of itself', putInto(base(), 'child', ['y', writes(tainted)]), ['y: flow']],
  [
    'a change that remembers it',
    putInto(base(), 'child', [
      'y',
      act(docs, 'write', { before: clean, after: clean, remembered: { ...tainted, from: ['tsk_other'] } }),
    ]),
    ['y: flow'],
  ],
  [
    'a change that an enforcement point lets happen after it',
    entitled(counting(), ['x', reads(tainted)], ['y', counts({ action: { name: 'docs/x', class: 'write' } })]),
    ['y: flow'],
  ],
  [
    'a change by a helper that was born with it',
    putInto(base(change('child', { labels: tainted })), 'child', ['y', writes(clean)]),
    ['y: flow'],
  ],
  [
    'what was read given to a vendor',
    handing({ labels: secret, helper: stand({ runtime: 'vendor', vendor: 'acme' }) }),
    ['child: delegated-flow'],
  ],
  [
    'what was read given from one vendor to another',
    handing({
      labels: secret,
      by: stand({ tier: 'T2', runtime: 'vendor', vendor: 'other' }),
      helper: stand({ runtime: 'vendor', vendor: 'acme' }),
    }),
    ['child: delegated-flow'],
  ],
  [
    'what was read given into a product',
    handing({ labels: secret, helper: stand({ kind: 'embedded' }) }),
    ['child: delegated-flow'],
  ],
  [
    'what was read given further than it reached',
    handing({ labels: secret, helper: stand({ reach: 'production' }) }),
    ['child: delegated-flow'],
  ],
  [
    'what was read given to a purpose that does not cover it',
    handing({ labels: secret }, ['purpose', purpose]),
    ['child: delegated-flow'],
  ],
  [
    'what is only remembered given to a vendor',
    handing({ remembered: { ...secret, from: ['tsk_other'] }, helper: stand({ runtime: 'vendor', vendor: 'acme' }) }),
    ['child: delegated-flow'],
  ],
  [
    'tainted content given to a vendor, though the ceiling would cover it',
    handing({ labels: tainted, ceiling: 'restricted', helper: stand({ runtime: 'vendor', vendor: 'acme' }) }),
    ['child: delegated-flow'],
  ],
  [
    'what was read given out by a tier that holds for nobody',
    handing({ labels: secret, by: stand({ tier: 'T4' }), taskState: 'waiting', helper: stand({ kind: 'embedded' }) }),
    ['child: delegated-flow'],
  ],
  [
    'a result that is larger than the task may read',
    bounded('child', use('use 1'), gives('use 1 gives', 11)),
    ['use 1 gives: bytes'],
  ],
  [
    'results that are together larger than the task above may read',
    bounded('task', use('use 1'), gives('use 1 gives', 6), use('use 2'), gives('use 2 gives', 5)),
    ['use 2 gives: bytes'],
  ],
  ['an act that counts by nothing', putInto(base(), 'child', ['x', counts()]), ['x: counted']],
  [
    'an act that counts by what does not name it',
    entitled(counting({ counts: [{ action: 'mail/*', resource: '*' }] }), ['x', counts()]),
    ['x: counted'],
  ],
  ['an act that counts by what counts nothing', entitled(counting({ counts: null }), ['x', counts()]), ['x: counted']],
  [
    'an act that counts by the entitlement of another',
    entitled(counting({ identityId: 'idn_docs' }), ['x', counts()]),
    ['x: counted'],
  ],
  ['an act that counts by what had ended', entitled(counting(), ['ended', ended], ['x', counts()]), ['x: counted']],
  ['an act that counts after the end', entitled(counting({ endsMs: startMs }), ['x', counts()]), ['x: counted']],
  [
    'an end that is told twice',
    entitled(counting(), ['x', counts()], ['y', reports('x')], ['z', reports('x')]),
    ['z: once'],
  ],
  [
    'an end that somebody else tells',
    entitled(counting(), ['x', counts()], ['y', reports('x', docs)]),
    ['y: reported'],
  ],
  [
    'an end of another task',
    entitled(counting(), ['x', counts()], ['y', reports('x', point, 'tsk_release')]),
    ['y: reported'],
  ],
  [
    'an end of what did not count',
    entitled(counting(), ['x', counts({ counts: false })], ['y', reports('x')]),
    ['y: reported'],
  ],
  [
    'an end of a denial',
    entitled(counting(), ['x', { ...counts(), kind: 'decision.denial' }], ['y', reports('x')]),
    ['y: once', 'y: reported'],
  ],
]

function handOn(taskId: string, data: JsonObject): Draft {
  const child = story.find(([name]) => name === 'child')?.[1]
  if (child === undefined) throw new Error('the story hands nothing on')
  return { ...child, subject: onTask(taskId), data: { ...child.data, taskId, ...data } }
}

/** Stories that look alike, and keep the laws. */
export const STAYING: readonly (readonly [string, Story])[] = [
  [
    'a task that grows',
    putInto(base(), 'child', ['x', reads(secret)], ['y', act(docs, 'read', { before: secret, after: tainted })]),
  ],
  [
    'two reads at once, of which neither knew of the other',
    putInto(base(), 'child', ['x', reads(secret)], ['y', reads(doubtful)]),
  ],
  ['a change after one of both', putInto(base(), 'child', ['x', reads(secret)], ['y', writes(secret)])],
  [
    'a change that people declassified',
    putAfter('call finished', ['x', reads(tainted)]).flatMap(
      (line): Story => (line[0] === 'call' ? [['early', reads(tainted)], line] : [line]),
    ),
  ],
  [
    'a question of a person about a change',
    putInto(
      base(),
      'child',
      ['x', reads(tainted)],
      [
        'y',
        { ...writes(tainted), actor: person('psn_dee'), data: { ...writes(tainted).data, decision: 'evaluation' } },
      ],
    ),
  ],
  [
    'a task that is handed on with all that its parent has touched',
    putInto(base(change('child', { labels: secret })), 'credential', ['x', reads(secret, release)]),
  ],
  ['what was read given to one who stands like the delegator', handing({ labels: tainted })],
  [
    'what was read given to a vendor after people were asked',
    handing({ labels: secret, taskState: 'waiting', helper: stand({ runtime: 'vendor', vendor: 'acme' }) }),
  ],
  [
    'what was read given on inside one vendor',
    handing({
      labels: secret,
      by: stand({ tier: 'T2', runtime: 'vendor', vendor: 'acme' }),
      helper: stand({ runtime: 'vendor', vendor: 'acme' }),
    }),
  ],
  [
    'what its ceiling covers given to a vendor',
    handing({ labels: secret, ceiling: 'confidential', helper: stand({ runtime: 'vendor', vendor: 'acme' }) }),
  ],
  [
    'results up to the last byte',
    bounded('task', use('use 1'), gives('use 1 gives', 6), use('use 2'), gives('use 2 gives', 4)),
  ],
  [
    'acts that count, and their ends',
    entitled(counting(), ['x', counts()], ['y', counts()], ['z', reports('y')], ['a', reports('x')]),
  ],
]
