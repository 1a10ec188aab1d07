import type { JsonObject } from '../../src/contract/log-entry.ts'
import { change, putAfter, putInto, startMs, story } from './odd-stories.ts'
import { type Draft, decided, docs, person, release, type Story } from './story.ts'

/** When a line would be written that stands after this one. */
const after = (name: string): number => startMs + (story.findIndex(([other]) => other === name) + 1) * 1_000

const callOf = (actor: typeof docs, taskId: string, more: JsonObject = {}): Draft =>
  decided(
    actor,
    'permit',
    { kind: 'tool', id: 'docs/x' },
    {
      decision: 'call',
      taskId,
      action: { name: 'docs/write_file', class: 'write' },
      resources: [{ id: 'docs:/a/1', sensitivity: 'internal' }],
      ...more,
    },
  )
const paid = (adds: number): JsonObject => ({ tolls: [{ kind: 'spend', taskId: 'tsk_docs', adds, max: 10, used: 0 }] })
const calls = (count: number, more: (at: number) => JsonObject = () => ({})): Story =>
  Array.from({ length: count }, (_, at) => [`use ${at}`, callOf(docs, 'tsk_docs', more(at))] as const)

const wide = { callsMax: 100, writesMax: 100, bytesMax: 1 }
const withBudget = (name: 'task' | 'child', budget: JsonObject, ...added: Story): Story =>
  putInto(change(name, { budget: { ...wide, ...budget } }), 'child', ...added)

const limit = (more: JsonObject = {}): Draft => ({
  kind: 'limit.set',
  actor: person('psn_dee'),
  subject: { kind: 'limit', id: 'few' },
  data: { name: 'few', of: 'docs/*', per: 'chain', callsMax: 2, windowSeconds: 100, state: 'active', ...more },
})
const limited = (more: JsonObject, ...added: Story): Story => putAfter('child', ['limit', limit(more)], ...added)

const right = (more: JsonObject = {}): Draft => ({
  kind: 'right.granted',
  actor: person('psn_dee'),
  subject: { kind: 'person', id: 'psn_fay' },
  data: {
    personId: 'psn_fay',
    rightId: 'rgt_1',
    scope: [{ action: 'docs/*', resource: 'docs:/a/*' }],
    classes: ['read', 'write'],
    ceiling: 'internal',
    reason: 'hers',
    endsMs: startMs + 3_600_000,
    ...more,
  },
})
const rightEnded: Draft = {
  kind: 'right.ended',
  actor: person('psn_dee'),
  subject: { kind: 'person', id: 'psn_fay' },
  data: { personId: 'psn_fay', rightId: 'rgt_1', reason: 'gone' },
}
const onBehalf = (...added: Story): Story =>
  putInto(change('task', { onBehalfOf: 'psn_fay' }), 'child', ...added)
    .filter(([name]) => !name.startsWith('call'))
    .map(([name, draft]) => [name, name === 'task' ? { ...draft, actor: { kind: 'person', id: 'psn_fay' } } : draft])

const made = { model: 'large', promptDigest: 'aa', toolsDigest: null }
const composed = (name: string, data: JsonObject): Story =>
  story.map(([other, draft]) => {
    if (other === 'release identity.submitted') return [other, { ...draft, data: { ...draft.data, composition: made } }]
    return [other, other === name ? { ...draft, data: { ...draft.data, ...data } } : draft]
  })
const runs = (told: Story): Story =>
  told.map(([name, draft]) => {
    if (name === 'task' && draft.data['composition'] === undefined)
      return [name, { ...draft, data: { ...draft.data, composition: made } }]
    if (name === 'token' && draft.data['asked'] === undefined)
      return [name, { ...draft, data: { ...draft.data, asked: { taskId: 'tsk_release', composition: made } } }]
    return [name, draft]
  })

