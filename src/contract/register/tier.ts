import { type ActionClass, gravestClass, rankClass } from '../action-class.ts'
import { rankSensitivity, type Sensitivity } from '../sensitivity.ts'

/** How much friction an identity earns, least to most. */
export const TIERS = ['T0', 'T1', 'T2', 'T3', 'T4'] as const
export type Tier = (typeof TIERS)[number]

/** How much the identity does without a person between its steps. */
export const AUTONOMIES = ['supervised', 'bounded', 'autonomous'] as const
export type Autonomy = (typeof AUTONOMIES)[number]

/** How far a mistake of the identity reaches. */
export const REACHES = ['sandbox', 'team', 'organisation', 'production'] as const
export type Reach = (typeof REACHES)[number]

/** What a tier is computed from. */
export interface TierFacts {
  readonly classes: readonly ActionClass[]
  readonly sensitivity: Sensitivity
  readonly autonomy: Autonomy
  readonly reach: Reach
}

/** Who must say yes: for an identity its owner and sponsor, `security` for the role `approver`, `admin` for that role. */
export type ApprovalSeat = 'owner' | 'sponsor' | 'security' | 'admin'

/** What a tier asks for and allows. Durations in seconds, review and rehearsal in days. */
export interface TierTerms {
  readonly name: string
  readonly activationSeats: readonly ApprovalSeat[]
  readonly taskApproval: 'none' | 'each-task' | 'each-action'
  readonly longestTaskSeconds: number
  readonly longestCredentialSeconds: number
  /**
   * What becomes of a call outside the scope of its task, and of a task by which what was read leaves its boundary: a person
   * may approve exactly that one, or nobody.
   */
  readonly pivot: 'denied' | 'held'
  /** With how many calls outside of its scope or purpose a task ends. */
  readonly pivotsMax: number
  readonly proofOfPossession: 'optional' | 'required' | 'attested'
  readonly delegationDepthMax: number
  readonly staticSecretAllowed: boolean
  readonly staleStateSeconds: number
  readonly reviewEveryDays: number
  readonly rehearsalEveryDays: number | undefined
}

const HOUR = 3600
const MINUTE = 60

/** The defaults of design section 7, a row a tier. */
export const TIER_TERMS: Readonly<Record<Tier, TierTerms>> = {
  T0: {
    name: 'sandbox',
    activationSeats: ['owner'],
    taskApproval: 'none',
    longestTaskSeconds: 8 * HOUR,
    longestCredentialSeconds: HOUR,
    pivot: 'denied',
    pivotsMax: 50,
    proofOfPossession: 'optional',
    delegationDepthMax: 1,
    staticSecretAllowed: true,
    staleStateSeconds: 5,
    reviewEveryDays: 180,
    rehearsalEveryDays: undefined,
  },
  T1: {
    name: 'observer',
    activationSeats: ['owner'],
    taskApproval: 'none',
    longestTaskSeconds: 8 * HOUR,
    longestCredentialSeconds: 30 * MINUTE,
    pivot: 'denied',
    pivotsMax: 20,
    proofOfPossession: 'optional',
    delegationDepthMax: 2,
    staticSecretAllowed: false,
    staleStateSeconds: 5,
    reviewEveryDays: 90,
    rehearsalEveryDays: 180,
  },
  T2: {
    name: 'contributor',
    activationSeats: ['owner', 'sponsor'],
    taskApproval: 'none',
    longestTaskSeconds: 4 * HOUR,
    longestCredentialSeconds: 15 * MINUTE,
    pivot: 'held',
    pivotsMax: 10,
    proofOfPossession: 'required',
    delegationDepthMax: 2,
    staticSecretAllowed: false,
    staleStateSeconds: 1,
    reviewEveryDays: 60,
    rehearsalEveryDays: 90,
  },
  T3: {
    name: 'operator',
    activationSeats: ['owner', 'security'],
    taskApproval: 'each-task',
    longestTaskSeconds: HOUR,
    longestCredentialSeconds: 5 * MINUTE,
    pivot: 'held',
    pivotsMax: 5,
    proofOfPossession: 'required',
    delegationDepthMax: 1,
    staticSecretAllowed: false,
    staleStateSeconds: 0,
    reviewEveryDays: 30,
    rehearsalEveryDays: 30,
  },
  T4: {
    name: 'critical',
    activationSeats: ['owner', 'security', 'security'],
    taskApproval: 'each-action',
    longestTaskSeconds: 30 * MINUTE,
    longestCredentialSeconds: 2 * MINUTE,
    pivot: 'denied',
    pivotsMax: 3,
    proofOfPossession: 'attested',
    delegationDepthMax: 0,
    staticSecretAllowed: false,
    staleStateSeconds: 0,
    reviewEveryDays: 14,
    rehearsalEveryDays: 14,
  },
}

