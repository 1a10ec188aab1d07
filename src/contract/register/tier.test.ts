import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS, tierFacts } from '../../../test/arbitraries.ts'
import { ACTION_CLASSES, gravestClass, rankClass } from '../action-class.ts'
import { maxSensitivity } from '../sensitivity.ts'
import {
  AUTONOMIES,
  computeTier,
  maxTier,
  REACHES,
  rankTier,
  TIER_TERMS,
  TIERS,
  type Tier,
  type TierFacts,
  type TierTerms,
} from './tier.ts'

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

  /** The mildest that there is, but for what is said of it. */
  const mild = (more: Partial<TierFacts> = {}): TierFacts => ({
    classes: ['read'],
    sensitivity: 'public',
    autonomy: 'supervised',
    reach: 'sandbox',
    ...more,
  })

  /** For each reason the mildest facts that it holds of, and the facts that fall just short of it. */
  const EDGES: readonly (readonly [string, Tier, Partial<TierFacts>, readonly Partial<TierFacts>[]])[] = [
    ['it works outside a sandbox', 'T1', { reach: 'team' }, [{}]],
    ['it reads data that is not public', 'T1', { sensitivity: 'internal' }, [{}]],
    [
      'it writes outside a sandbox',
      'T2',
      { classes: ['write'], reach: 'team' },
      [{ classes: ['write'] }, { reach: 'team' }],
    ],
    ['it reads confidential data', 'T2', { sensitivity: 'confidential' }, [{ sensitivity: 'internal' }]],
    ['it deletes or executes', 'T2', { classes: ['delete'] }, [{ classes: ['write'] }]],
    [
      'it writes to production',
      'T3',
      { classes: ['write'], reach: 'production' },
      [{ classes: ['write'], reach: 'organisation' }, { reach: 'production' }],
    ],
    ['it deploys', 'T3', { classes: ['deploy'] }, [{ classes: ['execute'] }]],
    [
      'it deletes or executes on its own, unwatched',
      'T3',
      { classes: ['delete'], autonomy: 'autonomous' },
      [
        { classes: ['delete'], autonomy: 'bounded' },
        { classes: ['write'], autonomy: 'autonomous' },
      ],
    ],
    ['it reads restricted data', 'T3', { sensitivity: 'restricted' }, [{ sensitivity: 'confidential' }]],
    ['it administers', 'T4', { classes: ['administer'] }, [{ classes: ['delegate'] }]],
    [
      'it changes restricted data',
      'T4',
      { classes: ['write'], sensitivity: 'restricted' },
      [{ classes: ['write'], sensitivity: 'confidential' }, { sensitivity: 'restricted' }],
    ],
  ]

  it.each(EDGES)('is raised because %s, to %s, from there on and not before', (because, tier, enough, tooLittle) => {
    expect(computeTier(mild(enough))).toEqual({ tier, reasons: [because] })
    for (const less of tooLittle) expect(computeTier(mild(less)).reasons).not.toContain(because)
  })

  it('of what is the mildest in everything is T0, and says why', () => {
    expect(computeTier(mild())).toEqual({ tier: 'T0', reasons: ['an experiment in a sandbox, on public data'] })
  })

  it('gives every reason for the tier, and none for a milder one', () => {
    const facts = mild({ classes: ['deploy'], sensitivity: 'confidential', reach: 'production' })
    expect(computeTier(facts)).toEqual({ tier: 'T3', reasons: ['it writes to production', 'it deploys'] })
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

  it.each<[Tier, string, TierTerms['activationSeats'], number, number]>([
    ['T0', 'sandbox', ['owner'], 8 * 60, 60],
    ['T1', 'observer', ['owner'], 8 * 60, 30],
    ['T2', 'contributor', ['owner', 'sponsor'], 4 * 60, 15],
    ['T3', 'operator', ['owner', 'security'], 60, 5],
    ['T4', 'critical', ['owner', 'security', 'security'], 30, 2],
  ])(
    'of %s (%s) are approved by %j, with %i minutes for a task and %i for a token',
    (tier, name, seats, task, token) => {
      expect(TIER_TERMS[tier]).toMatchObject({
        name,
        activationSeats: seats,
        longestTaskSeconds: task * 60,
        longestCredentialSeconds: token * 60,
      })
    },
  )

  it('of a sandbox alone allow a static secret and go without rehearsals', () => {
    expect(TIERS.filter((tier) => TIER_TERMS[tier].staticSecretAllowed)).toEqual(['T0'])
    expect(TIERS.filter((tier) => TIER_TERMS[tier].rehearsalEveryDays === undefined)).toEqual(['T0'])
  })

  it.each<[TierTerms['proofOfPossession'] | TierTerms['taskApproval'], readonly Tier[]]>([
    ['optional', ['T0', 'T1']],
    ['required', ['T2', 'T3']],
    ['attested', ['T4']],
    ['none', ['T0', 'T1', 'T2']],
    ['each-task', ['T3']],
    ['each-action', ['T4']],
  ])('ask for a proof of possession, or an approval of work, that is %s: %j', (term, tiers) => {
    const asking = TIERS.filter((tier) =>
      [TIER_TERMS[tier].proofOfPossession, TIER_TERMS[tier].taskApproval].includes(term),
    )
    expect(asking).toEqual(tiers)
  })

  it('hold a pivot for a person where people look at the work, and deny it where it is too mild or too grave for that', () => {
    expect(TIERS.map((tier) => TIER_TERMS[tier].pivot)).toEqual(['denied', 'denied', 'held', 'held', 'denied'])
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
