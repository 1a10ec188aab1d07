import type { Kept } from '../contract/change.ts'
import type { SigningKey } from '../contract/credential.ts'

/** What issuing reads: every signing key that is not past its retirement. Committed state; errors: `store_failed`. */
export interface IssueStore {
  signingKeys(): Promise<readonly Kept<SigningKey>[]>
}
