import type { ActionClass } from '../../contract/action-class.ts'
import type { Kept } from '../../contract/change.ts'
import type { Entitlement } from '../../contract/register/entitlement.ts'
import type { Purpose, ToolRule } from '../../contract/register/purpose.ts'
import { TIER_TERMS, type TierTerms } from '../../contract/register/tier.ts'
import { type Grant, isPattern, type Scope } from '../../contract/scope.ts'
import { isWithinCeiling, minSensitivity, SENSITIVITIES, type Sensitivity } from '../../contract/sensitivity.ts'
import type { Budget } from '../../contract/task.ts'
import { LIMITS } from '../../ground/limits.ts'
import { classesOf, coverGrant, nearestScope } from '../coverage.ts'
import type { Member } from '../lineage.ts'
import type { Law } from './law.ts'

/** The authority that somebody asks for, and all that bounds it. */
export interface Wish {
  readonly atMs: number
  /** Who would act. */
  readonly member: Member
  /** Every purpose that must cover it; undefined where one is unknown. */
  readonly purposes: readonly (Kept<Purpose> | undefined)[]
  readonly rules: readonly ToolRule[]
  readonly goal: string
  readonly ticket: string | null
  readonly scope: Scope
  readonly ceiling: Sensitivity
  readonly budget: Budget
  readonly lifeSeconds: number
}

/** The terms of the tier of who would act. */
export function termsOf(wish: Wish): TierTerms {
  return TIER_TERMS[wish.member.identity.tier]
}

/** When what is asked for would end. */
export function endOf(wish: Wish): number {
  return wish.atMs + wish.lifeSeconds * 1000
}

/** The classes that every purpose allows. */
export function classesAllowed(wish: Wish): readonly ActionClass[] {
  const [first, ...others] = wish.purposes.map((purpose) => purpose?.classes ?? [])
  return (first ?? []).filter((name) => others.every((classes) => classes.includes(name)))
}

const near = (wish: Wish): Scope => nearestScope(wish.scope, wish.member.entitlements, classesAllowed(wish), wish.rules)
const covers = (wish: Wish, grant: Grant): readonly Kept<Entitlement>[] =>
  coverGrant(wish.member.entitlements, grant, classesOf(wish.rules, grant.action))
const name = (grant: Grant | undefined): string => (grant === undefined ? 'it' : `${grant.action} on ${grant.resource}`)
const isBounded = (value: number, most: number): boolean => Number.isSafeInteger(value) && value >= 0 && value <= most
const isText = (text: string, most: number): boolean => text.isWellFormed() && text.length <= most

/** Gives the entitlement that a grant rests on: it covers classes, ceiling and end. */
export function backingOf(wish: Wish, grant: Grant): Kept<Entitlement> | undefined {
  return covers(wish, grant).find((row) => isWithinCeiling(wish.ceiling, row.ceiling) && endOf(wish) <= row.endsMs)
}

const uncovered = (wish: Wish): Grant | undefined => wish.scope.find((grant) => covers(wish, grant).length === 0)
const pivots = (wish: Wish): readonly string[] =>
  wish.scope.flatMap((grant) =>
    classesOf(wish.rules, grant.action)
      .filter((each) => !classesAllowed(wish).includes(each))
      .map((each) => `${grant.action} (${each})`),
  )

/** What a purpose and the entitlements allow at most, for somebody who asks for too sensitive data. */
function highestCeiling(wish: Wish): Sensitivity {
  const bounds = [
    ...wish.purposes.flatMap((purpose) => purpose?.ceiling ?? []),
    ...wish.scope.map(
      (grant) =>
        SENSITIVITIES.findLast((level) => covers(wish, grant).some((row) => row.ceiling === level)) ?? 'public',
    ),
  ]
  return bounds.reduce(minSensitivity, 'restricted')
}

