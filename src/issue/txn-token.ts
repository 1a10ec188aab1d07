import { type KeyObject, verify } from 'node:crypto'
import { z } from 'zod'
import { parseCompactJwt } from '../authenticate/compact-jwt.ts'
import type { Clock } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { describePrincipal, type Principal } from './access-token.ts'
import { signJwt } from './sign-jwt.ts'
import type { OpenKey } from './signing-key.ts'

/** What kind of JWT a transaction token is (OAuth Transaction Tokens section 5). */
const TYPE = 'txntoken+jwt'

/** One call on its way through the trust domain: who acts for whom, and exactly what was permitted. */
export interface Transaction extends Principal {
  /** The same from the first service to the last. */
  readonly txn: string
  /** What it is for, inside the trust domain: words with spaces between. */
  readonly scope: string
  /** Who asked for it. */
  readonly requester: string
  /** What is authorised (`tctx`). */
  readonly authorised: Readonly<Record<string, unknown>>
  /** Under what circumstances (`rctx`), with the credential that it rests on. */
  readonly circumstances: Readonly<Record<string, unknown>> & { readonly credential: string }
  /** It ends then at the latest. */
  readonly latestMs: number
}

const claims = z.looseObject({
  iss: z.string(),
  aud: z.string(),
  txn: z.string().min(1).max(500),
  sub: z.string(),
  scope: z.string(),
  req_wl: z.string(),
  exp: z.number(),
  rctx: z.looseObject({ credential: z.string() }),
})
/** What a transaction token of ours says. */
export type SignedTransaction = z.infer<typeof claims>

/** A transaction token as it leaves the house, and when it ends. */
export interface TransactionToken {
  readonly token: string
  readonly expiresMs: number
}

/** The service that makes the transaction tokens of the trust domain. */
export interface Transactions {
  /** Their audience. */
  readonly trustDomain: string
  make(transaction: Transaction): Promise<TransactionToken>
  /** Makes one in the place of another: `txn`, `sub`, `aud`, `act` and `tctx` stay, and it ends no later. */
  replace(
    before: SignedTransaction,
    more: { readonly scope: string; readonly requester: string; readonly latestMs: number },
  ): Promise<TransactionToken>
  /** Reads one of ours. Error: `token_invalid` for anything else, `token_expired`. */
  read(token: string): SignedTransaction
}

interface Parts {
  readonly key: () => OpenKey
  readonly keyOf: (keyId: string) => KeyObject | undefined
  readonly issuer: string
  readonly trustDomain: string
  readonly clock: Pick<Clock, 'nowMs'>
}

/**
 * Makes the service (OAuth Transaction Tokens section 5.2, agents as in draft-araut): ES256, for one trust domain. `sub` is the
 * principal, `act` the agents, outermost is current. Such a token proves no workload by itself, and opens no door of ours.
 */
export function createTransactions(parts: Parts): Transactions {
  const { issuer, trustDomain, clock } = parts
  const sign = async (said: object, latestMs: number): Promise<TransactionToken> => {
    const atMs = clock.nowMs()
    const expiresMs = Math.min(atMs + LIMITS.transactionSecondsMax * 1000, latestMs)
    const times = { iat: Math.floor(atMs / 1000), exp: Math.floor(expiresMs / 1000) }
    return { token: await signJwt(parts.key(), TYPE, { ...said, ...times }), expiresMs }
  }
  return {
    trustDomain,
    make: ({ txn, scope, requester, authorised, circumstances, latestMs, ...principal }) =>
      sign(
        {
          iss: issuer,
          aud: trustDomain,
          txn,
          ...describePrincipal(principal, issuer),
          scope,
          req_wl: requester,
          tctx: authorised,
          rctx: circumstances,
        },
        latestMs,
      ),
    replace: (before, { scope, requester, latestMs }) =>
      sign({ ...before, scope, req_wl: `${before.req_wl} ${requester}` }, Math.min(latestMs, before.exp * 1000)),
    read: (token) => readTransaction(parts, token),
  }
}

function readTransaction({ keyOf, issuer, trustDomain, clock }: Parts, token: string): SignedTransaction {
  const jwt = parseCompactJwt(token, 'token_invalid')
  const { kid, typ } = jwt.header
  const key = typeof kid === 'string' && typ === TYPE ? keyOf(kid) : undefined
  const input = Buffer.from(jwt.signingInput, 'ascii')
  const isOurs = key !== undefined && verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, jwt.signature)
  const said = claims.safeParse(jwt.claims)
  if (!isOurs || !said.success || said.data.iss !== issuer || said.data.aud !== trustDomain)
    throw new RemitError('token_invalid', { detail: 'The transaction token is not valid.' })
  if (said.data.exp * 1000 <= clock.nowMs())
    throw new RemitError('token_expired', { detail: 'The transaction token has expired.' })
  return said.data
}
