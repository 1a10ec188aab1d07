import type { PolicyAnswer, PolicyEngine, PolicyRequest } from './engine.ts'

/** Two engines that should have answered alike, and did not. */
export interface Mismatch {
  readonly request: PolicyRequest
  readonly compiled: PolicyAnswer
  readonly oracle: PolicyAnswer
}

/** Gives a mismatch as an error for the operator. */
export function describeMismatch({ request, compiled, oracle }: Mismatch): Error {
  const { principal, action, resource } = request
  const about = [principal, action, resource].map(({ type, id }) => `${type}::${JSON.stringify(id)}`).join(', ')
  return new Error(
    `The compiled policies and Cedar's own engine differ on ${about}: ${JSON.stringify(compiled)} beside ` +
      `${JSON.stringify(oracle)}. Cedar's answer counts, and from now on Cedar decides.`,
  )
}

/**
 * Lets one engine decide, and asks the oracle too for one decision in `every`, the first among them. Where they differ,
 * `report` is told, the oracle's answer counts, and the oracle decides from there on: an engine that was wrong once is
 * not asked again.
 */
export function createCheckedEngine(
  compiled: PolicyEngine,
  oracle: PolicyEngine,
  every: number,
  report: (mismatch: Mismatch) => void,
): PolicyEngine {
  let isTrusted = true
  let untilCheck = 1
  return {
    decide: (request) => {
      if (!isTrusted) return oracle.decide(request)
      const answer = compiled.decide(request)
      untilCheck -= 1
      if (untilCheck > 0) return answer
      untilCheck = every
      const other = oracle.decide(request)
      if (isSame(answer, other)) return answer
      isTrusted = false
      report({ request, compiled: answer, oracle: other })
      return other
    },
    hasErred: () => !isTrusted,
  }
}

/** The words of an error are each engine's own; that there is one is not. */
function isSame(a: PolicyAnswer, b: PolicyAnswer): boolean {
  return (
    a.allowed === b.allowed &&
    a.errors.length > 0 === b.errors.length > 0 &&
    a.determining.length === b.determining.length &&
    a.determining.every((id, at) => id === b.determining[at])
  )
}
