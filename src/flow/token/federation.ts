import type { Permit } from '../../contract/decision.ts'
import type { IssuedToken } from '../../issue/access-token.ts'
import { issueOutward } from '../../issue/jwt-svid.ts'
import type { OpenKey } from '../../issue/signing-key.ts'
import type { Recorded } from '../../record/recorded.ts'
import type { TokenKeys } from './keyring.ts'

/** Tokens for clouds that know OIDC alone, signed by RS256, which each of them takes. */
export interface Federation {
  /** The OIDC issuer by which their keys are found. */
  readonly issuer: string
  /** For whom they are, as each cloud names itself. */
  readonly audiences: readonly string[]
  /** The keys that sign them. */
  readonly keys: TokenKeys
  readonly issue: (recorded: Recorded<Permit<'token'>>, key: OpenKey) => Promise<IssuedToken>
}

/**
 * Makes the desk of these tokens; its keys sign nothing else. The subject is the id of the identity, which nobody else ever
 * gets.
 */
export function createFederation(
  { issuer, audiences }: Pick<Federation, 'issuer' | 'audiences'>,
  keys: TokenKeys,
): Federation {
  return {
    issuer,
    audiences,
    keys,
    issue: (recorded, key) => issueOutward(recorded, key, { issuer, subjectOf: (identityId) => identityId }),
  }
}
