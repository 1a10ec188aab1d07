import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { PolicyChange, PolicyEffect } from '../../../contract/policy.ts'
import { canonicalJson } from '../../../ground/canonical-json.ts'
import type { ReadPolicy } from '../policy.ts'
import { bodyOf } from './find-oddities.ts'

/** What changes between two sets, and what all of it together may do. */
export interface PolicyDifference {
  readonly effect: PolicyEffect
  readonly changes: readonly PolicyChange[]
}

/**
 * Says how two sets differ, by id. `tightens` is said only of what can allow nothing that was denied before; all that
 * cannot be shown to be so counts as `loosens`. A policy that errs denies, so that taking one away that can err loosens.
 */
export function comparePolicies(before: readonly ReadPolicy[], after: readonly ReadPolicy[]): PolicyDifference {
  const [old, now] = [byId(before), byId(after)]
  const kept = renamed(before, after)
  const changes = [
    ...before.filter(({ id }) => !now.has(id)).map((policy) => describeRemoved(policy, kept)),
    ...after.flatMap((policy) => describePresent(old.get(policy.id), policy, kept)),
  ]
  return { effect: gravest(changes), changes: changes.toSorted((a, b) => (a.id < b.id ? -1 : 1)) }
}

/** The gravest effect of all counts for a set. */
function gravest(changes: readonly PolicyChange[]): PolicyEffect {
  const has = (effect: PolicyEffect): boolean => changes.some((change) => change.effect === effect)
  return has('loosens') ? 'loosens' : has('tightens') ? 'tightens' : 'words'
}

function byId(policies: readonly ReadPolicy[]): ReadonlyMap<string, ReadPolicy> {
  return new Map(policies.map((policy) => [policy.id, policy]))
}

/** What stands in both sets, under whichever id. */
function renamed(before: readonly ReadPolicy[], after: readonly ReadPolicy[]): ReadonlySet<string> {
  const old = new Set(before.map(allOf))
  return new Set(after.map(allOf).filter((all) => old.has(all)))
}

/** What a policy does, with how many people it takes to lift what it holds, and what it asks of whoever enforces it. */
function allOf({ json, body = bodyOf(json), approvers = 1, obligation }: ReadPolicy): string {
  return `${approvers} ${sayObligation(obligation)} ${body}`
}

function sayObligation(obligation: ReadPolicy['obligation']): string {
  return obligation === undefined ? '' : canonicalJson([obligation.type, obligation.properties])
}

function describeRemoved(policy: ReadPolicy, kept: ReadonlySet<string>): PolicyChange {
  const { id, text, json, effect, obligation } = policy
  const change = { id, change: 'removed', before: text, after: null } as const
  if (kept.has(allOf(policy))) return { ...change, effect: 'words', because: 'the same stays under another id' }
  if (effect === 'forbid') return { ...change, effect: 'loosens', because: 'nothing forbids this any more' }
  if (obligation !== undefined)
    return { ...change, effect: 'loosens', because: 'what others permit too has no obligation by it any more' }
  return canErr(json)
    ? { ...change, effect: 'loosens', because: 'where it erred everything was denied' }
    : { ...change, effect: 'tightens', because: 'it permits nothing any more' }
}

function describePresent(
  old: ReadPolicy | undefined,
  policy: ReadPolicy,
  kept: ReadonlySet<string>,
): readonly PolicyChange[] {
  const { id, text, effect } = policy
  if (old === undefined) {
    const change = { id, change: 'added', before: null, after: text } as const
    if (kept.has(allOf(policy))) return [{ ...change, effect: 'words', because: 'the same stood under another id' }]
    return effect === 'forbid'
      ? [{ ...change, effect: 'tightens', because: 'it only forbids' }]
      : [{ ...change, effect: 'loosens', because: 'it permits more' }]
  }
  if (old.text === text) return []
  return [{ id, change: 'changed', before: old.text, after: text, ...judgeChange(old, policy) }]
}

type Judged = Pick<PolicyChange, 'effect' | 'because'>

