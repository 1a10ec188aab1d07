import { describe, expect, it } from 'vitest'
import { judgeLaw, type Said } from '../../../test/contract/judge-law.ts'
import type { JsonObject } from '../log-entry.ts'
import { resourcesOf } from './use-laws.ts'

const permit = (decision: string, data: JsonObject = {}, more: Partial<Said> = {}): Said => ({
  kind: 'decision.permit',
  data: { decision, taskId: 't', ...data },
  ...more,
})
const opened = (data: JsonObject = {}): Said => permit('task', { identityId: 'idn_a', endsMs: 90_000, ...data })

describe('what a permit names', () => {
  it('is each resource of which it says how sensitive it was, and that was not cut', () => {
    const [a, b] = [
      { id: 'docs:/a', sensitivity: 'public' },
      { id: 'docs:/b… (700 characters) more', sensitivity: 'restricted' },
    ]
    const others: JsonObject['resources'] = [
      'x',
      null,
      { id: 'docs:/c' },
      { id: 'docs:/d', sensitivity: 'secret' },
      { id: 7, sensitivity: 'public' },
      { id: 'docs:/e… (700 characters)', sensitivity: 'public' },
    ]
    expect(resourcesOf({ resources: [a, ...(others as readonly string[]), b] })).toEqual([a, b])
    expect([resourcesOf({}), resourcesOf({ resources: 'x' }), resourcesOf({ resources: {} })]).toEqual([[], [], []])
  })
})

describe('what something is given to', () => {
  const composition = { model: 'm', promptDigest: 'p', toolsDigest: null }
  const approved: Said = { kind: 'identity.submitted', data: { identityId: 'idn_a', composition } }
  const token = (running: JsonObject, data: JsonObject = {}): Said =>
    permit('token', { identityId: 'idn_a', asked: { composition: running }, ...data })
  const not = (parts: string): string => `what it is given to is not what was approved, by its ${parts}`

  it.each<[string, readonly Said[], string | null]>([
    ['is what was approved', [approved, token(composition)], null],
    ['is another model', [approved, token({ ...composition, model: 'n' })], not('model')],
    ['is not told', [approved, token({})], not('model, promptDigest')],
    ['was approved without being declared', [{ ...approved, data: { identityId: 'idn_a' } }, token({})], null],
    ['was not told at all', [token({})], null],
    ['had no room in the entry', [approved, token({}, { cut: true })], null],
    ['takes no token', [approved, permit('call', { identityId: 'idn_a' })], null],
    ['is denied a token', [approved, { ...token({}), kind: 'decision.denial' }], null],
    ['opens a task', [approved, opened({ composition })], null],
    [
      'opens a task as something else',
      [approved, opened({ composition: { ...composition, promptDigest: 'q' } })],
      not('promptDigest'),
    ],
    [
      'is given a task by a person, and runs nowhere yet',
      [approved, { ...opened(), actor: { kind: 'person', id: 'p' } }],
      null,
    ],
    [
      'is given a token by a person',
      [approved, { ...token({}), actor: { kind: 'person', id: 'p' } }],
      not('model, promptDigest'),
    ],
  ])('%s', (_, lines, fault) => {
    expect(judgeLaw('composition', lines)).toBe(fault)
  })

  it('may have been approved in a part of a log that is missing', () => {
    expect(judgeLaw('composition', [approved, token({})], false)).toBeNull()
  })
})

describe('what is done on behalf of a person', () => {
  const right = (data: JsonObject = {}): Said => ({
    kind: 'right.granted',
    data: {
      personId: 'p',
      rightId: 'r',
      scope: [{ action: 'docs/*', resource: 'docs:*' }],
      classes: ['read'],
      ceiling: 'internal',
      endsMs: 50_000,
      ...data,
    },
  })
  const forThem = opened({ onBehalfOf: 'p' })
  const act = (data: JsonObject = {}, more: Partial<Said> = {}): Said =>
    permit(
      'call',
      { action: { name: 'docs/x', class: 'read' }, resources: [{ id: 'docs:/a', sensitivity: 'internal' }], ...data },
      more,
    )
  const fault = 'it permits something on docs:/a on behalf of p, who may not do it'
  const named = (name: string, actionClass: string): JsonObject => ({ action: { name, class: actionClass } })

  it.each<[string, readonly Said[], string | null]>([
    ['they may do', [right(), forThem, act()], null],
    ['they have no right to', [forThem, act()], fault],
    ['they had a right to that has just ended', [right(), forThem, act({}, { atMs: 54_999 })], null],
    ['they had a right to that is over', [right(), forThem, act({}, { atMs: 55_000 })], fault],
    ['is of another class', [right(), forThem, act(named('docs/x', 'write'))], fault],
    ['is of a class that is none', [right({ classes: ['fly'] }), forThem, act(named('docs/x', 'fly'))], fault],
    ['has another name', [right(), forThem, act(named('crm/x', 'read'))], fault],
    ['has no name', [right(), forThem, act({ action: {} })], fault],
    ['is more sensitive', [right({ ceiling: 'public' }), forThem, act()], fault],
    ['has a ceiling that is none', [right({ ceiling: 'any' }), forThem, act()], fault],
    ['is done to nothing that is told', [forThem, act({ resources: [] })], null],
    ['is evaluated', [forThem, act({ decision: 'evaluation' })], fault],
    ['is a token', [forThem, act({ decision: 'token' })], null],
    ['is denied', [forThem, { ...act(), kind: 'decision.denial' }], null],
    ['is done for nobody', [opened(), act()], null],
  ])('%s', (_, lines, says) => {
    expect(judgeLaw('behalf', lines)).toBe(says)
  })

  it('may rest on what was told in a part of a log that is missing', () => {
    expect(judgeLaw('behalf', [forThem, act()], false)).toBeNull()
  })
})

