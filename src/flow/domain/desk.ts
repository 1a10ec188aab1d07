import type { CheckedDomain } from '../../decide/domain/check/check-domain-apart.ts'
import type { Domain } from '../../decide/domain/domain.ts'
import type { DomainShelf } from '../../decide/domain/domain-shelf.ts'
import type { PolicyFile } from '../../decide/policy/policy.ts'

/** What of the test files is to be known. */
export type Tests = 'none' | 'read' | 'asked'

/** The domains of a house: what decides now, and how others are made. All of it lets others have their turn. */
export interface DomainDesk extends DomainShelf {
  /** Checks the files of what could be a domain. Errors: `policies_invalid`, `rate_limited`. */
  readonly check: (name: string, files: readonly PolicyFile[], tests: Tests) => Promise<CheckedDomain>
  /** As `check`, and compares it with files that have been a domain before. */
  readonly compare: (
    name: string,
    files: readonly PolicyFile[],
    before: readonly PolicyFile[],
  ) => Promise<CheckedDomain>
  /** Makes a domain out of files. Errors: `policies_invalid`, `rate_limited`. */
  readonly make: (name: string, files: readonly PolicyFile[]) => Promise<Domain>
  /** As `make`, of what is about to come into force: a `refresh` finds it made, so that nothing waits for it meanwhile. */
  readonly prepare: (name: string, files: readonly PolicyFile[]) => Promise<Domain>
  /** Puts on the shelf what the store says is in force. Errors: `store_failed`, `store_damaged`; the shelf then stays as it is. */
  readonly refresh: () => Promise<void>
}
