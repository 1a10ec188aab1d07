import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS, tierFacts } from '../../test/arbitraries.ts'
import { ACTION_CLASSES, gravestClass, rankClass } from './action-class.ts'
import { maxSensitivity } from './sensitivity.ts'
import { AUTONOMIES, computeTier, maxTier, REACHES, rankTier, TIER_TERMS, TIERS, type TierFacts } from './tier.ts'

const later = <T>(list: readonly T[], a: T, b: T): T => (list.indexOf(a) >= list.indexOf(b) ? a : b)

/** Facts at least as grave as both. */
const worse = (a: TierFacts, b: TierFacts): TierFacts => ({
  classes: [...a.classes, ...b.classes],
  sensitivity: maxSensitivity(a.sensitivity, b.sensitivity),
  autonomy: later(AUTONOMIES, a.autonomy, b.autonomy),
  reach: later(REACHES, a.reach, b.reach),
})

describe('the tier', () => {
  it('never falls when class, sensitivity, autonomy or reach rise', () => {
    fc.assert(
      fc.property(tierFacts, tierFacts, (a, b) => {
        expect(rankTier(computeTier(worse(a, b)).tier)).toBeGreaterThanOrEqual(rankTier(computeTier(a).tier))
      }),
      RUNS,
    )
  })

  it('never falls when one fact alone rises', () => {
    fc.assert(
      fc.property(
        tierFacts,
        tierFacts,
        fc.constantFrom('classes', 'sensitivity', 'autonomy', 'reach'),
        (a, b, fact) => {
          const raised = { ...a, [fact]: worse(a, b)[fact as keyof TierFacts] }
          expect(rankTier(computeTier(raised).tier)).toBeGreaterThanOrEqual(rankTier(computeTier(a).tier))
        },
      ),
      RUNS,
    )
  })

  it('always has a reason, and no reason twice', () => {
    fc.assert(
      fc.property(tierFacts, (facts) => {
        const { reasons } = computeTier(facts)
        expect(reasons.length).toBeGreaterThan(0)
        expect(new Set(reasons).size).toBe(reasons.length)
      }),
      RUNS,
    )
  })

  it.each<[string, TierFacts, string]>([
    [
      'an experiment on public data',
      { classes: ['write'], sensitivity: 'public', autonomy: 'autonomous', reach: 'sandbox' },
      'T0',
    ],
    [
      'a read-only summariser',
      { classes: ['read'], sensitivity: 'internal', autonomy: 'bounded', reach: 'team' },
      'T1',
    ],
    [
      'one that files tickets',
      { classes: ['read', 'write'], sensitivity: 'internal', autonomy: 'bounded', reach: 'organisation' },
      'T2',
    ],
    [
      'one that deploys',
      { classes: ['read', 'deploy'], sensitivity: 'internal', autonomy: 'supervised', reach: 'team' },
      'T3',
    ],
    [
      'one that writes to production',
      { classes: ['write'], sensitivity: 'public', autonomy: 'supervised', reach: 'production' },
      'T3',
    ],
    [
      'one that rewrites access',
      { classes: ['administer'], sensitivity: 'public', autonomy: 'supervised', reach: 'sandbox' },
      'T4',
    ],
    [
      'one that changes restricted data',
      { classes: ['write'], sensitivity: 'restricted', autonomy: 'supervised', reach: 'team' },
      'T4',
    ],
  ])('of %s is the one of the table', (_, facts, tier) => {
    expect(computeTier(facts).tier).toBe(tier)
  })
})

describe('the terms of the tiers', () => {
  const rows = TIERS.map((tier) => TIER_TERMS[tier])

  it.each([
    ['the longest task', rows.map((row) => -row.longestTaskSeconds)],
    ['the longest credential', rows.map((row) => -row.longestCredentialSeconds)],
    ['the approvals', rows.map((row) => row.activationSeats.length)],
    ['the stale state', rows.map((row) => -row.staleStateSeconds)],
    ['the days between reviews', rows.map((row) => -row.reviewEveryDays)],
    ['the days between rehearsals', rows.map((row) => -(row.rehearsalEveryDays ?? 1_000))],
    ['static secrets', rows.map((row) => (row.staticSecretAllowed ? 0 : 1))],
    ['proof of possession', rows.map((row) => ['optional', 'required', 'attested'].indexOf(row.proofOfPossession))],
    ['approval of work', rows.map((row) => ['none', 'each-task', 'each-action'].indexOf(row.taskApproval))],
  ])('never grow milder upwards: %s', (_, strictness) => {
    expect(strictness).toEqual([...strictness].sort((a, b) => a - b))
  })

  it.each(TIERS)('of %s ask for an approval and let no credential outlive its task', (tier) => {
    expect(TIER_TERMS[tier].activationSeats.length).toBeGreaterThan(0)
    expect(TIER_TERMS[tier].longestCredentialSeconds).toBeLessThanOrEqual(TIER_TERMS[tier].longestTaskSeconds)
  })

  it('are raised, never lowered, by taking the higher of two', () => {
    for (const a of TIERS)
      for (const b of TIERS) expect(rankTier(maxTier(a, b))).toBe(Math.max(rankTier(a), rankTier(b)))
  })
})

describe('the gravest class', () => {
  it('is one of the list, and none is graver', () => {
    const lists = fc.array(fc.constantFrom(...ACTION_CLASSES), { minLength: 1 })
    fc.assert(
      fc.property(lists, (classes) => {
        const gravest = gravestClass(classes)
        expect(classes).toContain(gravest)
        expect(classes.every((each) => rankClass(each) <= rankClass(gravest))).toBe(true)
      }),
      RUNS,
    )
    expect(gravestClass([])).toBe('read')
  })
})
