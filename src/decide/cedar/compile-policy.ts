import type { Clause, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import { compileExpression, type Evaluate, type Slots } from './compile-expression.ts'
import type { Situation } from './situation.ts'
import { demandBool } from './values/demand.ts'
import { EvaluationFault } from './values/evaluation-fault.ts'
import { readReference } from './values/read-value.ts'
import type { EntityUid } from './values/value.ts'

/** What one part of a scope asks of the entity that stands there. */
export type ScopePart =
  | { readonly asks: 'anything' }
  | { readonly asks: 'is'; readonly type: string }
  | { readonly asks: 'equals'; readonly uid: EntityUid }
  | { readonly asks: 'in'; readonly groups: readonly EntityUid[]; readonly type: string | undefined }

/** A policy ready to be asked. Its scope is what an index goes by; `holds` is everything after it. */
export interface CompiledPolicy {
  readonly id: string
  readonly effect: 'permit' | 'forbid'
  readonly principal: ScopePart
  readonly action: ScopePart
  readonly resource: ScopePart
  /** Errors: `EvaluationFault`. */
  readonly holds: (situation: Situation) => boolean
}

/** Compiles a policy, or a template with what stands in its slots. Errors: `EvaluationFault` for an unknown form. */
export function compilePolicy(id: string, policy: PolicyJson, slots: Slots = {}): CompiledPolicy {
  return {
    id,
    effect: policy.effect,
    principal: readScope(policy.principal, slots),
    action: readScope(policy.action, slots),
    resource: readScope(policy.resource, slots),
    holds: compileConditions(policy.conditions, slots),
  }
}

function compileConditions(conditions: readonly Clause[], slots: Slots): CompiledPolicy['holds'] {
  const clauses = conditions.map(({ kind, body }) => ({ wanted: kind === 'when', ask: compileExpression(body, slots) }))
  const [only] = clauses
  if (only !== undefined && clauses.length === 1) return holdsOne(only.ask, only.wanted)
  return (situation) => clauses.every(({ wanted, ask }) => demandBool(ask(situation)) === wanted)
}

function holdsOne(ask: Evaluate, wanted: boolean): CompiledPolicy['holds'] {
  return (situation) => demandBool(ask(situation)) === wanted
}

type Constraint = PolicyJson['principal'] | PolicyJson['action']

function readScope(constraint: Constraint, slots: Slots): ScopePart {
  switch (constraint.op) {
    case 'All':
      return { asks: 'anything' }
    case '==':
      return { asks: 'equals', uid: readPlace(constraint, slots) }
    case 'in':
      return { asks: 'in', groups: readGroups(constraint, slots), type: undefined }
    case 'is':
      return constraint.in === undefined
        ? { asks: 'is', type: constraint.entity_type }
        : { asks: 'in', groups: [readPlace(constraint.in, slots)], type: constraint.entity_type }
  }
}

function readGroups(constraint: object, slots: Slots): readonly EntityUid[] {
  return 'entities' in constraint && Array.isArray(constraint.entities)
    ? constraint.entities.map(readReference)
    : [readPlace(constraint, slots)]
}

function readPlace(place: object, slots: Slots): EntityUid {
  if ('entity' in place) return readReference(place.entity)
  const slot = 'slot' in place ? slots[String(place.slot)] : undefined
  if (slot === undefined) throw new EvaluationFault('nothing stands for a slot of the scope')
  return slot
}
