import type { Scope } from '../../contract/scope.ts'
import type { ErrorCode } from '../../ground/errors.ts'

/** One row of a table of laws: what must hold, and what is said where it does not. */
export interface Law<Facts> {
  /** `law:…`, stable: logs and tests name it. */
  readonly rule: string
  readonly code: ErrorCode
  /** Total: it gives false, and never throws, where a fact is missing. */
  readonly holds: (facts: Facts) => boolean
  readonly says: (facts: Facts) => string
  /** How to ask for what was denied, or how to do without. */
  readonly ask: (facts: Facts) => string
  /** The nearest thing that would be allowed; nothing where it is left out. Of acts `near-acts.ts` says it. */
  readonly nearest?: (facts: Facts) => Scope
}

/** Gives the first law that does not hold: the tables stand in the order in which they are judged. */
export function findBroken<Facts>(laws: readonly Law<Facts>[], facts: Facts): Law<Facts> | undefined {
  return laws.find((law) => !law.holds(facts))
}

/** Makes laws over a part into laws over the whole. */
export function over<Facts, Part>(take: (facts: Facts) => Part, laws: readonly Law<Part>[]): readonly Law<Facts>[] {
  return laws.map((law) => {
    const { nearest } = law
    return {
      rule: law.rule,
      code: law.code,
      holds: (facts: Facts) => law.holds(take(facts)),
      says: (facts: Facts) => law.says(take(facts)),
      ask: (facts: Facts) => law.ask(take(facts)),
      ...(nearest === undefined ? {} : { nearest: (facts: Facts) => nearest(take(facts)) }),
    }
  })
}
