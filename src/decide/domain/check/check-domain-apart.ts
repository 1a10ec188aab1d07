import type { PolicyNote } from '../../../contract/policy.ts'
import type { Clock } from '../../../ground/clock.ts'
import { RemitError } from '../../../ground/errors.ts'
import { createApart } from '../../policy/check/run-apart.ts'
import type { PolicyFile } from '../../policy/policy.ts'
import type { TrialResult } from '../../policy/trial/run-trials.ts'
import type { DomainTexts } from '../domain.ts'

/** The texts of what could be a domain, and how much is to be known of its test files. */
export interface DomainToCheck {
  readonly name: string
  readonly texts: DomainTexts
  readonly tests: readonly PolicyFile[]
  /** Their cases are asked, and not only read. */
  readonly isTested: boolean
}

/** What is known of a domain that was made in another thread, and is gone with it. */
export interface CheckedDomain {
  readonly name: string
  /** Hex SHA-256 over `text`. */
  readonly version: string
  readonly text: string
  readonly warnings: readonly PolicyNote[]
  /** How many of each. */
  readonly policies: number
  readonly entities: number
  readonly hasSchema: boolean
  /** Of its test files: what is wrong with them, how many cases they hold, and what came of those that were asked. */
  readonly testFaults: readonly PolicyNote[]
  readonly cases: number
  readonly results: readonly TrialResult[]
}

/** What the thread tells. `mismatches` say where the two engines differed on a case. */
export type ToldDomain =
  | { readonly checked: CheckedDomain; readonly mismatches: readonly string[] }
  | { readonly fault: string }

/** Checks what could be a domain, and lets nobody wait for it who asks for something else. */
export type CheckDomainApart = (domain: DomainToCheck) => Promise<CheckedDomain>

/** Beside this file, under the ending that this one has: of the sources or of what is shipped. */
const threadUrl = new URL(`check-domain-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)

/** Makes a checker that gives each domain to a thread of its own, one at a time. Errors: `policies_invalid`, `rate_limited`. */
export function createCheckDomainApart(
  clock: Pick<Clock, 'sleep'>,
  noteFault: (fault: unknown) => void,
): CheckDomainApart {
  const check = createApart<DomainToCheck, ToldDomain>(threadUrl, clock)
  return async (domain) => {
    const told = await check(domain)
    if ('fault' in told) throw new RemitError('policies_invalid', { detail: told.fault })
    for (const mismatch of told.mismatches) noteFault(new Error(mismatch))
    return told.checked
  }
}
