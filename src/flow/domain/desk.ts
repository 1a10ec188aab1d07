import type { CheckedDomain } from '../../decide/domain/check/check-domain-apart.ts'
import type { Domain, DomainTexts } from '../../decide/domain/domain.ts'
import type { DomainShelf } from '../../decide/domain/domain-shelf.ts'
import type { PolicyFile } from '../../decide/policy/policy.ts'

/** What of the test files is to be known. */
export type Tests = 'none' | 'read' | 'asked'

/** The domains of a house: what decides now, and how others are made. */
export interface DomainDesk extends DomainShelf {
  /** Checks the files of what could be a domain in another thread. Errors: `policies_invalid`, `rate_limited`. */
  readonly check: (name: string, files: readonly PolicyFile[], tests: Tests) => Promise<CheckedDomain>
  /** Makes a domain out of its texts. Errors: `policies_invalid`. */
  readonly compile: (name: string, texts: DomainTexts) => Promise<Domain>
  /** Puts on the shelf what the store says is in force. Errors: `store_failed`; the shelf then stays as it is. */
  readonly refresh: () => Promise<void>
}
