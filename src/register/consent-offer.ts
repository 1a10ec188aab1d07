import { ACTION_CLASSES, type ActionClass } from '../contract/action-class.ts'
import { type Entitlement, isInForce } from '../contract/register/entitlement.ts'
import type { PersonRight } from '../contract/register/person-right.ts'
import type { Purpose, ToolRule } from '../contract/register/purpose.ts'
import { intersectPatterns, matchesPattern, normaliseScope, type Pattern, type Scope } from '../contract/scope.ts'
import { isWithinCeiling, minSensitivity, SENSITIVITIES, type Sensitivity } from '../contract/sensitivity.ts'

/** What of a right, or of an entitlement, bounds a tool. */
type Right = Pick<PersonRight, 'scope' | 'classes' | 'ceiling' | 'startsMs' | 'endsMs' | 'state'>

/** Who acts for nobody is bounded by nobody's rights. */
const UNBOUNDED: Right = {
  scope: [{ action: '*', resource: '*' }],
  classes: ACTION_CLASSES,
  ceiling: 'restricted',
  startsMs: 0,
  endsMs: Number.MAX_SAFE_INTEGER,
  state: 'granted',
}

/** What a consent is worked out of: the identity's side, the person's side, and the tools that were reviewed. */
export interface OfferFacts {
  readonly purpose: Purpose
  readonly entitlements: readonly Entitlement[]
  /** Null where it is for nobody but the identity itself. */
  readonly rights: readonly Right[] | null
  /** Of the one server that is asked about. */
  readonly rules: readonly ToolRule[]
  /** The classes of action that the client asked for; empty where it named none. */
  readonly wanted: readonly ActionClass[]
  readonly longestSeconds: number
  readonly atMs: number
}

/** One tool that the person may let the identity use, and on what. */
export interface OfferedTool {
  /** `server/tool`, as a scope names it. */
  readonly action: string
  readonly tool: string
  readonly actionClass: ActionClass
  readonly resources: readonly Pattern[]
  /** True where a person is asked again before each call. */
  readonly isAskedEachTime: boolean
}

/** Why a tool stays closed, in the order in which that is looked at; `less` is what is left. */
const WITHHELD = {
  changed: 'it changed since people reviewed it',
  unwanted: 'it was not asked for',
  purpose: 'the purpose does not cover it',
  entitlement: 'the agent is not entitled to it',
  right: 'you have no right to it yourself',
  apart: 'what the agent may use and what you may use have nothing in common',
  less: 'only less sensitive data than the rest may be used with it',
} as const
type Withheld = keyof typeof WITHHELD

/** A tool that stays closed, and why: by its code, and in words. */
export interface WithheldTool {
  readonly tool: string
  readonly code: Withheld
  readonly because: string
}

/** What a person can consent to: never more than the identity is entitled to, and they may do themselves. */
export interface ConsentOffer {
  readonly tools: readonly OfferedTool[]
  readonly withheld: readonly WithheldTool[]
  /** The most sensitive data that all of it may touch. */
  readonly ceiling: Sensitivity
  readonly longestSeconds: number
}

/** What an entitlement and a right together allow of one tool. */
interface Both {
  readonly resource: Pattern
  readonly ceiling: Sensitivity
  readonly endsMs: number
  readonly approval: Entitlement['approval']
}

interface Candidate {
  readonly rule: ToolRule
  readonly both: readonly Both[]
}

/** What would end sooner is not worth a consent. */
const shortestMs = 60_000

/**
 * Gives the tools of a server that an identity may use on behalf of a person. One task has one ceiling: that is chosen
 * under which most tools are left, the higher of two.
 */
export function offerConsent(facts: OfferFacts): ConsentOffer {
  const candidates = facts.rules.map((rule) => ({ rule, both: findBoth(facts, rule) }))
  const ceiling = chooseCeiling(candidates)
  const tools = candidates.flatMap((candidate) => offerTool(candidate, ceiling) ?? [])
  const withheld = candidates
    .filter(({ rule }) => !tools.some(({ tool }) => tool === rule.tool))
    .map(({ rule, both }) => withhold(rule, findWithheld(facts, rule, both)))
  const ends = candidates.flatMap(({ both }) => latestOf(both.filter((row) => isWithinCeiling(ceiling, row.ceiling))))
  const longestMs = Math.min(facts.longestSeconds * 1000, ...ends.map((endsMs) => endsMs - facts.atMs))
  return { tools, withheld, ceiling, longestSeconds: Math.floor(longestMs / 1000) }
}