/** Stories in which a permit passes a bound: what is wrong, the story, and the law with the line that breaks it. */
export const OVER: readonly (readonly [string, Story, readonly string[]])[] = [
  [
    'a call more than the task may make',
    withBudget('child', { callsMax: 1 }, ...calls(2)).filter(notCall),
    ['use 1: budget'],
  ],
  [
    'a call of a helper more than the task above it may make',
    withBudget('task', { callsMax: 2 }, ...calls(2), ['own', callOf(release, 'tsk_release')]).filter(notCall),
    ['own: budget'],
  ],
  [
    'a write more than the task may make',
    withBudget('child', { writesMax: 1 }, ...calls(2)).filter(notCall),
    ['use 1: budget'],
  ],
  [
    'more money than the task may spend',
    withBudget('child', { spendMax: 10, currency: 'EUR' }, ...calls(3, () => paid(5))).filter(notCall),
    ['use 2: spend'],
  ],
  [
    'money in a task that may spend none',
    withBudget('child', {}, ...calls(1, () => paid(1))).filter(notCall),
    ['use 0: spend'],
  ],
  [
    'more money of helpers than the task above may spend',
    withBudget('task', { spendMax: 9, currency: 'EUR' }, ...calls(2, () => paid(5))).filter(notCall),
    ['use 1: spend'],
  ],
  [
    'more calls in a minute than the task may make',
    withBudget('child', { callsPerMinuteMax: 2 }, ...calls(3)).filter(notCall),
    ['use 2: rate'],
  ],
  [
    'more calls in a minute, of which one was weighed before those that were written before it',
    withBudget(
      'child',
      { callsPerMinuteMax: 2 },
      ...calls(3, (at) => ({ weighedMs: after('child') + (at === 2 ? 0 : 900 - at * 100) })),
    ).filter(notCall),
    ['use 2: rate'],
  ],
  [
    'more calls in a minute, one of which says of itself that it was weighed long ago',
    withBudget(
      'child',
      { callsPerMinuteMax: 2 },
      ...calls(3, (at) => (at === 0 ? { weighedMs: 1 } : { weighedMs: after('child') - 59_500 })),
    ).filter(notCall),
    ['use 2: rate'],
  ],
  ['a call more than a limit of a chain allows', limited({}, ...calls(3)).filter(notCall), ['use 2: limit']],
  [
    'a call of another task of the identity more than its limit allows',
    limited({ per: 'identity' }, ['own', callOf(release, 'tsk_release')], ...calls(2)).filter(notCall),
    ['use 1: limit'],
  ],
  [
    'a call more than a limit of everybody allows',
    limited({ per: 'organisation', of: 'write' }, ...calls(3)).filter(notCall),
    ['use 2: limit'],
  ],
  [
    'a call more than a limit allows that was lowered since',
    limited({ callsMax: 5 }, ...calls(2), ['lower', limit({ callsMax: 1 })], ['late', callOf(docs, 'tsk_docs')]).filter(
      notCall,
    ),
    ['late: limit'],
  ],
  [
    'an act of an enforcement point more than a limit allows',
    limited({}, ...calls(2), ['asked', callOf(docs, 'tsk_docs', { decision: 'evaluation', counts: true })]).filter(
      notCall,
    ),
    ['asked: limit', 'asked: counted'],
  ],
  ['an act on behalf of a person who has no right', onBehalf(['act', callOf(docs, 'tsk_docs')]), ['act: behalf']],
  [
    'an act on behalf of a person whose right was ended',
    onBehalf(['right', right()], ['end', rightEnded], ['act', callOf(docs, 'tsk_docs')]),
    ['act: behalf'],
  ],
  ...(
    [
      ['covers another class', { classes: ['read'] }],
      ['covers other resources', { scope: [{ action: 'docs/*', resource: 'docs:/b/*' }] }],
      ['covers other tools', { scope: [{ action: 'mail/*', resource: '*' }] }],
      ['covers less sensitive data', { ceiling: 'public' }],
      ['is over', { endsMs: startMs }],
      ['is one of another person', { personId: 'psn_gus' }],
      ['says no scope that could be read', { scope: [{ action: '* *', resource: '*' }] }],
    ] as const
  ).map(([what, more]): [string, Story, string[]] => [
    `an act on behalf of a person whose right ${what}`,
    onBehalf(['right', right(more)], ['act', callOf(docs, 'tsk_docs')]),
    ['act: behalf'],
  ]),
  [
    'a question about an act on behalf of a person who has no right',
    onBehalf(['act', callOf(docs, 'tsk_docs', { decision: 'evaluation' })]),
    ['act: behalf'],
  ],
  [
    'a task given to another model',
    runs(composed('task', { composition: { ...made, model: 'small' } })),
    ['task: composition'],
  ],
  [
    'a task given to another prompt',
    runs(composed('task', { composition: { ...made, promptDigest: 'bb' } })),
    ['task: composition'],
  ],
  ['a task given to who does not say what runs', runs(composed('task', { composition: {} })), ['task: composition']],
  [
    'a token given to another prompt',
    runs(composed('token', { asked: { composition: { ...made, promptDigest: 'bb' } } })),
    ['token: composition'],
  ],
  ['a token given to who does not say what runs', runs(composed('token', { asked: {} })), ['token: composition']],
]