const FORM: readonly (readonly [string, (wish: Wish) => boolean])[] = [
  [
    `Say the goal in at most ${LIMITS.textCharsMax} characters.`,
    (wish) => wish.goal.trim() !== '' && isText(wish.goal, LIMITS.textCharsMax),
  ],
  [
    `A ticket has at most ${LIMITS.nameCharsMax} characters.`,
    (wish) => wish.ticket === null || isText(wish.ticket, LIMITS.nameCharsMax),
  ],
  [
    'The life is a whole number of seconds, at least 1.',
    (wish) => isBounded(wish.lifeSeconds, LIMITS.entitlementDaysMax * 86_400) && wish.lifeSeconds > 0,
  ],
  [
    `A scope has 1 to ${LIMITS.scopeGrantsMax} grants.`,
    (wish) => wish.scope.length > 0 && wish.scope.length <= LIMITS.scopeGrantsMax,
  ],
  [
    `A scope has at most ${LIMITS.scopeCharsMax} characters.`,
    (wish) =>
      wish.scope.reduce((sum, grant) => sum + grant.action.length + grant.resource.length, 0) <= LIMITS.scopeCharsMax,
  ],
  [
    'Each action and resource is a name, or a prefix that ends in a star.',
    (wish) => wish.scope.every((grant) => isPattern(grant.action) && isPattern(grant.resource)),
  ],
  ['The ceiling is a known sensitivity.', (wish) => SENSITIVITIES.includes(wish.ceiling)],
  [
    'What may be spent is in one currency, named by three letters.',
    ({ budget: { spendMax, currency } }) =>
      (spendMax === undefined) === (currency === undefined) && (currency === undefined || CURRENCY.test(currency)),
  ],
  [
    `A budget is of whole numbers, at most ${LIMITS.callsMax} calls and ${LIMITS.bytesMax} bytes.`,
    ({ budget }) =>
      isBounded(budget.spendMax ?? 0, LIMITS.spendMax) &&
      isBounded(budget.callsPerMinuteMax ?? 0, LIMITS.callsMax) &&
      isBounded(budget.callsMax, LIMITS.callsMax) &&
      isBounded(budget.writesMax, LIMITS.callsMax) &&
      isBounded(budget.bytesMax, LIMITS.bytesMax),
  ],
]

const CURRENCY = /^[A-Z]{3}$/

const FORM_LAW: Law<Wish> = {
  rule: 'law:form',
  code: 'request_invalid',
  holds: (wish) => FORM.every(([, holds]) => holds(wish)),
  says: (wish) => FORM.find(([, holds]) => !holds(wish))?.[0] ?? '',
  ask: () => 'Ask again in the form that is asked for.',
}

/** The bounds of any authority: purpose, entitlements, ceiling, end. */
export const WISH_LAWS: readonly Law<Wish>[] = [
  FORM_LAW,
  {
    rule: 'law:known-purpose',
    code: 'purpose_exceeded',
    holds: (wish) => wish.purposes.length > 0 && wish.purposes.every((purpose) => purpose !== undefined),
    says: () => 'The purpose is not on the list of the organisation.',
    ask: () => 'Name a purpose of the list; an administrator can define one.',
  },
  {
    rule: 'law:purpose',
    code: 'purpose_exceeded',
    holds: (wish) => pivots(wish).length === 0,
    says: (wish) => `The purpose does not cover ${pivots(wish).slice(0, 5).join(', ')}: that is a pivot.`,
    ask: () => 'Name exactly the tools that the purpose covers; an administrator reviews tools and defines purposes.',
    nearest: near,
  },
  {
    rule: 'law:containment',
    code: 'scope_exceeded',
    holds: (wish) => uncovered(wish) === undefined,
    says: (wish) => `No entitlement in force of ${wish.member.identity.name} covers ${name(uncovered(wish))}.`,
    ask: (wish) =>
      `Ask the owner of ${wish.member.identity.name} to propose an entitlement for ${name(uncovered(wish))}.`,
    nearest: near,
  },
  {
    rule: 'law:ceiling',
    code: 'ceiling_exceeded',
    holds: (wish) =>
      wish.purposes.every((purpose) => purpose !== undefined && isWithinCeiling(wish.ceiling, purpose.ceiling)) &&
      wish.scope.every((grant) => covers(wish, grant).some((row) => isWithinCeiling(wish.ceiling, row.ceiling))),
    says: (wish) => `${wish.ceiling} data lies above what purpose and entitlements allow: ${highestCeiling(wish)}.`,
    ask: (wish) => `Ask with the ceiling ${highestCeiling(wish)}, or ask the owner to propose a higher entitlement.`,
    nearest: near,
  },
  {
    rule: 'law:tier-end',
    code: 'end_exceeded',
    holds: (wish) => wish.lifeSeconds <= termsOf(wish).longestTaskSeconds,
    says: (wish) =>
      `A task of tier ${wish.member.identity.tier} lasts at most ${termsOf(wish).longestTaskSeconds} seconds.`,
    ask: (wish) => `Ask for at most ${termsOf(wish).longestTaskSeconds} seconds.`,
    nearest: near,
  },
  {
    rule: 'law:entitlement-end',
    code: 'end_exceeded',
    holds: (wish) => wish.scope.every((grant) => backingOf(wish, grant) !== undefined),
    says: () => 'The task would outlive the entitlement that it rests on.',
    ask: (wish) => `Ask for a shorter life, or ask the owner of ${wish.member.identity.name} to renew the entitlement.`,
    nearest: near,
  },
]
