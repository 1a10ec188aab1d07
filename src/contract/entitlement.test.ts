import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { names, RUNS, scopes } from '../../test/arbitraries.ts'
import { type Entitlement, entitledScope, isEntitled, isInForce, nearestEntitled } from './entitlement.ts'
import { allowsInScope, containsScope } from './scope.ts'

const entitle = (more: Partial<Entitlement>): Entitlement => ({
  id: 'ent_1',
  identityId: 'idn_1',
  scope: [{ action: 'docs/*', resource: 'docs:*' }],
  classes: ['read'],
  ceiling: 'internal',
  approval: 'none',
  reason: 'because',
  requestedBy: 'psn_1',
  startsMs: 10,
  endsMs: 20,
  state: 'granted',
  ...more,
})
const entitlements = fc.array(
  fc
    .record({
      scope: scopes,
      startsMs: fc.nat(20),
      endsMs: fc.nat(30),
      state: fc.constantFrom<Entitlement['state']>('granted', 'granted', 'proposed', 'ended'),
    })
    .map(entitle),
  { maxLength: 3 },
)

describe('an entitlement', () => {
  it.each<[string, Partial<Entitlement>, number, boolean]>([
    ['before its start', {}, 9, false],
    ['from its start', {}, 10, true],
    ['until just before its end', {}, 19, true],
    ['at its end', {}, 20, false],
    ['only proposed', { state: 'proposed' }, 15, false],
    ['ended early', { state: 'ended' }, 15, false],
    ['without an end that is a number', { endsMs: Number.NaN }, 15, false],
  ])('%s is in force: %#', (_, more, atMs, inForce) => {
    expect(isInForce(entitle(more), atMs)).toBe(inForce)
  })
})

describe('what an identity may ask for', () => {
  it('is never more than one of its entitlements in force allows', () => {
    fc.assert(
      fc.property(entitlements, fc.nat(30), names, names, (all, atMs, action, resource) => {
        const inForce = all.filter((each) => isInForce(each, atMs))
        const allowed = inForce.some((each) => allowsInScope(each.scope, action, resource))
        expect(allowsInScope(entitledScope(all, atMs), action, resource)).toBe(allowed)
      }),
      RUNS,
    )
  })

  it('is told, where it asks for too much, as the part of it that it may have', () => {
    fc.assert(
      fc.property(entitlements, scopes, fc.nat(30), (all, asked, atMs) => {
        const nearest = nearestEntitled(all, asked, atMs)
        expect(isEntitled(all, nearest, atMs)).toBe(true)
        expect(containsScope(asked, nearest)).toBe(true)
        if (isEntitled(all, asked, atMs)) expect(containsScope(nearest, asked)).toBe(true)
      }),
      RUNS,
    )
  })
})
