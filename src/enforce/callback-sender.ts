import { createHmac } from 'node:crypto'
import { lookup as lookUp } from 'node:dns'
import { type RequestOptions, request } from 'node:https'
import { isIP } from 'node:net'
import type { Clock } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { isPublicAddress } from '../ground/public-address.ts'

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

/** Sends one notification. Gives the HTTP status. Errors: whatever the network says, `upstream_timeout`, or `config_invalid` for an inside address. */
export type CallbackSend = (target: CallbackTarget, body: string, stop: AbortSignal) => Promise<number>

/**
 * Makes what posts a notification over TLS, to the address that was looked at and no other; no redirect is followed, and
 * what is answered is not read. `remit-signature` is `t=` seconds, `v1=` hex HMAC-SHA256 of `t.body` by the secret.
 */
export function createCallbackSend(clock: Pick<Clock, 'nowMs' | 'after'>): CallbackSend {
  return ({ endpoint, secret, allowInternal, ca }, body, stop) => {
    const url = new URL(endpoint)
    const host = url.hostname.replace(/^\[|\]$/g, '')
    if (!allowInternal && isIP(host) !== 0 && !isPublicAddress(host)) return Promise.reject(refuseInside(host))
    const options: RequestOptions = {
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'remit-signature': signBody(secret, body, clock.nowMs()),
      },
      ...(allowInternal ? {} : { lookup: lookUpPublic }),
      ...(ca === undefined ? {} : { ca }),
    }
    return post(url, options, { body, stop, clock })
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
  const late = clock.after(LIMITS.callbackTimeoutMs, () => asked.destroy(new RemitError('upstream_timeout')))
  asked.end(body)
  return promise.finally(late)
}

/** A name that leads inside by any of its addresses leads nowhere, whatever it led to before. */
const lookUpPublic: RequestOptions['lookup'] = (host, options, callback) => {
  lookUp(host, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '')
    const inside = addresses.find(({ address }) => !isPublicAddress(address))
    const [first] = addresses
    if (inside !== undefined || first === undefined) return callback(refuseInside(host), '')
    return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family)
  })
}

function refuseInside(host: string): RemitError {
  return new RemitError('config_invalid', {
    detail: `The callback address ${host} lies inside; set allowInternal for it if that is meant.`,
  })
}
