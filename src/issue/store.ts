import type { Kept } from '../contract/change.ts'
import type { Credential, SigningKey } from '../contract/credential.ts'
import type { Cutoff } from '../contract/cutoff.ts'

/** What issuing reads. Committed state; errors: `store_failed`, `store_damaged`. */
export interface IssueStore {
  /** Every signing key that is not past its retirement. */
  signingKeys(): Promise<readonly Kept<SigningKey>[]>
  /** How many keys were retired in between: what they signed counts no more, whether it is over or not. */
  keysRetiredSince(fromMs: number): Promise<number>
  /** The newest cutoff of each server behind the gateway that was ever cut off. */
  upstreamCutoffs(): Promise<readonly Kept<Cutoff>[]>
  /** Credentials in this state, in the order in which they were made, after an id. */
  credentials(
    state: Credential['state'],
    page: { readonly after: string; readonly limit: number },
  ): Promise<readonly Kept<Credential>[]>
}