describe('what tasks use', () => {
  const budget = { callsMax: 9, writesMax: 9, bytesMax: 10, spendMax: 0, callsPerMinuteMax: 1 }
  const bytes = (resultBytes: number, kind = 'call.finished'): Said => ({ kind, data: { taskId: 't', resultBytes } })
  const over = 'with it the task t has read more than 10 bytes'

  it.each<[string, readonly Said[], string | null]>([
    ['as many bytes as it may', [opened({ budget }), bytes(10)], null],
    ['a byte more', [opened({ budget }), bytes(11)], over],
    ['a byte more in two steps', [opened({ budget }), bytes(6), bytes(5)], over],
    ['a byte more that an enforcement point tells', [opened({ budget }), bytes(11, 'act.reported')], over],
    ['a byte more that nobody read', [opened({ budget }), bytes(11, 'refusal')], null],
    ['no bytes where it has read too many', [opened({ budget }), bytes(11), bytes(0)], null],
    ['bytes without a budget', [opened(), bytes(11)], null],
  ])('is %s', (_, lines, fault) => {
    expect(judgeLaw('bytes', lines)).toBe(fault)
  })

  it('is no money that is not spent, and no call a minute where none is bounded', () => {
    const call = permit('call', { action: { name: 'x/y', class: 'read' } })
    const spent = permit('call', { action: { name: 'x/y' }, tolls: [{ kind: 'spend', adds: 1 }] })
    expect(judgeLaw('spend', [opened({ budget }), call])).toBeNull()
    expect(judgeLaw('spend', [opened({ budget }), spent])).toBe('with it the task t has spent 1, and may spend 0')
    const free = { callsMax: 9, writesMax: 9, bytesMax: 9 }
    expect(judgeLaw('rate', [opened({ budget: free }), call, call, call])).toBeNull()
    expect(judgeLaw('rate', [opened({ budget: { ...free, callsPerMinuteMax: 0 } }), call])).toBe(
      'with it the task t makes more than 0 calls in a minute',
    )
  })

  it('is what a limit allows, from the first act on', () => {
    const limit = (callsMax: number): Said => ({
      kind: 'limit.set',
      data: { name: 'few', of: 'x/*', per: 'organisation', callsMax, windowSeconds: 60, state: 'active' },
    })
    const call = permit('call', { action: { name: 'x/y', class: 'read' } })
    const fault = (callsMax: number): string =>
      `with it more is done than the limit few allows (${callsMax} in 60 seconds)`
    expect(judgeLaw('limit', [limit(1), opened(), call])).toBeNull()
    expect(judgeLaw('limit', [limit(0), opened(), call])).toBe(fault(0))
    expect(judgeLaw('limit', [limit(1), opened(), call, call])).toBe(fault(1))
    expect(judgeLaw('limit', [limit(1), opened(), call, { ...call, atMs: 61_999 }])).toBe(fault(1))
    expect(judgeLaw('limit', [limit(1), opened(), call, { ...call, atMs: 62_000 }])).toBeNull()
  })
})

describe('a static secret', () => {
  const secret = (secretEndsMs: number): Said => ({ kind: 'binding.added', data: { bindingId: 'b', secretEndsMs } })
  const identity = (data: JsonObject): Said => ({
    kind: 'identity.drafted',
    subject: { kind: 'identity', id: 'idn_a' },
    data,
  })
  const by = (data: JsonObject, more: Partial<Said> = {}): Said => permit('token', { bindingId: 'b', ...data }, more)
  const system = { actor: { kind: 'system', id: 'remit' }, subject: { kind: 'tool', id: 'x' } } as const
  const above = 'a static secret proves an identity of tier T2'

  it.each<[string, readonly Said[], string | null]>([
    ['proves one of the lowest tier', [secret(90_000), identity({ tier: 'T0' }), by({})], null],
    ['proves one above it', [secret(90_000), identity({ tier: 'T2' }), by({})], above],
    ['proves one whose tier is not told', [secret(90_000), identity({}), by({})], null],
    ['proves one that was not told', [secret(90_000), by({})], null],
    [
      'proves one of a tier that is none',
      [secret(90_000), identity({ tier: 'toString' }), by({})],
      'a static secret proves an identity of tier toString',
    ],
    [
      'proves whose task it is, where the token names no more',
      [secret(90_000), identity({ tier: 'T2' }), opened(), by({}, system)],
      above,
    ],
    ['proves nobody who is told', [secret(90_000), identity({ tier: 'T2' }), by({}, system)], null],
    ['is asked of no denial', [secret(0), { ...by({}), kind: 'decision.denial', atMs: 90_000 }], null],
    [
      'is none of another binding',
      [secret(0), identity({ tier: 'T2' }), by({ bindingId: 'c' }, { atMs: 90_000 })],
      null,
    ],
  ])('%s', (_, lines, fault) => {
    expect(judgeLaw('secrets', lines)).toBe(fault)
  })
})
