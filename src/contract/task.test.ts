import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { authorities, names, RUNS } from '../../test/arbitraries.ts'
import { allowsInScope, intersectScopes } from './scope.ts'
import { isWithinCeiling, minSensitivity } from './sensitivity.ts'
import {
  type Authority,
  ENDED_TASK_STATES,
  findExcess,
  isAcyclic,
  isLive,
  LIVING_TASK_STATES,
  TASK_STATES,
} from './task.ts'

/** The most that a child may be given of what it asks for. */
const narrow = (outer: Authority, asked: Authority): Authority => ({
  scope: intersectScopes(outer.scope, asked.scope),
  ceiling: minSensitivity(outer.ceiling, asked.ceiling),
  budget: {
    callsMax: Math.min(outer.budget.callsMax, asked.budget.callsMax),
    writesMax: Math.min(outer.budget.writesMax, asked.budget.writesMax),
    bytesMax: Math.min(outer.budget.bytesMax, asked.budget.bytesMax),
  },
  endsMs: Math.min(outer.endsMs, asked.endsMs),
  delegationDepthLeft: Math.min(outer.delegationDepthLeft - 1, asked.delegationDepthLeft),
})

describe('the states of a task', () => {
  it('are living or an end, and never both', () => {
    expect([...LIVING_TASK_STATES, ...ENDED_TASK_STATES].toSorted()).toEqual(TASK_STATES.toSorted())
  })
})

describe('a child task', () => {
  it('without excess never outlives its parent and never exceeds it in any bound', () => {
    fc.assert(
      fc.property(authorities, authorities, names, names, (outer, asked, action, resource) => {
        for (const inner of [asked, narrow(outer, asked)]) {
          if (findExcess(outer, inner).length > 0) continue
          expect(inner.endsMs).toBeLessThanOrEqual(outer.endsMs)
          expect(isWithinCeiling(inner.ceiling, outer.ceiling)).toBe(true)
          expect(inner.budget.callsMax).toBeLessThanOrEqual(outer.budget.callsMax)
          expect(inner.budget.writesMax).toBeLessThanOrEqual(outer.budget.writesMax)
          expect(inner.budget.bytesMax).toBeLessThanOrEqual(outer.budget.bytesMax)
          expect(inner.delegationDepthLeft).toBeLessThan(outer.delegationDepthLeft)
          if (allowsInScope(inner.scope, action, resource)) {
            expect(allowsInScope(outer.scope, action, resource)).toBe(true)
          }
        }
      }),
      RUNS,
    )
  })

  it('that takes no more than both allow has no excess', () => {
    fc.assert(
      fc.property(authorities, authorities, (outer, asked) => {
        expect(findExcess(outer, narrow(outer, asked))).toEqual([])
      }),
      RUNS,
    )
  })

  it('of a child stays inside the first parent, with less depth at every hop', () => {
    fc.assert(
      fc.property(authorities, authorities, authorities, (first, a, b) => {
        const second = narrow(first, a)
        const third = narrow(second, b)
        expect(findExcess(first, third)).toEqual([])
        expect(third.delegationDepthLeft).toBeLessThanOrEqual(first.delegationDepthLeft - 2)
      }),
      RUNS,
    )
  })

  const parent: Authority = {
    scope: [{ action: 'docs/*', resource: 'docs:/a/*' }],
    ceiling: 'internal',
    budget: { callsMax: 5, writesMax: 5, bytesMax: 5 },
    endsMs: 100,
    delegationDepthLeft: 1,
  }
  const child: Authority = { ...parent, delegationDepthLeft: 0 }
  it.each<[string, Partial<Authority>, string[]]>([
    ['nothing more', {}, []],
    ['an end one millisecond later', { endsMs: 101 }, ['end']],
    ['an end that is no number', { endsMs: Number.NaN }, ['end']],
    ['a higher ceiling', { ceiling: 'confidential' }, ['ceiling']],
    ['a wider resource', { scope: [{ action: 'docs/*', resource: 'docs:/*' }] }, ['scope']],
    ['another action', { scope: [{ action: 'mail/send', resource: 'docs:/a/*' }] }, ['scope']],
    ['one call more', { budget: { callsMax: 6, writesMax: 5, bytesMax: 5 } }, ['calls']],
    ['one write more', { budget: { callsMax: 5, writesMax: 6, bytesMax: 5 } }, ['writes']],
    ['one byte more', { budget: { callsMax: 5, writesMax: 5, bytesMax: 6 } }, ['bytes']],
    ['the same depth', { delegationDepthLeft: 1 }, ['depth']],
    ['two bounds broken', { endsMs: 101, ceiling: 'restricted' }, ['ceiling', 'end']],
  ])('that asks for %s is told which bound it breaks', (_, more, excess) => {
    expect(findExcess(parent, { ...child, ...more })).toEqual(excess)
  })
})

describe('a task', () => {
  it.each(TASK_STATES)('that is %s lives only if it is active, and only before its end', (state) => {
    expect(isLive({ state, endsMs: 10 }, 9)).toBe(state === 'active')
    expect(isLive({ state, endsMs: 10 }, 10)).toBe(false)
    expect(isLive({ state, endsMs: Number.NaN }, 10)).toBe(false)
  })

  it('that has ended does not live again later', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (endsMs, atMs, laterMs) => {
        return isLive({ state: 'active', endsMs }, atMs) || !isLive({ state: 'active', endsMs }, atMs + laterMs)
      }),
      RUNS,
    )
  })
})

describe('a chain', () => {
  const link = (identityId: string, taskId: string) => ({ identityId, name: identityId, taskId })

  it('that names an identity twice has a cycle, in whatever tasks', () => {
    expect(isAcyclic([link('a', '1'), link('b', '2')])).toBe(true)
    expect(isAcyclic([link('a', '1'), link('b', '2'), link('a', '3')])).toBe(false)
    expect(isAcyclic([])).toBe(true)
  })

  it('with a cycle keeps it however long it grows', () => {
    const links = fc.array(
      fc.constantFrom('a', 'b', 'c', 'd').map((id) => link(id, id)),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(links, links, (a, b) => isAcyclic(a) || !isAcyclic([...a, ...b])),
      RUNS,
    )
  })
})