interface TierRule {
  readonly floor: Tier
  readonly because: string
  readonly holds: (facts: TierFacts) => boolean
}

const gravest = (facts: TierFacts): number => rankClass(gravestClass(facts.classes))
const sensitive = (facts: TierFacts): number => rankSensitivity(facts.sensitivity)
const reaching = (facts: TierFacts): number => REACHES.indexOf(facts.reach)
const autonomous = (facts: TierFacts): number => AUTONOMIES.indexOf(facts.autonomy)

/** Each row holds upwards: more class, sensitivity, autonomy or reach never lowers the tier. */
const TIER_RULES: readonly TierRule[] = [
  { floor: 'T0', because: 'an experiment in a sandbox, on public data', holds: () => true },
  { floor: 'T1', because: 'it works outside a sandbox', holds: (f) => reaching(f) >= REACHES.indexOf('team') },
  {
    floor: 'T1',
    because: 'it reads data that is not public',
    holds: (f) => sensitive(f) >= rankSensitivity('internal'),
  },
  {
    floor: 'T2',
    because: 'it writes outside a sandbox',
    holds: (f) => gravest(f) >= rankClass('write') && reaching(f) >= REACHES.indexOf('team'),
  },
  { floor: 'T2', because: 'it reads confidential data', holds: (f) => sensitive(f) >= rankSensitivity('confidential') },
  { floor: 'T2', because: 'it deletes or executes', holds: (f) => gravest(f) >= rankClass('delete') },
  {
    floor: 'T3',
    because: 'it writes to production',
    holds: (f) => gravest(f) >= rankClass('write') && reaching(f) >= REACHES.indexOf('production'),
  },
  { floor: 'T3', because: 'it deploys', holds: (f) => gravest(f) >= rankClass('deploy') },
  {
    floor: 'T3',
    because: 'it deletes or executes on its own, unwatched',
    holds: (f) => gravest(f) >= rankClass('delete') && autonomous(f) >= AUTONOMIES.indexOf('autonomous'),
  },
  { floor: 'T3', because: 'it reads restricted data', holds: (f) => sensitive(f) >= rankSensitivity('restricted') },
  { floor: 'T4', because: 'it administers', holds: (f) => gravest(f) >= rankClass('administer') },
  {
    floor: 'T4',
    because: 'it changes restricted data',
    holds: (f) => gravest(f) >= rankClass('write') && sensitive(f) >= rankSensitivity('restricted'),
  },
]

/** A tier with the sentences that led to it. */
export interface ComputedTier {
  readonly tier: Tier
  readonly reasons: readonly string[]
}

/** Gives the highest floor that holds, with every reason for that floor. Monotone in each fact. */
export function computeTier(facts: TierFacts): ComputedTier {
  const held = TIER_RULES.filter((rule) => rule.holds(facts))
  const tier = held.reduce<Tier>((top, rule) => maxTier(top, rule.floor), 'T0')
  return { tier, reasons: held.filter((rule) => rule.floor === tier).map((rule) => rule.because) }
}

/** Gives 0 for T0 to 4 for T4. */
export function rankTier(tier: Tier): number {
  return TIERS.indexOf(tier)
}

/** Gives the higher of two tiers. */
export function maxTier(a: Tier, b: Tier): Tier {
  return rankTier(a) >= rankTier(b) ? a : b
}

/** No token of any tier lives longer, in seconds. */
export const longestCredentialSeconds = Math.max(
  ...Object.values(TIER_TERMS).map((terms) => terms.longestCredentialSeconds),
)
