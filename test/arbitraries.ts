import fc from 'fast-check'
import { inject } from 'vitest'
import { ACTION_CLASSES } from '../src/contract/action-class.ts'
import { INTEGRITIES, type Labels } from '../src/contract/label.ts'
import { AUTONOMIES, REACHES, type TierFacts } from '../src/contract/register/tier.ts'
import type { Grant, Scope } from '../src/contract/scope.ts'
import { SENSITIVITIES } from '../src/contract/sensitivity.ts'
import type { Authority, Budget } from '../src/contract/task.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly runs?: number
  }
}

const runs = inject('runs')

/**
 * How often a law is tried. Where each of many changes of the code has its turn (tools/mutation) it is less often, on the
 * same examples each time, and nobody looks for the least one that breaks the law.
 */
export const RUNS = runs === undefined ? { numRuns: 10_000 } : { numRuns: runs, seed: 1, endOnFailure: true }

/** Names over a small alphabet, so that they meet often. */
export const names = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é'), minLength: 1, maxLength: 5 })
export const patterns = fc.oneof(
  { weight: 4, arbitrary: names },
  { weight: 4, arbitrary: names.map((stem) => `${stem}*`) },
  { weight: 1, arbitrary: fc.constant('*') },
)
export const grants: fc.Arbitrary<Grant> = fc.record({ action: patterns, resource: patterns })
export const scopes: fc.Arbitrary<Scope> = fc.array(grants, { maxLength: 6 })

export const sensitivities = fc.constantFrom(...SENSITIVITIES)
export const labels: fc.Arbitrary<Labels> = fc.record({
  confidentiality: sensitivities,
  integrity: fc.constantFrom(...INTEGRITIES),
})
export const budgets: fc.Arbitrary<Budget> = fc.record({
  callsMax: fc.nat(20),
  writesMax: fc.nat(20),
  bytesMax: fc.nat(20),
})
export const authorities: fc.Arbitrary<Authority> = fc.record({
  scope: scopes,
  ceiling: sensitivities,
  budget: budgets,
  endsMs: fc.nat(20),
  delegationDepthLeft: fc.nat(4),
})
export const tierFacts: fc.Arbitrary<TierFacts> = fc.record({
  classes: fc.array(fc.constantFrom(...ACTION_CLASSES), { maxLength: 4 }),
  sensitivity: sensitivities,
  autonomy: fc.constantFrom(...AUTONOMIES),
  reach: fc.constantFrom(...REACHES),
})