/** Stories that stay just inside. */
export const WITHIN: readonly (readonly [string, Story])[] = [
  [
    'as many calls as the task may make',
    withBudget('child', { callsMax: 2, writesMax: 2 }, ...calls(2)).filter(notCall),
  ],
  [
    'a read in a task without writes',
    withBudget('child', { writesMax: 0 }, ...calls(1, () => ({ action: { name: 'docs/x', class: 'read' } }))).filter(
      notCall,
    ),
  ],
  [
    'questions of enforcement points, which use nothing',
    withBudget('child', { callsMax: 0 }, ['asked', callOf(docs, 'tsk_docs', { decision: 'evaluation' })]).filter(
      notCall,
    ),
  ],
  [
    'as much money as the task may spend',
    withBudget('child', { spendMax: 10 }, ...calls(2, () => paid(5))).filter(notCall),
  ],
  [
    'as many calls in a minute as the task may make',
    withBudget('child', { callsPerMinuteMax: 3 }, ...calls(3)).filter(notCall),
  ],
  [
    'calls that were weighed more than a minute apart, though they were written at once',
    withBudget(
      'child',
      { callsPerMinuteMax: 1 },
      ...calls(2, (at) => ({ weighedMs: after('child') - 59_000 + at * 60_500 })),
    ).filter(notCall),
  ],
  ['as many calls as a limit allows', limited({}, ...calls(2)).filter(notCall)],
  ['calls of what a limit does not hold', limited({ of: 'mail/*' }, ...calls(4)).filter(notCall)],
  [
    'calls after a limit has ended',
    limited({}, ...calls(2), ['over', limit({ state: 'ended' })], ['late', callOf(docs, 'tsk_docs')]).filter(notCall),
  ],
  [
    'calls from before a limit was set',
    putAfter('child', ...calls(3), ['limit', limit()], ['late', callOf(docs, 'tsk_docs')]).filter(notCall),
  ],
  [
    'calls in another window',
    limited(
      { windowSeconds: 2 },
      ...calls(2),
      ['pause', rightEnded],
      ['pause more', rightEnded],
      ['late', callOf(docs, 'tsk_docs')],
    ).filter(notCall),
  ],
  ['an act on behalf of a person who may do it', onBehalf(['right', right()], ['act', callOf(docs, 'tsk_docs')])],
  [
    'an act on behalf of a person on what its entry had no room for',
    onBehalf(
      ['right', right()],
      [
        'act',
        callOf(docs, 'tsk_docs', {
          resources: [{ id: 'docs:/b… (300 characters)', sensitivity: 'internal' }, { more: 3 }],
        }),
      ],
    ),
  ],
  ['what runs as it was approved', runs(composed('log', {}))],
  [
    'what runs with other tools, which nobody declared',
    runs(composed('task', { composition: { ...made, toolsDigest: 'cc' } })),
  ],
  [
    'a task that a person opens for it, of which nothing runs yet',
    runs(composed('task', { composition: {} })).map(([name, draft]) => [
      name,
      name === 'task' ? { ...draft, actor: person('psn_fay') } : draft,
    ]),
  ],
  [
    'a task of an identity that was put up anew without saying what it is made of',
    composed('log', {}).flatMap((line) =>
      line[0] === 'release identity.submitted' ? [line, ['again', unsaid(line[1])] as const] : [line],
    ),
  ],
]

function unsaid({ data, ...draft }: Draft): Draft {
  const { composition: _made, ...others } = data
  return { ...draft, data: others }
}

/** The one call of the story would count too. */
function notCall([name]: Story[number]): boolean {
  return !name.startsWith('call')
}
