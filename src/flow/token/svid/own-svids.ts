import type { KeyObject } from 'node:crypto'
import type { WorkloadCaller } from '../../../authenticate/caller.ts'
import type { Permit } from '../../../contract/decision.ts'
import { TIER_TERMS } from '../../../contract/register/tier.ts'
import { RemitError } from '../../../ground/errors.ts'
import { LIMITS } from '../../../ground/limits.ts'
import type { IssuedToken } from '../../../issue/access-token.ts'
import { issueJwtSvid } from '../../../issue/jwt-svid.ts'
import type { OpenKey } from '../../../issue/signing-key.ts'
import type { IssueStore } from '../../../issue/store.ts'
import type { IssuedSvid } from '../../../issue/x509-svid.ts'
import { issueX509Svid } from '../../../issue/x509-svid.ts'
import type { Recorded } from '../../../record/recorded.ts'
import type { TokenKeys } from '../keyring.ts'

/** SVIDs of our own, for identities that have no SPIRE. */
export interface OwnSvids {
  readonly trustDomain: string
  /** The OIDC issuer of the same SVIDs: clouds that know nothing of SPIFFE find their keys by it. */
  readonly issuer: string
  /** For whom they are: others, who verify them by our bundle. */
  readonly audiences: readonly string[]
  /** The trust domains of others that our workloads are told of. */
  readonly federates: readonly string[]
  /** The keys that sign JWT-SVIDs; clouds read them as they are published. */
  readonly keys: TokenKeys
  readonly issue: (recorded: Recorded<Permit<'token'>>, key: OpenKey) => Promise<IssuedToken>
  /** The authorities that sign X.509-SVIDs. */
  readonly authorityKeys: TokenKeys
  /** Makes an X.509-SVID of a key that was proved; the permit names that key. */
  readonly certify: (recorded: Recorded<Permit<'token'>>, authority: OpenKey, holder: KeyObject) => IssuedSvid
  /** The certificates of the authorities that sign them, or will, as DER. */
  readonly authorities: () => readonly Uint8Array[]
  /** The bundle of our trust domain (SPIFFE Trust Domain and Bundle section 4). */
  readonly readBundle: () => Promise<object>
}

/** Makes the desk of a trust domain; its keys sign nothing else. */
export function createOwnSvids(
  { trustDomain, audiences, federates, issuer }: Pick<OwnSvids, 'trustDomain' | 'audiences' | 'federates' | 'issuer'>,
  { jwt: keys, x509 }: { readonly jwt: TokenKeys; readonly x509: TokenKeys },
  store: IssueStore,
): OwnSvids {
  return {
    trustDomain,
    audiences,
    federates,
    issuer,
    keys,
    issue: (recorded, key) => issueJwtSvid(recorded, key, { trustDomain, issuer }),
    authorityKeys: x509,
    certify: (recorded, authority, holder) => issueX509Svid(recorded, authority, { trustDomain, holder }),
    authorities: () => x509.published().flatMap(readCertificate),
    async readBundle() {
      const jwtKeys = keys.published().map(({ alg: _alg, ...jwk }) => ({ ...jwk, use: 'jwt-svid' }))
      // the certificate is the key (Trust Domain and Bundle section 4.2.2), and has no other name
      const x509Keys = x509.published().map(({ alg: _alg, kid: _kid, ...jwk }) => ({ ...jwk, use: 'x509-svid' }))
      return {
        keys: [...x509Keys, ...jwtKeys],
        spiffe_sequence: await countChanges(store),
        spiffe_refresh_hint: LIMITS.bundleRefreshSeconds,
      }
    },
  }
}

function readCertificate({ x5c }: Readonly<Record<string, unknown>>): readonly Uint8Array[] {
  return Array.isArray(x5c) && typeof x5c[0] === 'string' ? [Buffer.from(x5c[0], 'base64')] : []
}

/** Grows with each key that is made, by its entry, and with each that is over: the bundle never changes without it. */
async function countChanges(store: IssueStore): Promise<number> {
  const [keys, retired] = await Promise.all([store.signingKeys(), store.keysRetiredSince(0)])
  return (
    Math.max(0, ...keys.filter(({ use }) => use === 'svid' || use === 'x509-ca').map(({ entry }) => entry)) + retired
  )
}

/**
 * Refuses an SVID, or a token for a cloud, to an identity whose tokens have to be bound to keys: it is a bearer token, whoever shows it.
 */
export function requireBearer({ identity }: WorkloadCaller): void {
  if (TIER_TERMS[identity.tier].proofOfPossession === 'optional') return
  throw new RemitError('target_invalid', {
    detail: `A token for others counts in any hands, and those of tier ${identity.tier} have to be bound to a key.`,
  })
}
