import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { RemitError } from './errors.ts'

/** Of no other length is one taken, whatever a platform takes where none is said. */
const TAG_BYTES = 16

/** Encrypts a secret under the master key (32 bytes; AES-256-GCM), bound to `context` so that it opens only there. */
export function sealSecret(masterKey: Uint8Array, secret: Uint8Array, context: string): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', masterKey, nonce).setAAD(Buffer.from(context, 'utf8'))
  const body = Buffer.concat([cipher.update(secret), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
}

/** The master key that seals, and another one of before or after it that may open as well while one replaces the other. */
export interface MasterKeys {
  readonly masterKey: Uint8Array
  readonly otherKey: Uint8Array | null
}

/**
 * Seals anew, under the master key, what the other one sealed; null where the master key opens it already. Errors: `config_invalid`
 * where neither does.
 */
export function resealSecret({ masterKey, otherKey }: MasterKeys, sealed: string, context: string): string | null {
  if (otherKey !== null && !opens(masterKey, sealed, context))
    return sealSecret(masterKey, openSecret(otherKey, sealed, context), context)
  openSecret(masterKey, sealed, context)
  return null
}

function opens(key: Uint8Array, sealed: string, context: string): boolean {
  try {
    openSecret(key, sealed, context)
    return true
  } catch {
    return false // the other one is to open it, and says so where it does not
  }
}

/** Opens what `sealSecret` wrote. Errors: `config_invalid` where the master key or the context is another one. */
export function openSecret(masterKey: Uint8Array, sealed: string, context: string): Uint8Array {
  try {
    const bytes = Buffer.from(sealed, 'base64url')
    const decipher = createDecipheriv('aes-256-gcm', masterKey, bytes.subarray(0, 12), { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(context, 'utf8'))
      .setAuthTag(bytes.subarray(12, 12 + TAG_BYTES))
    return Buffer.concat([decipher.update(bytes.subarray(12 + TAG_BYTES)), decipher.final()])
  } catch (cause) {
    throw new RemitError('config_invalid', {
      detail: 'The master key does not open the signing keys of this store; put back the one that sealed them.',
      cause,
    })
  }
}
