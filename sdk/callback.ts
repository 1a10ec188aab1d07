import { UntilEnd } from './until-end.ts'

/** What a callback told: what it is about, and how that stands. It holds no yes: read that at `statusEndpoint`. */
export interface CallbackTold {
  /** As it was given where the callback was named. */
  readonly state?: unknown
  readonly task: { readonly id: string; readonly status: string; readonly status_endpoint: string }
}

/** What a receiver of callbacks knows. */
export interface CallbackReaderOptions {
  /** What both sides hold: the text of `secretFile` of the endpoint. */
  readonly secret: string
  /** How old what is told may be, in seconds. Default 300. */
  readonly maxAgeSeconds?: number
}

/** Reads one callback: its body to the letter and its `remit-signature`. Throws `TypeError` where it does not count. */
export type ReadCallback = (body: string, signature: string | null) => Promise<CallbackTold>

const FORM = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/

/**
 * Makes what a receiver of callbacks reads them by: the signature (HMAC-SHA256 over `seconds.body`), the age, and each only
 * once while it lives. What was sent again because an answer was lost has another time, and is told again.
 */
export async function createCallbackReader(options: CallbackReaderOptions): Promise<ReadCallback> {
  const { secret, maxAgeSeconds = 300 } = options
  const encoder = new TextEncoder()
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), hmac, false, ['verify'])
  const seen = new UntilEnd<null>()
  return async (body, signature) => {
    const [, seconds, hex] = FORM.exec(signature ?? '') ?? []
    if (seconds === undefined || hex === undefined) throw new TypeError('The callback is not signed.')
    const atSeconds = Number(seconds)
    const nowSeconds = Math.floor(Date.now() / 1000)
    const made = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
    if (!(await crypto.subtle.verify('HMAC', key, made, encoder.encode(`${seconds}.${body}`))))
      throw new TypeError('The signature of the callback does not hold.')
    if (Math.abs(nowSeconds - atSeconds) > maxAgeSeconds) throw new TypeError('The callback is too old.')
    seen.forgetEnded(nowSeconds * 1000)
    const endMs = (atSeconds + maxAgeSeconds + 1) * 1000 // when it is too old
    if (seen.has(hex)) throw new TypeError('The callback was read before.')
    if (seen.mayBeForgotten(endMs)) throw new TypeError('The callback is older than what is remembered.')
    seen.set(hex, null, endMs)
    return JSON.parse(body) as CallbackTold // what is signed is of Remit
  }
}
