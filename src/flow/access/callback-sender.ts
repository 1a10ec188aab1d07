import { createHmac } from 'node:crypto'
import { lookup as lookUp } from 'node:dns'
import { type RequestOptions, request } from 'node:https'
import { isIP } from 'node:net'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { isPublicAddress } from '../../ground/public-address.ts'

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

/** Sends one notification. Gives the HTTP status. Errors: whatever the network says, or `config_invalid` for an inside address. */
export type CallbackSend = (target: CallbackTarget, body: string, atMs: number) => Promise<number>

/**
 * Posts a notification over TLS, to the address that was looked at and no other; no redirect is followed, and what is
 * answered is not read. `remit-signature` is `t=` seconds, `v1=` hex HMAC-SHA256 of `t.body` by the secret.
 */
export const sendCallback: CallbackSend = ({ endpoint, secret, allowInternal, ca }, body, atMs) => {
  const url = new URL(endpoint)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (!allowInternal && isIP(host) !== 0 && !isPublicAddress(host)) return Promise.reject(refuseInside(host))
  const seconds = Math.floor(atMs / 1000)
  const signature = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  const options: RequestOptions = {
    method: 'POST',
    agent: false,
    timeout: LIMITS.callbackTimeoutMs,
    signal: AbortSignal.timeout(LIMITS.callbackTimeoutMs),
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'remit-signature': `t=${seconds},v1=${signature}`,
    },
    ...(allowInternal ? {} : { lookup: lookUpPublic }),
    ...(ca === undefined ? {} : { ca }),
  }
  return new Promise((resolve, reject) => {
    const asked = request(url, options, (response) => {
      response.destroy()
      resolve(response.statusCode ?? 0)
    })
    asked.once('timeout', () => asked.destroy(new RemitError('upstream_timeout')))
    asked.once('error', reject)
    asked.end(body)
  })
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
