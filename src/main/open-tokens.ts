import type { Config } from '../config.ts'
import { isSpoken } from '../contract/token/drafts.ts'
import type { House } from '../flow/house.ts'
import type { TokenKeys } from '../flow/token/keyring.ts'
import { createStatusLists } from '../flow/token/status-lists.ts'
import { issueAccessToken } from '../issue/access-token.ts'
import { createDenialTokens } from '../issue/denial-token.ts'
import { issueIdJag } from '../issue/id-jag.ts'
import { signIntrospection } from '../issue/signed-introspection.ts'
import { createStatusPlaces } from '../issue/status-list.ts'
import { createTransactions } from '../issue/txn-token.ts'
import type { Store } from '../store/store.ts'

interface Parts extends Pick<House, 'log' | 'publicUrl' | 'clock'> {
  readonly store: Store
  readonly lastingSecret: Uint8Array
}

type Tokens = Pick<House, 'speaks' | 'tokens' | 'statusLists' | 'signIntrospection' | 'denials' | 'transactions'>

/** All that is signed with the keys of the tokens; each kind has a `typ` of its own. */
export function openTokens(
  { drafts, transactionTokens: { trustDomain } }: Config,
  { store, lastingSecret, ...house }: Parts,
  keys: TokenKeys,
): Tokens {
  const { publicUrl: issuer, clock } = house
  const statusLists = isSpoken('status-list', drafts)
    ? createStatusLists({ house, store: store.issue, keys, placeOf: createStatusPlaces(lastingSecret) })
    : null
  return {
    speaks: (draft) => isSpoken(draft, drafts),
    tokens: {
      keys,
      issue: (recorded, key) => issueAccessToken(recorded, key, issuer, statusLists?.referenceOf),
      issueGrant: (recorded, key, clientId) => issueIdJag(recorded, key, { issuer, clientId }),
    },
    statusLists,
    signIntrospection: (audience, said) =>
      signIntrospection(keys.current(), { issuer, audience, atMs: clock.nowMs() }, said),
    denials: createDenialTokens({
      key: keys.current,
      keyOf: keys.publicKeyOf,
      issuer,
      audience: `${issuer}/access/v1/requests`, // the one address that takes them
      clock,
    }),
    transactions: isSpoken('transaction-tokens', drafts)
      ? createTransactions({
          key: keys.current,
          keyOf: keys.publicKeyOf,
          issuer,
          trustDomain: trustDomain ?? new URL(issuer).host,
          clock,
        })
      : null,
  }
}