/** How many people lift what a policy holds is as good as what it says. */
function judgeChange(before: ReadPolicy, after: ReadPolicy): Judged {
  const more = (after.approvers ?? 1) - (before.approvers ?? 1)
  if (more < 0) return { effect: 'loosens', because: 'fewer people approve what it holds' }
  if (before.obligation !== undefined && allOf({ ...before, approvers: 1 }) !== allOf({ ...after, approvers: 1 }))
    return { effect: 'loosens', because: 'its obligation may bind less' }
  const judged = judgeBody(before.json, after.json)
  if (judged.effect !== 'words') return judged
  if (sayObligation(before.obligation) !== sayObligation(after.obligation))
    return { effect: 'tightens', because: 'it is permitted only with an obligation' }
  if (more === 0) return judged
  return { effect: 'tightens', because: 'more people approve what it holds' }
}

function judgeBody(before: PolicyJson, after: PolicyJson): Judged {
  if (bodyOf(before) === bodyOf(after)) return { effect: 'words', because: 'only its words are others' }
  if (before.effect !== after.effect)
    return after.effect === 'forbid' && !canErr(before)
      ? { effect: 'tightens', because: 'it forbids what it permitted' }
      : { effect: 'loosens', because: 'it permits what it forbade' }
  const [fewer, more] = after.effect === 'permit' ? [before, after] : [after, before]
  if (!hasSameScope(before, after) || !beginsWith(more, fewer))
    return { effect: 'loosens', because: 'it cannot be shown to allow nothing new' }
  return after.effect === 'permit'
    ? { effect: 'tightens', because: 'it permits only under further conditions' }
    : { effect: 'tightens', because: 'it forbids under fewer conditions' }
}

function hasSameScope(a: PolicyJson, b: PolicyJson): boolean {
  const scope = ({ principal, action, resource }: PolicyJson): string => canonicalJson([principal, action, resource])
  return scope(a) === scope(b)
}

/**
 * True where `more` asks all that `fewer` does, first and in the same order, and then something else. The order counts:
 * what is asked first keeps what follows from being asked, and so from erring.
 */
function beginsWith(more: PolicyJson, fewer: PolicyJson): boolean {
  return fewer.conditions.every((clause, at) => JSON.stringify(clause) === JSON.stringify(more.conditions[at] ?? null))
}

/** What a policy can hold that errs although it validates: arithmetic that overflows, and what is read off an entity. */
const SAFE_ROOTS: readonly string[] = ['principal', 'resource', 'context']
const MAY_OVERFLOW: readonly string[] = ['+', '-', '*', 'neg', 'offset', 'durationSince', 'toDate']

/** True unless it is certain that a validated policy never errs, whatever the request. */
function canErr({ conditions }: PolicyJson): boolean {
  return conditions.some(({ body }) => holdsRisk(body))
}

function holdsRisk(expression: unknown): boolean {
  if (Array.isArray(expression)) return expression.some(holdsRisk)
  if (typeof expression !== 'object' || expression === null) return false
  return Object.entries(expression).some(([operator, operands]) => {
    if (MAY_OVERFLOW.includes(operator)) return true
    if (operator === '.' || operator === 'getTag') return isFarRead(operands, operator === 'getTag')
    return operator !== 'Value' && holdsRisk(operands)
  })
}

/**
 * What a request names itself is always there with its facts, and so are the records in it: one or two steps from a
 * variable are safe. Further away lie entities that a request need not bring; a tag need not be there at all, and is
 * safe only behind a `hasTag`, which is not looked for here.
 */
function isFarRead(operands: unknown, isTag: boolean): boolean {
  return isTag || depthOf(operands) > 2
}

function depthOf(operands: unknown): number {
  const { left } = (operands ?? {}) as { readonly left?: unknown }
  const { Var, '.': further } = (left ?? {}) as { readonly Var?: unknown; readonly '.'?: unknown }
  if (typeof Var === 'string') return SAFE_ROOTS.includes(Var) ? 1 : Number.POSITIVE_INFINITY
  return further === undefined ? Number.POSITIVE_INFINITY : 1 + depthOf(further)
}
