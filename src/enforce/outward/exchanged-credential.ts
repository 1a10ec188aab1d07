import { z } from 'zod'
import type { AgentCaller } from '../../authenticate/caller.ts'
import { readAnswerBytes } from '../../authenticate/read-json.ts'
import type { Clock } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { OutboundFetch } from '../../ground/outbound.ts'
import { Recent } from '../../ground/recent.ts'
import { OWN_AUTHORIZATION, type OwnHeaders } from './own-headers.ts'

/** Where the credential for a server is to be had: at its own authorization server. */
export interface ExchangeRow {
  readonly tokenEndpoint: string
  /** The issuer of that server: the only audience of what we show it. */
  readonly issuer: string
  /** By what it knows the gateway. */
  readonly clientId: string
  readonly resource?: string | undefined
  readonly scope?: string | undefined
  readonly allowInternal: boolean
}

/** What we sign for that server alone: who the gateway is, and for whom it asks. */
export interface ExchangeSigner {
  client(row: Pick<ExchangeRow, 'clientId' | 'issuer'>): Promise<string>
  subject(caller: AgentCaller, audience: string): Promise<string>
}

interface Parts {
  readonly sign: ExchangeSigner
  readonly ask: OutboundFetch
  readonly clock: Clock
}

interface Held {
  readonly token: string
  readonly untilMs: number
}

const answer = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,8192}$/),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().min(1).optional(),
})

/** A token that is about to end is not sent along. */
const marginMs = 10_000

/**
 * Makes what gets a credential for a server at its own authorization server (RFC 8693), one for each token of an agent: it
 * names the principal and the chain, lives no longer than that token, and is shown until the server refuses it. No token of a
 * caller is ever shown there. Errors: `upstream_unavailable`.
 */
export function createExchange(row: ExchangeRow, parts: Parts): OwnHeaders {
  const held = new Recent<Held>(LIMITS.exchangedTokensMax)
  return {
    async make({ caller }) {
      const nowMs = parts.clock.nowMs()
      const known = held.get(caller.credential.id)
      if (known !== undefined && nowMs < known.untilMs) return { [OWN_AUTHORIZATION]: `Bearer ${known.token}` }
      const fresh = await exchange(row, caller, parts).catch((cause: unknown) => {
        throw new RemitError('upstream_unavailable', {
          detail: 'The authorization server of the server behind the gateway gives no credential for it now.',
          cause,
        })
      })
      held.set(caller.credential.id, fresh)
      return { [OWN_AUTHORIZATION]: `Bearer ${fresh.token}` }
    },
    refused: ({ caller }) => held.delete(caller.credential.id),
  }
}

async function exchange(row: ExchangeRow, caller: AgentCaller, { sign, ask, clock }: Parts): Promise<Held> {
  const [client, subject] = await Promise.all([sign.client(row), sign.subject(caller, row.issuer)])
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: subject,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    client_id: row.clientId,
    client_assertion: client,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    ...(row.resource === undefined ? {} : { resource: row.resource }),
    ...(row.scope === undefined ? {} : { scope: row.scope }),
  }
  const late = new AbortController()
  const disarm = clock.after(LIMITS.exchangeTimeoutMs, () => late.abort(new RemitError('upstream_timeout')))
  try {
    const response = await ask(row.tokenEndpoint, {
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams(form).toString(),
      signal: late.signal,
      allowInternal: row.allowInternal,
    })
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new Error(`it answers with status ${response.status}`)
    }
    const { access_token: token, expires_in: seconds = 60 } = answer.parse(await readJson(response))
    const { credential, task } = caller
    const endsMs = Math.min(clock.nowMs() + seconds * 1000 - marginMs, credential.expiresMs, task.endsMs)
    return { token, untilMs: endsMs }
  } finally {
    disarm()
  }
}

async function readJson(response: Response): Promise<unknown> {
  return JSON.parse(Buffer.from(await readAnswerBytes(response, LIMITS.exchangeAnswerBytesMax)).toString('utf8'))
}
