import { describe, expect, it } from 'vitest'
import { judgeLaw, type Said } from '../../../test/contract/judge-law.ts'
import type { JsonObject } from '../log-entry.ts'

const clean = { confidentiality: 'public', integrity: 'trusted' }
const tainted = { confidentiality: 'confidential', integrity: 'untrusted' }
const permit = (decision: string, data: JsonObject = {}, more: Partial<Said> = {}): Said => ({
  kind: 'decision.permit',
  data: { decision, taskId: 'tsk_a', ...data },
  ...more,
})
const person = { kind: 'person', id: 'psn_a' } as const

describe('what a task has touched', () => {
  const call = (before: JsonObject, after: JsonObject, more: JsonObject = {}): Said =>
    permit('call', { labels: { before, after }, ...more })
  const read = (sensitivity: string): JsonObject => ({ resources: [{ id: 'docs:/a', sensitivity }] })
  const untold = 'it does not tell what the task has touched'
  const missed = 'it reads docs:/a, which is confidential, and does not count that'

  it.each<[string, Said, string | null]>([
    ['grows', call(clean, tainted, read('confidential')), null],
    ['stays', call(clean, clean, read('public')), null],
    ['shrinks', call(tainted, clean), 'after it the task would have touched less than before'],
    [
      'would be believed again',
      call(tainted, { ...tainted, integrity: 'trusted' }),
      'after it the task would have touched less than before',
    ],
    ['does not count what it reads', call(clean, clean, read('confidential')), missed],
    ['is not told of a call', permit('call'), untold],
    ['is told of a call by half: before', permit('call', { labels: { before: clean } }), untold],
    ['is told of a call by half: after', permit('call', { labels: { after: clean } }), untold],
    ['is not told of an evaluation', permit('evaluation'), null],
    [
      'is told of an evaluation',
      permit('evaluation', { labels: { before: tainted, after: clean } }),
      'after it the task would have touched less than before',
    ],
    ['is not told of a token', permit('token', { labels: { before: tainted, after: clean } }), null],
    ['is not told of a decision without a name', { kind: 'decision.permit' }, null],
    ['had no room in the entry', permit('call', { cut: true }), null],
    ['had room in an entry that says it was not cut', permit('call', { cut: false }), untold],
    ['is told by a denial', { ...permit('call'), kind: 'decision.denial' }, null],
  ])('%s', (_, line, fault) => {
    expect(judgeLaw('labels', [line])).toBe(fault)
  })

  it('is not missed in a part of a log', () => {
    expect(judgeLaw('labels', [permit('call')], false)).toBeNull()
    expect(judgeLaw('labels', [call(tainted, clean)], false)).toBe(
      'after it the task would have touched less than before',
    )
  })
})

describe('a task that is handed on', () => {
  const opened = (labels: JsonObject): Said => ({
    kind: 'decision.permit',
    data: { decision: 'task', taskId: 'tsk_a', labels, endsMs: 9 },
  })
  const handed = (data: JsonObject = {}, kind = 'decision.permit'): Said => ({
    kind,
    data: { decision: 'delegation', taskId: 'tsk_b', parentId: 'tsk_a', ...data },
  })
  const less = 'its task begins with less than its parent tsk_a had touched'

  it.each<[string, readonly Said[], string | null]>([
    ['has touched what the one above had', [opened(tainted), handed({ labels: tainted })], null],
    ['has touched more', [opened(clean), handed({ labels: tainted })], null],
    ['has touched less', [opened(tainted), handed({ labels: clean })], less],
    ['says nothing of it', [opened(tainted), handed()], less],
    ['says nothing of nothing', [opened(clean), handed()], null],
    ['comes from one that was not told', [handed()], null],
    ['is denied', [opened(tainted), handed({}, 'decision.denial')], null],
    ['is opened by itself', [opened(tainted), handed({ decision: 'task' })], null],
    ['comes from nowhere', [opened(tainted), handed({ parentId: null })], null],
  ])('%s', (_, lines, fault) => {
    expect(judgeLaw('inherited', lines)).toBe(fault)
  })
})

describe('a change after untrusted content and confidential data', () => {
  const opened: Said = {
    kind: 'decision.permit',
    data: { decision: 'task', taskId: 'tsk_a', labels: tainted, endsMs: 9 },
  }
  const change = (data: JsonObject = {}, more: Partial<Said> = {}): Said =>
    permit('call', { action: { class: 'write' }, ...data }, more)
  const fault =
    'it permits a change in the task tsk_a after untrusted content and confidential data, which nobody approved'

  it.each<[string, readonly Said[], string | null]>([
    ['is told', [opened, change()], fault],
    ['is told of an evaluation', [opened, change({ decision: 'evaluation' })], fault],
    ['is told where the entry alone says so', [change({ labels: { before: tainted } })], fault],
    ['is told where it is remembered so', [change({ labels: { before: clean, remembered: tainted } })], fault],
    ['is none where nothing was read', [change({ labels: { before: clean } })], null],
    ['is none where nothing is said', [change()], null],
    ['is none of a read', [opened, change({ action: { class: 'read' } })], null],
    ['is none of what is no class', [opened, change({ action: { class: 'fly' } })], null],
    ['is none of no action', [opened, change({ action: {} })], null],
    ['is none that a person approved', [opened, change({}, { touched: ['approval_uses/apr_1'] })], null],
    ['is told where another row was touched', [opened, change({}, { touched: ['task_usage/tsk_a'] })], fault],
    ['is none of a person, who only asks', [opened, change({}, { actor: person })], null],
    ['is none that had no room in its entry', [opened, change({ cut: true })], null],
    ['is none that was denied', [opened, change({}, { kind: 'decision.denial' })], null],
    ['is none of a token', [opened, change({ decision: 'token' })], null],
    ['is none of another task', [opened, change({ taskId: 'tsk_b' })], null],
    [
      'is told of an act in no task',
      [{ ...change({ taskId: null, labels: { before: tainted } }) }],
      'it permits a change in the task  after untrusted content and confidential data, which nobody approved',
    ],
  ])('%s', (_, lines, says) => {
    expect(judgeLaw('flow', lines)).toBe(says)
  })
})

