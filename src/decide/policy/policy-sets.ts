import type { Clock } from '../../ground/clock.ts'
import { digestOf } from '../../ground/digest.ts'
import { LIMITS } from '../../ground/limits.ts'
import { type CheckApart, createCheckApart } from './check/check-apart.ts'
import type { CheckedPolicies } from './check/check-policies.ts'
import {
  assemblePolicies,
  describeSet,
  type Policies,
  type ReportMismatch,
  type SetText,
  type ShippedTexts,
} from './load-policies.ts'
import type { PolicyFile } from './policy.ts'

/** A set that could decide: the organisation's files beside what comes with Remit. */
export interface Candidate extends SetText {
  readonly checked: CheckedPolicies
  /** What would decide. Errors: `config_invalid` naming every fault where there is one. */
  policies(): Policies
}

/** Makes policy sets out of the files of an organisation, each once as long as it is remembered. */
export interface PolicySets {
  /** What is wrong with a set stands in it, and is no error. Errors: `rate_limited`, `policies_invalid`. */
  read(files: readonly PolicyFile[]): Promise<Candidate>
}

/** What sets are made of. */
export interface PolicySetsParts {
  readonly texts: ShippedTexts
  readonly report: ReportMismatch
  readonly clock: Pick<Clock, 'sleep'>
}

/** Makes the sets of one domain. */
export function createPolicySets(parts: PolicySetsParts): PolicySets {
  const known = new Map<string, Promise<Candidate>>()
  const check = createCheckApart(parts.clock)
  return {
    read: async (files) => {
      const own = files.filter(({ name }) => name.endsWith('.cedar'))
      const key = digestOf(own)
      const found = known.get(key) ?? readCandidate(parts, check, own)
      known.delete(key)
      known.set(key, found)
      const [oldest] = known.keys()
      if (known.size > LIMITS.policySetsRemembered && oldest !== undefined) known.delete(oldest)
      found.catch(() => known.delete(key)) // an answer of today's hurry is not tomorrow's
      return await found
    },
  }
}

async function readCandidate(
  { texts, report }: PolicySetsParts,
  check: CheckApart,
  own: readonly PolicyFile[],
): Promise<Candidate> {
  const checked = await check({ ...texts, own })
  let made: Policies | undefined
  return {
    ...describeSet(checked, texts.schema),
    checked,
    policies: () => {
      made ??= assemblePolicies(checked, texts.schema, report)
      return made
    },
  }
}