/** Gives the scope of these tools. */
export function scopeOfTools(tools: readonly OfferedTool[]): Scope {
  return normaliseScope(tools.flatMap(({ action, resources }) => resources.map((resource) => ({ action, resource }))))
}

function findBoth(facts: OfferFacts, rule: ToolRule): readonly Both[] {
  if (rule.state !== 'active' || !isWanted(facts, rule) || !facts.purpose.classes.includes(rule.actionClass)) return []
  const rights = usable(facts.rights ?? [UNBOUNDED], rule, facts.atMs)
  return usable(facts.entitlements, rule, facts.atMs).flatMap((entitlement) =>
    rights.flatMap((right) => meet(facts, rule, entitlement, right)),
  )
}

const isWanted = ({ wanted }: OfferFacts, rule: ToolRule): boolean =>
  wanted.length === 0 || wanted.includes(rule.actionClass)

const actionOf = (rule: ToolRule): string => `${rule.server}/${rule.tool}`

function usable<Row extends Entitlement | Right>(rows: readonly Row[], rule: ToolRule, atMs: number): readonly Row[] {
  return rows.filter(
    (row) =>
      isInForce(row, atMs) &&
      row.endsMs - atMs >= shortestMs &&
      row.classes.includes(rule.actionClass) &&
      row.scope.some((grant) => matchesPattern(grant.action, actionOf(rule))),
  )
}

function meet(facts: OfferFacts, rule: ToolRule, entitlement: Entitlement, right: Right): readonly Both[] {
  const resourcesOf = (scope: Scope): readonly Pattern[] =>
    scope.flatMap((grant) => (matchesPattern(grant.action, actionOf(rule)) ? [grant.resource] : []))
  const more = {
    ceiling: minSensitivity(facts.purpose.ceiling, minSensitivity(entitlement.ceiling, right.ceiling)),
    endsMs: Math.min(entitlement.endsMs, right.endsMs),
    approval: entitlement.approval,
  }
  return resourcesOf(entitlement.scope).flatMap((one) =>
    resourcesOf(right.scope).flatMap((other) => {
      const resource = intersectPatterns(one, other)
      return resource === undefined ? [] : [{ resource, ...more }]
    }),
  )
}

function chooseCeiling(candidates: readonly Candidate[]): Sensitivity {
  const countUnder = (ceiling: Sensitivity): number =>
    candidates.flatMap(({ both }) => both).filter((row) => isWithinCeiling(ceiling, row.ceiling)).length
  return SENSITIVITIES.reduce<Sensitivity>(
    (best, next) => (countUnder(next) >= countUnder(best) && countUnder(next) > 0 ? next : best),
    'public',
  )
}

function offerTool({ rule, both }: Candidate, ceiling: Sensitivity): OfferedTool | undefined {
  const fitting = both.filter((row) => isWithinCeiling(ceiling, row.ceiling))
  if (fitting.length === 0) return undefined
  const action = actionOf(rule)
  return {
    action,
    tool: rule.tool,
    actionClass: rule.actionClass,
    resources: normaliseScope(fitting.map(({ resource }) => ({ action, resource }))).map(({ resource }) => resource),
    isAskedEachTime: fitting.every(({ approval }) => approval === 'each-call'),
  }
}

/** A tool on a resource may be used until the last of what allows it ends. */
function latestOf(both: readonly Both[]): readonly number[] {
  const ends = new Map<Pattern, number>()
  for (const { resource, endsMs } of both) ends.set(resource, Math.max(endsMs, ends.get(resource) ?? 0))
  return [...ends.values()]
}

const withhold = ({ tool }: ToolRule, code: Withheld): WithheldTool => ({ tool, code, because: WITHHELD[code] })

function findWithheld(facts: OfferFacts, rule: ToolRule, both: readonly Both[]): Withheld {
  const rows: readonly (readonly [Withheld, boolean])[] = [
    ['changed', rule.state !== 'active'],
    ['unwanted', !isWanted(facts, rule)],
    ['purpose', !facts.purpose.classes.includes(rule.actionClass)],
    ['entitlement', usable(facts.entitlements, rule, facts.atMs).length === 0],
    ['right', usable(facts.rights ?? [UNBOUNDED], rule, facts.atMs).length === 0],
    ['apart', both.length === 0],
  ]
  return rows.find(([, holds]) => holds)?.[0] ?? 'less'
}
