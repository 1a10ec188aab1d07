import { createHmac } from 'node:crypto'
import { type RequestOptions, request } from 'node:https'
import type { Clock } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { guardAddress, rejectUnanswered } from '../ground/outbound.ts'

/** Where somebody may be told, as the configuration says. */
export interface CallbackTarget {
  /** https, compared letter by letter. */
  readonly endpoint: string
  /** Both sides hold it: it signs what is sent. */
  readonly secret: string
  /** Names of the identities that may name it; empty: every caller may. */
  readonly identities: readonly string[]
  /** It may lie inside: loopback, link-local, private. */
  readonly allowInternal: boolean
  /** Certificates, as PEM, that it is trusted by in place of the usual ones. */
  readonly ca?: string
}

/**
 * Sends one notification. Gives the HTTP status. Errors: whatever the network says, `upstream_timeout`, or `config_invalid` for an inside
 * address.
 */
export type CallbackSend = (target: CallbackTarget, body: string, stop: AbortSignal) => Promise<number>

/**
 * Makes what posts a notification over TLS, to the address that was looked at and no other; no redirect is followed, and
 * what is answered is not read. `remit-signature` is `t=` seconds, `v1=` hex HMAC-SHA256 of `t.body` by the secret.
 */
export function createCallbackSend(clock: Pick<Clock, 'nowMs' | 'after'>): CallbackSend {
  return async ({ endpoint, secret, allowInternal, ca }, body, stop) => {
    const url = new URL(endpoint)
    const options: RequestOptions = {
      method: 'POST',
      ...guardAddress(url, allowInternal),
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'remit-signature': signBody(secret, body, clock.nowMs()),
      },
      ...(ca === undefined ? {} : { ca }),
    }
    return await post(url, options, { body, stop, clock })
  }
}

function signBody(secret: string, body: string, atMs: number): string {
  const seconds = Math.floor(atMs / 1000)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}

interface Posted {
  readonly body: string
  readonly stop: AbortSignal
  readonly clock: Pick<Clock, 'after'>
}

function post(url: URL, options: RequestOptions, { body, stop, clock }: Posted): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const asked = request(url, { ...options, signal: stop }, (response) => {
    response.destroy()
    resolve(response.statusCode ?? 0)
  })
  asked.once('error', reject)
  rejectUnanswered(asked, reject)
  const late = clock.after(LIMITS.callbackTimeoutMs, () => asked.destroy(new RemitError('upstream_timeout')))
  asked.end(body)
  return promise.finally(late)
}
