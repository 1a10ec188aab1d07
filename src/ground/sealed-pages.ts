import { hkdfSync } from 'node:crypto'
import { isError } from './errors.ts'
import { LIMITS } from './limits.ts'
import { openSecret, sealSecret } from './seal.ts'

/**
 * Seals where a list goes on, or what a form answers, so that nobody can read it or make it up. Every process with the same master key
 * opens it.
 */
export interface SealedPages {
  seal(text: string): string
  /** Null for what was not sealed here, and for what says the same in other letters: who remembers one knows it by them. */
  open(token: string): string | null
}

/** Base64 is read with blanks, in another alphabet and with an end as well. */
function isPlain(token: string): boolean {
  return Buffer.from(token, 'base64url').toString('base64url') === token
}

/** Makes the seal out of the master key, by a key of its own for what it is used for. */
export function createSealedPages(masterKey: Uint8Array, context: 'page' | 'consent'): SealedPages {
  const key = new Uint8Array(hkdfSync('sha256', masterKey, '', context, 32))
  return {
    seal: (text) => sealSecret(key, Buffer.from(text, 'utf8'), context),
    open: (token) => {
      if (token.length > LIMITS.searchTokenCharsMax || !isPlain(token)) return null
      try {
        return Buffer.from(openSecret(key, token, context)).toString('utf8')
      } catch (error) {
        if (isError(error, 'config_invalid')) return null
        throw error
      }
    },
  }
}
