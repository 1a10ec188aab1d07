import { describe, expect, it } from 'vitest'
import { type Said, tellAll } from '../../../test/prove/tell-all.ts'
import type { Limit } from '../counters/limit.ts'
import type { JsonObject } from '../log-entry.ts'
import { countsOf, isCrowded, readAct, readBudget, readBytes, readComposition, tellLimit } from './use.ts'

const permit = (data: JsonObject) => readAct('decision.permit', data, 1_000)
const call: JsonObject = { decision: 'call', action: { name: 'docs/x', class: 'write' } }

describe('an act that a permit lets be done', () => {
  it('is a call, as it is named and classed', () => {
    expect(permit(call)).toEqual({
      name: 'docs/x',
      actionClass: 'write',
      orClasses: [],
      isChange: true,
      spend: 0,
      atMs: 1_000,
    })
    expect(permit({ decision: 'call' })).toMatchObject({ name: '', actionClass: '', isChange: false })
  })

  it('is what an enforcement point counts, and nothing else that is only asked', () => {
    expect(permit({ ...call, decision: 'evaluation', counts: true })?.name).toBe('docs/x')
    expect(permit({ ...call, decision: 'evaluation' })).toBeNull()
    expect(permit({ ...call, decision: 'evaluation', counts: 'true' })).toBeNull()
    expect(permit({ ...call, decision: 'task', counts: true })).toBeNull()
    expect(readAct('decision.denial', call, 1_000)).toBeNull()
  })

  it.each([
    ['read', false],
    ['write', true],
    ['administer', true],
    ['fly', false],
  ])('of class %s changes something: %s', (actionClass, isChange) => {
    expect(permit({ ...call, action: { class: actionClass } })?.isChange).toBe(isChange)
  })

  it('spends what is told once for all tasks of its chain', () => {
    const tolls = [{ kind: 'spend', adds: 3 }, { kind: 'spend', adds: 2 }, { kind: 'calls', adds: 9 }, 'x', null]
    expect(permit({ ...call, tolls })?.spend).toBe(3)
    const none: readonly JsonObject[] = [
      {},
      { tolls: 'x' },
      { tolls: [{ kind: 'spend' }] },
      { tolls: [{ kind: 'spend', adds: -4 }] },
      { tolls: [['spend']] },
    ]
    for (const more of none) expect(permit({ ...call, ...more })?.spend).toBe(0)
  })

  it('is, of a grant for another domain, one of the gravest class that is told or was asked', () => {
    const across = (more: JsonObject, asked: JsonObject = {}) =>
      permit({ decision: 'token', across: { resource: 'https://x', ...more }, asked: { across: { scopes: asked } } })
    expect(across({ scopes: ['a', 'b'] }, { a: 'read', b: 'delete', c: 'administer' })).toMatchObject({
      name: 'delete',
      actionClass: 'delete',
      orClasses: ['read'],
      isChange: true,
    })
    expect(across({ classes: ['read', 'write', 'fly'], scopes: ['a'] }, { a: 'read' })).toMatchObject({
      actionClass: 'write',
      orClasses: ['read'],
    })
    expect(across({ scopes: ['z'] })).toMatchObject({ name: '', actionClass: '', orClasses: [], isChange: false })
    expect(permit({ decision: 'token', across: {} })).toBeNull()
    expect(permit({ decision: 'token' })).toBeNull()
  })
})

describe('a budget as it is told', () => {
  const told = { callsMax: 1, writesMax: 2, bytesMax: 3 }
  it('is all of it or none', () => {
    expect(readBudget({ budget: told })).toEqual({ ...told, spendMax: 0 })
    expect(readBudget({ budget: { ...told, spendMax: 4, callsPerMinuteMax: 5 } })).toEqual({
      ...told,
      spendMax: 4,
      callsPerMinuteMax: 5,
    })
    for (const name of Object.keys(told)) expect(readBudget({ budget: { ...told, [name]: null } })).toBeNull()
    expect(readBudget({})).toBeNull()
  })
})