describe('what was read and is handed on', () => {
  const vendor = { runtime: 'vendor', vendor: 'v', kind: 'agent' }
  const handed = (data: JsonObject = {}): Said => ({
    kind: 'decision.permit',
    data: {
      decision: 'delegation',
      taskId: 'tsk_b',
      parentId: 'tsk_a',
      labels: tainted,
      by: { tier: 'T1', reach: 'team' },
      helper: { reach: 'team' },
      ...data,
    },
  })
  const fault = (outside: string, read = 'confidential, untrusted'): string =>
    `it hands on what was read (${read}) to one of whom ${outside}, and asks nobody`
  const further = fault('it reaches further')
  const beyond = { helper: { reach: 'organisation' } }

  it.each<[string, JsonObject, string | null]>([
    ['to one of the same reach', {}, null],
    ['to one of whom nothing is told', { helper: {}, by: {} }, null],
    ['to one that reaches further', beyond, further],
    ['to one that reaches less', { by: { reach: 'organisation' } }, null],
    ['by one whose reach is not told', { ...beyond, by: {} }, null],
    ['by one that reaches least', { by: { reach: 'sandbox' }, helper: { reach: 'team' } }, further],
    ['to one that a vendor runs', { helper: vendor }, fault('a vendor runs it')],
    ['to one that the same vendor runs', { helper: vendor, by: vendor }, null],
    ['to one that another vendor runs', { helper: vendor, by: { ...vendor, vendor: 'w' } }, fault('a vendor runs it')],
    [
      'to one that a vendor runs, by one of that vendor that runs elsewhere',
      { helper: vendor, by: { ...vendor, runtime: 'own' } },
      fault('a vendor runs it'),
    ],
    [
      'to one that a vendor runs who is not named, by one like that',
      { helper: { runtime: 'vendor' }, by: { runtime: 'vendor' } },
      fault('a vendor runs it'),
    ],
    ['to one that is embedded', { helper: { kind: 'embedded', vendor: 'v' } }, fault('it is embedded in a product')],
    [
      'to one that is embedded, by one of the same vendor that is',
      { helper: { kind: 'embedded', vendor: 'v' }, by: { kind: 'embedded', vendor: 'v' } },
      null,
    ],
    [
      'to one that is embedded, by one of the same vendor that is not',
      { helper: { kind: 'embedded', vendor: 'v' }, by: { kind: 'agent', vendor: 'v' } },
      fault('it is embedded in a product'),
    ],
    ['where little was read', { ...beyond, labels: clean }, null],
    ['where nothing is said of what was read', { ...beyond, labels: {} }, null],
    ['where more is remembered', { ...beyond, labels: clean, remembered: tainted }, further],
    [
      'up to less than was read',
      { ...beyond, labels: { ...clean, confidentiality: 'internal' }, ceiling: 'public' },
      fault('it reaches further', 'internal, trusted'),
    ],
    [
      'up to less than was read, as it was asked',
      { ...beyond, labels: { ...clean, confidentiality: 'internal' }, asked: { ceiling: 'public' } },
      fault('it reaches further', 'internal, trusted'),
    ],
    [
      'up to what was read',
      { ...beyond, labels: { ...clean, confidentiality: 'internal' }, ceiling: 'internal' },
      null,
    ],
    [
      'to one whose work waits, where its tier holds it',
      { ...beyond, by: { tier: 'T2', reach: 'team' }, taskState: 'waiting' },
      null,
    ],
    ['to one whose work does not wait', { ...beyond, by: { tier: 'T2', reach: 'team' } }, further],
    ['where its tier holds nothing', { ...beyond, by: { tier: 'T4', reach: 'team' }, taskState: 'waiting' }, further],
    [
      'in a tier that is none',
      { ...beyond, by: { tier: 'constructor', reach: 'team' }, taskState: 'waiting' },
      further,
    ],
    ['in no tier', { ...beyond, by: { reach: 'team' }, taskState: 'waiting' }, further],
    ['with no room for it in the entry', { ...beyond, cut: true }, null],
    ['in a task of its own', { ...beyond, decision: 'task' }, null],
  ])('%s', (_, data, says) => {
    expect(judgeLaw('delegated-flow', [handed(data)])).toBe(says)
  })

  it('is nothing where it was denied', () => {
    expect(judgeLaw('delegated-flow', [{ ...handed(beyond), kind: 'decision.denial' }])).toBeNull()
  })

  it('goes no further than the purpose covers', () => {
    const purpose = (ceiling: JsonObject): Said => ({
      kind: 'purpose.defined',
      subject: { kind: 'purpose', id: 'sum' },
      data: ceiling,
    })
    const to = handed({ purpose: 'sum' })
    expect(judgeLaw('delegated-flow', [purpose({ ceiling: 'internal' }), to])).toBe(
      fault('its purpose covers internal data at most'),
    )
    expect(judgeLaw('delegated-flow', [purpose({ ceiling: 'restricted' }), to])).toBeNull()
    expect(judgeLaw('delegated-flow', [purpose({ ceiling: 'internal' }), handed({ purpose: 'other' })])).toBeNull()
    expect(judgeLaw('delegated-flow', [purpose({}), to])).toBe(fault('its purpose covers  data at most'))
  })
})
