import type { PolicyNote } from '../../../contract/policy.ts'
import { EvaluationFault } from '../../cedar/values/evaluation-fault.ts'
import type { Place } from '../check/locate.ts'
import type { PolicyAnswer, PolicyEngine } from '../engine.ts'
import { askTrial } from './ask-trial.ts'
import type { Expected } from './read-cases.ts'
import type { TrialCase } from './trial-case.ts'

/** What a case expected, and what came. */
export interface TrialResult extends Place {
  readonly name: string
  readonly ok: boolean
  readonly expected: { readonly outcome: Expected['expect']; readonly by: readonly string[] | null }
  readonly came: { readonly outcome: Expected['expect']; readonly by: readonly string[] }
  /** Why the case could not be asked, or which policy could not be evaluated; then it fails, whatever it expected. */
  readonly errors: readonly string[]
}

/** Asks every case of the policies alone: no law is asked, and nothing is recorded. */
export function runTrials(engine: PolicyEngine, cases: readonly (TrialCase & Place)[]): readonly TrialResult[] {
  return cases.map((trial) => judgeTrial(trial, askEngine(engine, trial)))
}

/** Holds what came of a case against what it expected. */
export function judgeTrial(
  { file, line, column, name, expect, by }: Expected & Place,
  { allowed, determining, errors }: PolicyAnswer,
): TrialResult {
  const outcome = allowed ? 'permit' : 'denial'
  const isBy = by === null || [...by].sort().join('\n') === [...determining].sort().join('\n')
  const ok = errors.length === 0 && outcome === expect && isBy
  return { file, line, column, name, ok, expected: { outcome: expect, by }, came: { outcome, by: determining }, errors }
}

function askEngine(engine: PolicyEngine, trial: TrialCase): PolicyAnswer {
  try {
    return engine.decide(askTrial(trial))
  } catch (error) {
    if (!(error instanceof EvaluationFault)) throw error
    return { allowed: false, determining: [], errors: [error.message] }
  }
}

/** Gives a fault for a case that failed, where it stands. */
export function noteFailure(result: TrialResult): PolicyNote {
  const { file, line, column } = result
  return { file, line, column, id: null, kind: 'test', sentence: describeFailure(result), hint: null }
}

/** Writes what was expected of a case that failed, and what came. */
function describeFailure({ name, expected, came, errors }: TrialResult): string {
  if (errors.length > 0) return `"${name}": ${errors.join('; ')}`
  const say = (outcome: string, by: readonly string[] | null): string =>
    by === null ? outcome : `${outcome} by ${by.length === 0 ? 'no policy' : by.join(', ')}`
  return `"${name}": expected ${say(expected.outcome, expected.by)}, and ${say(came.outcome, came.by)} came`
}
