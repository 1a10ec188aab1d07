import type { ChainLink } from '../contract/task.ts'
import { nestActors } from './access-token.ts'
import { signJwt } from './sign-jwt.ts'
import type { OpenKey } from './signing-key.ts'

/** What kind of JWT a transaction token is (OAuth Transaction Tokens section 5). */
const TRANSACTION_TYPE = 'txntoken+jwt'

/** One call on its way through the trust domain: who acts for whom, and exactly what was permitted. */
export interface Transaction {
  /** The same from the first service to the last. */
  readonly txn: string
  /** The person on whose behalf it is; null for nobody: then it is the identity at the root of the chain. */
  readonly onBehalfOf: string | null
  /** Who acts, oldest first. */
  readonly chain: readonly ChainLink[]
  /** Who acted before, in another domain. */
  readonly foreignAct?: object | undefined
  /** What it is for, inside the trust domain: the action. */
  readonly scope: string
  /** The workloads that asked for it, in order. */
  readonly requesters: readonly string[]
  /** What is authorised (`tctx`). */
  readonly authorised: Readonly<Record<string, unknown>>
  /** Under what circumstances (`rctx`). */
  readonly circumstances: Readonly<Record<string, unknown>>
  readonly expiresMs: number
}

/**
 * Signs a transaction token (OAuth Transaction Tokens section 5.2, agents as in draft-araut): ES256, for one trust domain. `sub`
 * is the principal, `act` the agents, outermost is current. It proves no workload by itself, and opens no door of ours.
 */
export async function signTransaction(
  key: OpenKey,
  { issuer, trustDomain, atMs }: { readonly issuer: string; readonly trustDomain: string; readonly atMs: number },
  { txn, scope, requesters, authorised, circumstances, expiresMs, ...principal }: Transaction,
): Promise<string> {
  return await signJwt(key, TRANSACTION_TYPE, {
    iss: issuer,
    aud: trustDomain,
    iat: Math.floor(atMs / 1000),
    exp: Math.floor(expiresMs / 1000),
    txn,
    ...describePrincipal(principal, issuer),
    scope,
    req_wl: requesters.join(' '),
    tctx: authorised,
    rctx: circumstances,
  })
}

/** Gives `sub`, for whom something is done, and `act`, who does it: for a person every agent, else every one but the first. */
export function describePrincipal(
  { onBehalfOf, chain, foreignAct }: Pick<Transaction, 'onBehalfOf' | 'chain' | 'foreignAct'>,
  issuer: string,
): { readonly sub: string | undefined; readonly act?: object } {
  const act = nestActors(onBehalfOf === null ? chain.slice(1) : chain, issuer, foreignAct)
  return { sub: onBehalfOf ?? chain[0]?.identityId, ...(act === undefined ? {} : { act }) }
}
