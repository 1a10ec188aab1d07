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
  /** The key that signs them now. */
  readonly key: TokenKeys['current']
  readonly issue: (recorded: Recorded<Permit<'token'>>, key: OpenKey) => Promise<IssuedToken>
  readonly rotateKeys: TokenKeys['rotate']
  readonly publishedKeys: TokenKeys['published']
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
    key: keys.current,
    issue: (recorded, key) =>
      issueOutward(recorded, keys.stillOurs(key), { issuer, subjectOf: (identityId) => identityId }),
    rotateKeys: keys.rotate,
    publishedKeys: keys.published,
  }
}
