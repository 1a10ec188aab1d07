import type { AgentCaller } from '../authenticate/caller.ts'
import type { Config } from '../config.ts'
import { createExchange, type ExchangeSigner } from '../enforce/outward/exchanged-credential.ts'
import { joinHeaders, type OwnHeaders, type PermittedBy, TRANSACTION_HEADER } from '../enforce/outward/own-headers.ts'
import type { House } from '../flow/house.ts'
import { LIMITS } from '../ground/limits.ts'
import { fetchOutside } from '../ground/outbound.ts'
import { describePrincipal } from '../issue/access-token.ts'
import { signJwt } from '../issue/sign-jwt.ts'
import type { OpenKey } from '../issue/signing-key.ts'
import type { Transaction, Transactions } from '../issue/txn-token.ts'

/** What the headers of the gateway are made with. */
interface Parts {
  readonly house: Pick<House, 'publicUrl' | 'clock' | 'ids' | 'transactions'>
  readonly key: () => OpenKey
}

/** Makes what the gateway says in headers of its own, to each server that gets any. */
export function openOwnHeaders(config: Config, parts: Parts): ReadonlyMap<string, OwnHeaders> {
  const { transactions, publicUrl } = parts.house
  const rows = config.upstreams.flatMap(({ name, credential, transactionToken }) => {
    const makers: readonly OwnHeaders[] = [
      ...(transactionToken && transactions !== null ? [tellTransaction(transactions, publicUrl)] : []),
      ...(credential.kind === 'exchanged' ? [exchangeFor(credential, parts)] : []),
    ]
    return makers.length === 0 ? [] : [[name, joinHeaders(makers)] as const]
  })
  return new Map(rows)
}

/** A transaction token for each permitted call; its `txn` is the entry of the permit, which explains it. */
function tellTransaction(transactions: Transactions, issuer: string): OwnHeaders {
  return {
    async make(call) {
      const { token } = await transactions.make(describeCall(issuer, call))
      return { [TRANSACTION_HEADER]: token }
    },
    refused: () => undefined, // each call has another one
  }
}

function describeCall(issuer: string, { caller, permitted }: PermittedBy): Transaction {
  const { task, identity, credential } = caller
  const { action, labels } = permitted.fact.grant
  return {
    txn: `${new URL(issuer).host}/${permitted.index}`,
    onBehalfOf: task.onBehalfOf,
    chain: task.chain,
    foreignAct: task.foreignAct,
    scope: action.name,
    requester: issuer,
    authorised: {
      task_id: task.id,
      purpose: task.purpose,
      action: action.name,
      action_class: action.actionClass,
      resources: action.resources.map(({ id }) => id),
      call_digest: action.digest,
      ceiling: task.ceiling,
    },
    circumstances: { credential: credential.id, entry: permitted.index, tier: identity.tier, labels },
    latestMs: Math.min(credential.expiresMs, task.endsMs),
  }
}

function exchangeFor(row: Parameters<typeof createExchange>[0], { house, key }: Parts): OwnHeaders {
  const { publicUrl: issuer, clock, ids } = house
  const times = (mostMs: number): object => {
    const atMs = clock.nowMs()
    const endsMs = Math.min(atMs + LIMITS.transactionSecondsMax * 1000, mostMs)
    return { iat: Math.floor(atMs / 1000), exp: Math.floor(endsMs / 1000), jti: ids.secret(16) }
  }
  const sign: ExchangeSigner = {
    client: ({ clientId, issuer: audience }) =>
      signJwt(key(), 'client-authentication+jwt', {
        iss: clientId,
        sub: clientId,
        aud: audience,
        ...times(Number.POSITIVE_INFINITY),
      }),
    subject: ({ task, identity, credential }: AgentCaller, audience) =>
      signJwt(key(), 'JWT', {
        iss: issuer,
        aud: audience,
        client_id: identity.id,
        ...describePrincipal(task, issuer),
        ...times(Math.min(credential.expiresMs, task.endsMs)),
      }),
  }
  return createExchange(row, { sign, ask: fetchOutside, clock })
}
