import type { WorkloadCaller } from '../../authenticate/caller.ts'
import type { Permit } from '../../contract/decision.ts'
import { TIER_TERMS } from '../../contract/register/tier.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { IssuedToken } from '../../issue/access-token.ts'
import { issueJwtSvid } from '../../issue/jwt-svid.ts'
import type { IssueStore } from '../../issue/store.ts'
import type { Recorded } from '../../record/recorded.ts'
import type { TokenKeys } from './keyring.ts'

/** SVIDs of our own, for identities that have no SPIRE. */
export interface OwnSvids {
  readonly trustDomain: string
  /** The OIDC issuer of the same SVIDs: clouds that know nothing of SPIFFE find their keys by it. */
  readonly issuer: string
  /** For whom they are: others, who verify them by our bundle. */
  readonly audiences: readonly string[]
  readonly issue: (recorded: Recorded<Permit<'token'>>) => Promise<IssuedToken>
  readonly rotateKeys: TokenKeys['rotate']
  /** The keys as clouds read them (RFC 7517). */
  readonly publishedKeys: TokenKeys['published']
  /** The bundle of our trust domain (SPIFFE Trust Domain and Bundle section 4). */
  readonly readBundle: () => Promise<object>
}

/** Makes the desk of a trust domain; its keys sign nothing else. */
export function createOwnSvids(
  { trustDomain, audiences, issuer }: Pick<OwnSvids, 'trustDomain' | 'audiences' | 'issuer'>,
  keys: TokenKeys,
  store: IssueStore,
): OwnSvids {
  return {
    trustDomain,
    audiences,
    issuer,
    publishedKeys: keys.published,
    issue: (recorded) => issueJwtSvid(recorded, keys.current(), { trustDomain, issuer }),
    rotateKeys: keys.rotate,
    async readBundle() {
      const published = keys.published().map(({ alg: _alg, ...jwk }) => ({ ...jwk, use: 'jwt-svid' }))
      return {
        keys: published,
        spiffe_sequence: await countChanges(store),
        spiffe_refresh_hint: LIMITS.bundleRefreshSeconds,
      }
    },
  }
}

/** Grows with each key that is made, by its entry, and with each that is over: the bundle never changes without it. */
async function countChanges(store: IssueStore): Promise<number> {
  const [keys, retired] = await Promise.all([store.signingKeys(), store.keysRetiredSince(0)])
  return Math.max(0, ...keys.filter(({ use }) => use === 'svid').map(({ entry }) => entry)) + retired
}

/** Refuses an SVID for an identity whose tokens are bound to keys: it is a bearer token, whoever shows it. */
export function requireBearer({ identity }: WorkloadCaller): void {
  if (TIER_TERMS[identity.tier].proofOfPossession === 'optional') return
  throw new RemitError('target_invalid', {
    detail: `A JWT-SVID counts in any hands, and tokens of tier ${identity.tier} are bound to a key.`,
  })
}
