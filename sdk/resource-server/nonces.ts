import { encodeBase64url } from '../base64url.ts'
import { decodeBase64url } from './read-jwt.ts'

/** Words of ours that a proof has to hold, so that none is made in advance (RFC 9449 section 9). Nothing of them is kept. */
export interface Nonces {
  /** Gives the nonce of now for a key. */
  make(thumbprint: string): Promise<string>
  /** True for a nonce of this minute or the last one, for that key. */
  accepts(nonce: string, thumbprint: string): Promise<boolean>
}

const slotMs = 60_000
const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const

/** Makes them with a secret: one's own where not given, which ends with the process. */
export function createNonces(nowMs: () => number, secret?: Uint8Array<ArrayBuffer>): Nonces {
  const key = crypto.subtle.importKey('raw', secret ?? crypto.getRandomValues(new Uint8Array(32)), HMAC, false, [
    'sign',
    'verify',
  ])
  const said = (slot: number, thumbprint: string): Uint8Array<ArrayBuffer> =>
    new TextEncoder().encode(`dpop nonce ${slot} ${thumbprint}`)
  const slotNow = (): number => Math.floor(nowMs() / slotMs)
  return {
    make: async (thumbprint) => {
      const mac = await crypto.subtle.sign(HMAC.name, await key, said(slotNow(), thumbprint))
      return encodeBase64url(new Uint8Array(mac))
    },
    accepts: async (nonce, thumbprint) => {
      const mac = nonce.length === 43 ? decodeBase64url(nonce) : null
      if (mac === null) return false
      const [held, now] = [await key, slotNow()]
      const slots = await Promise.all(
        [now, now - 1].map((slot) => crypto.subtle.verify(HMAC.name, held, mac, said(slot, thumbprint))),
      )
      return slots.includes(true)
    },
  }
}
