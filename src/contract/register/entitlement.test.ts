import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { names, RUNS, scopes, sensitivities } from '../../../test/arbitraries.ts'
import { ACTION_CLASSES } from '../action-class.ts'
import { allowsInScope } from '../scope.ts'
import { isWithinCeiling } from '../sensitivity.ts'
import { type Allowance, type Entitlement, findEntitlementWidening, isInForce } from './entitlement.ts'

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

describe('an entitlement that is narrowed', () => {
  const wide: Allowance = {
    scope: [{ action: 'docs/*', resource: 'docs:a*' }],
    classes: ['read', 'write'],
    ceiling: 'confidential',
    approval: 'each-call',
    approvers: 2,
    endsMs: 20,
  }

  it.each<[string, Partial<Allowance>, string | null]>([
    ['nothing', {}, null],
    ['a scope inside', { scope: [{ action: 'docs/read', resource: 'docs:a/b' }] }, null],
    ['nothing at all', { scope: [] }, null],
    [
      'a scope outside',
      { scope: [{ action: 'docs/*', resource: 'docs:*' }] },
      'its scope lies outside of the one before',
    ],
    ['fewer classes', { classes: ['read'] }, null],
    ['another class', { classes: ['read', 'delete'] }, 'it has a class of actions that was not there'],
    ['a lower ceiling', { ceiling: 'public' }, null],
    ['a higher ceiling', { ceiling: 'restricted' }, 'its ceiling is higher'],
    ['no approvals', { approval: 'none' }, 'nobody approves each call any more'],
    ['more approvers', { approvers: 3 }, null],
    ['fewer approvers', { approvers: 1 }, 'fewer people approve each call'],
    ['an earlier end', { endsMs: 19 }, null],
    ['a later end', { endsMs: 21 }, 'it ends later'],
    ['an end that is no number', { endsMs: Number.NaN }, 'it ends later'],
  ])('to %s', (_, more, wider) => {
    expect(findEntitlementWidening(wide, { ...wide, ...more })).toBe(wider)
  })

  it('counts one approver where nobody said how many', () => {
    const { approvers: _approvers, ...one } = wide
    expect(findEntitlementWidening(one, { ...wide, approvers: 1 })).toBeNull()
    expect(findEntitlementWidening(wide, one)).toBe('fewer people approve each call')
  })

  it('allows no act that it did not allow', () => {
    const allowances: fc.Arbitrary<Allowance> = fc.record({
      scope: scopes,
      classes: fc.subarray([...ACTION_CLASSES]),
      ceiling: sensitivities,
      approval: fc.constantFrom('none', 'each-call'),
      approvers: fc.integer({ min: 1, max: 3 }),
      endsMs: fc.integer({ min: 0, max: 3 }),
    })
    const acts = fc.record({
      action: names,
      resource: names,
      actionClass: fc.constantFrom(...ACTION_CLASSES),
      sensitivity: sensitivities,
      atMs: fc.integer({ min: 0, max: 3 }),
    })
    type Act = typeof acts extends fc.Arbitrary<infer Each> ? Each : never
    const allows = (allowance: Allowance, act: Act): boolean =>
      allowsInScope(allowance.scope, act.action, act.resource) &&
      allowance.classes.includes(act.actionClass) &&
      isWithinCeiling(act.sensitivity, allowance.ceiling) &&
      act.atMs < allowance.endsMs
    fc.assert(
      fc.property(allowances, allowances, acts, (before, after, act) => {
        if (findEntitlementWidening(before, after) === null && allows(after, act))
          expect(allows(before, act)).toBe(true)
      }),
      RUNS,
    )
  })
})
