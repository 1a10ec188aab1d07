import type { CompiledPolicy } from './compile-policy.ts'
import { type ScopeIndex, visitMatching } from './scope-index.ts'
import type { Situation } from './situation.ts'
import { EvaluationFault } from './values/evaluation-fault.ts'

/** What policies say to one situation, as Cedar's authorizer does. */
export interface Verdict {
  readonly decision: 'allow' | 'deny'
  /** Ids of the forbids that hold, else of the permits; sorted. */
  readonly determining: readonly string[]
  /** Policies that could not be evaluated, sorted by id; they count neither way in `decision`. */
  readonly faults: readonly PolicyFault[]
}

export interface PolicyFault {
  readonly id: string
  readonly message: string
}

/** Asks every policy whose scope holds. Errors that are not of the language pass through. */
export function authorize(index: ScopeIndex, situation: Situation): Verdict {
  const held = { permit: new Set<string>(), forbid: new Set<string>() }
  const faults = new Map<string, string>()
  visitMatching(index, situation, (policy) => {
    const holds = ask(policy, situation)
    if (holds === true) held[policy.effect].add(policy.id)
    else if (holds !== false) faults.set(policy.id, holds.plain)
  })
  const determining = held.forbid.size > 0 ? held.forbid : held.permit
  return {
    decision: held.forbid.size === 0 && held.permit.size > 0 ? 'allow' : 'deny',
    determining: [...determining].sort(),
    faults: [...faults].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, message]) => ({ id, message })),
  }
}

function ask(policy: CompiledPolicy, situation: Situation): boolean | EvaluationFault {
  try {
    return policy.holds(situation)
  } catch (error) {
    if (error instanceof EvaluationFault) return error
    throw error
  }
}