describe('a limit as it is told', () => {
  const limit = { name: 'few', of: 'docs/*', per: 'chain', callsMax: 2, windowSeconds: 60, state: 'active' }
  const told = (...all: readonly JsonObject[]): ReadonlyMap<string, Limit> => {
    const limits = new Map<string, Limit>()
    for (const each of all) tellLimit(limits, each)
    return limits
  }

  it('is all of it or none', () => {
    expect(told(limit).get('few')).toEqual(limit)
    for (const name of ['of', 'per', 'callsMax', 'windowSeconds', 'state'])
      expect(told({ ...limit, [name]: 'no such thing' }).size).toBe(0)
    expect(told({ ...limit, of: null }).size).toBe(0)
    expect(told({ ...limit, name: null }).get('')).toMatchObject({ name: '' })
    expect(told({ ...limit, per: 'organisation' }).get('few')?.per).toBe('organisation')
    expect(told({ ...limit, state: 'ended' }).get('few')?.state).toBe('ended')
  })

  it('is that one where it is set again, and none beyond a hundred', () => {
    const many = Array.from({ length: 100 }, (_, at) => ({ ...limit, name: `n${at}` }))
    const all = told(...many, limit, { ...limit, name: 'n7', callsMax: 9 })
    expect([all.size, all.get('few'), all.get('n7')?.callsMax]).toEqual([100, undefined, 9])
  })

  const tasks = [
    { id: 't2', identityId: 'i2' },
    { id: 't1', identityId: 'i1' },
    { id: 't0', identityId: 'i1' },
  ]
  const counted = (more: JsonObject, act: Readonly<Record<string, unknown>> = {}): readonly string[] =>
    countsOf(told({ ...limit, ...more }), {
      act: { name: 'docs/x', actionClass: 'read', orClasses: [], isChange: false, spend: 0, atMs: 0, ...act },
      tasks,
    }).map(({ id }) => id)

  it('counts each identity of a chain, the chain by its root, or everybody', () => {
    expect(counted({ per: 'identity' })).toEqual(['few@60/identity/i2', 'few@60/identity/i1'])
    expect(counted({ per: 'chain' })).toEqual(['few@60/chain/t0'])
    expect(counted({ per: 'organisation' })).toEqual(['few@60/organisation/all'])
  })

  it('counts what falls under its name or class, and what may be of that class elsewhere', () => {
    expect(counted({ of: 'mail/*' })).toEqual([])
    expect(counted({ state: 'ended' })).toEqual([])
    expect(counted({ of: 'read' })).toHaveLength(1)
    expect(counted({}, { actionClass: 'fly' })).toEqual([])
    expect(counted({ of: 'delete' }, { orClasses: ['write', 'delete'] })).toHaveLength(1)
    expect(counted({ of: 'delete' }, { orClasses: ['write'] })).toEqual([])
    expect(counted({ of: 'fly' }, { orClasses: ['fly'] })).toEqual([])
  })
})

describe('what is counted', () => {
  const task = (id: string, parentId: string | null, budget: JsonObject = {}): Said => ({
    kind: 'decision.permit',
    data: {
      decision: parentId === null ? 'task' : 'delegation',
      taskId: id,
      parentId,
      identityId: 'i',
      endsMs: 9,
      budget: { callsMax: 9, writesMax: 9, bytesMax: 9, ...budget },
    },
  })
  const act = (data: JsonObject = {}): Said => ({ kind: 'decision.permit', data: { ...call, taskId: 'b', ...data } })

  it('is each act for its task and those above, and its moment only where they are bounded in a minute', () => {
    const told = tellAll(
      task('a', null, { callsPerMinuteMax: 1 }),
      task('b', 'a'),
      act({ tolls: [{ kind: 'spend', adds: 2 }] }),
      act({ action: { name: 'docs/x', class: 'read' } }),
      { kind: 'decision.denial', data: { ...call, taskId: 'b' } },
    )
    const used = { calls: 2, writes: 1, bytes: 0, spend: 2 }
    expect(told.uses.get('b')).toEqual({ ...used, times: [] })
    expect(told.uses.get('a')).toEqual({ ...used, times: [12, 13] })
  })

  it('is each act under each limit that holds it', () => {
    const limit = { name: 'few', of: 'docs/*', per: 'chain', callsMax: 2, windowSeconds: 60, state: 'active' }
    const told = tellAll({ kind: 'limit.set', data: limit }, task('a', null), task('b', 'a'), act(), act())
    expect(told.counts).toEqual(new Map([['few@60/chain/a', [13, 14]]]))
  })

  it('is no fewer bytes than none', () => {
    expect([readBytes({ resultBytes: 5 }), readBytes({ resultBytes: -5 }), readBytes({})]).toEqual([5, 0, 0])
  })

  it('takes a late act in the place of its moment, but past no more than so many others', () => {
    const many = Array.from({ length: 4_097 }, (_, at): Said => act({ taskId: 'a', weighedMs: 100 + at }))
    const late = act({ taskId: 'a', weighedMs: 50 })
    const begun = task('a', null, { callsPerMinuteMax: 1, callsMax: 9_999 })
    const at = (lines: readonly Said[]): Said[] => lines.map((each) => ({ ...each, atMs: 60_000 }))
    const { times = [] } = tellAll(begun, ...at([...many, late])).uses.get('a') ?? {}
    expect(times.slice(0, 3)).toEqual([100, 100, 101])
    expect(times).toHaveLength(4_098)
  })
})

describe('a window', () => {
  it('is crowded from one more than it may hold on, and not by what lies a whole window before', () => {
    expect(isCrowded([], 0, 0, 10)).toBe(true)
    expect(isCrowded([], 0, 1, 10)).toBe(false)
    expect([isCrowded([0], 9, 1, 10), isCrowded([0], 10, 1, 10)]).toEqual([true, false])
    expect([isCrowded([9], 0, 1, 10), isCrowded([10], 0, 1, 10)]).toEqual([true, false])
    expect(isCrowded([0, 5], 20, 2, 10)).toBe(false)
  })
})

it('what an identity is made of is told by its model, or not at all', () => {
  const made = { model: 'm', promptDigest: 'p', toolsDigest: 't' }
  expect(readComposition({ composition: made })).toEqual(made)
  expect(readComposition({ composition: { model: 'm' } })).toEqual({
    model: 'm',
    promptDigest: null,
    toolsDigest: null,
  })
  expect([readComposition({}), readComposition({ composition: { promptDigest: 'p' } })]).toEqual([null, null])
})
